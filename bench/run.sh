#!/bin/sh
# Measures Goku beside the same work done by hand, and writes the figures into bench/latest.json and the README.
# Usage: npm run bench [-- RUNS [PART-OF-A-NAME]]
set -eu

cd "$(dirname "$0")/.."
test/setup.sh
npm run --silent build
node --import tsx bench/run.ts "$@"
npm run --silent docs
