#!/bin/sh
# What `npm run coverage` runs: the tests, and what of src/ neither they nor the daemons they start have run.
# Arguments go to vitest: `npm run coverage -- test/e2e/config.test.ts`. The machine is what test/setup.sh makes it.
set -eu
cd "$(dirname "$0")/.."
exec </dev/null

rm -rf coverage
mkdir -p coverage/daemons
status=0
DAEMON_COVERAGE=$PWD/coverage/daemons node_modules/.bin/vitest run --coverage --coverage.reporter=json \
  --coverage.reportOnFailure --coverage.reportsDirectory=coverage/tests "$@" || status=$?
node_modules/.bin/c8 report --temp-directory coverage/daemons --src src --include 'src/**' --exclude-after-remap \
  --reporter=json --reports-dir coverage/daemons-report
node --import tsx test/support/coverage-report.ts coverage/tests/coverage-final.json \
  coverage/daemons-report/coverage-final.json
exit "$status"
