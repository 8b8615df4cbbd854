#!/bin/sh
# What `npm test` runs: sets the machine up, checks the code without running it, then runs every test.
# The last line of its output is `N passed, N failed`. Arguments go to vitest: `npm test -- test/router`.
# shellcheck disable=SC2317 # `check` and `trap` call functions by name
set -eu
cd "$(dirname "$0")/.."
exec </dev/null

# npm's own remarks about the machine's configuration say nothing about the code.
export npm_config_loglevel=error npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false

report=
tests=
if [ "${CI:-}" = true ]; then keep=no; else keep=yes; fi
clean_up() {
  status=$?
  trap - EXIT
  if [ -n "$tests" ] && kill "$tests" 2>/dev/null; then wait "$tests" || true; fi
  if [ -n "$report" ]; then rm -f "$report"; fi
  tear_down
  exit "$status"
}

# Where nobody works on after this, nothing is left running.
tear_down() {
  if [ "$keep" = yes ]; then return; fi
  keep=yes
  test/teardown.sh || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

# Runs a check; where it fails, no test would say more than it has said already.
check() {
  title=$1
  shift
  echo "-----> $title"
  "$@" || {
    echo " !     $title: failed, so no test was run"
    tear_down
    echo "0 passed, 1 failed"
    exit 1
  }
}

# Is every package here, in the version of package-lock.json? An old file date would prove nothing: git sets the
# dates of a checkout, and npm writes its two files in no promised order.
has_packages() {
  node -e '
    const { existsSync, readFileSync } = require("node:fs");
    if (!existsSync("node_modules/.package-lock.json")) process.exit(1);
    const packages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
    const wanted = packages("package-lock.json");
    const here = packages("node_modules/.package-lock.json");
    const complete = Object.entries(wanted).every(([path, entry]) =>
      path === "" || (here[path] ? here[path].version === entry.version : entry.optional));
    process.exit(complete && Object.keys(here).every((path) => path in wanted) ? 0 : 1);
  '
}

install_packages() {
  if has_packages; then return; fi
  # Where Node's headers lie beside it, compiling better-sqlite3 need not download them.
  prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  if [ -f "$prefix/include/node/node.h" ]; then export npm_config_nodedir="$prefix"; fi
  npm ci
}

# Prints the path of every shell script that git tracks.
shell_scripts() {
  # In a checkout that belongs to somebody else git would refuse to answer.
  git -c safe.directory='*' ls-files | while read -r file; do
    [ -f "$file" ] || continue
    case $file in
      *.sh) echo "$file" ;;
      *) if head -n 1 "$file" | grep -aqE '^#!.*[/ ](sh|dash|bash)( |$)'; then echo "$file"; fi ;;
    esac
  done
}

# Prints the numbers of a report of vitest's, which ended with the given status.
tally() {
  # shellcheck disable=SC2016 # JavaScript's ${}, not the shell's
  node -e '
    const [, file, status] = process.argv;
    const { testResults: files = [] } = JSON.parse(require("node:fs").readFileSync(file, "utf8") || "{}");
    const count = (...states) =>
      files.flatMap((each) => each.assertionResults).filter((test) => states.includes(test.status)).length;
    // A file that could not be loaded or set up has failed without a test that did.
    const broken = files.filter((each) => each.status === "failed"
      && each.assertionResults.every((test) => test.status !== "failed")).length;
    // And an error outside of every file fails the run alone.
    const failed = count("failed") + broken || (status === "0" ? 0 : 1);
    const skipped = count("skipped", "pending", "todo", "disabled");
    console.log(`${count("passed")} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
  ' "$1" "$2"
}

lint_scripts() { shell_scripts | tr '\n' '\0' | xargs -0 shellcheck; }

check "Setting the machine up" test/setup.sh
check "Installing the packages" install_packages
check "Checking types, lint and format" npm run --silent check
check "Checking the shell scripts" lint_scripts

echo "-----> Testing"
report=$(mktemp)
status=0
# In the background, since only `wait` lets a signal through at once.
node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" &
tests=$!
wait "$tests" || status=$?
tests=
tear_down
tally "$report" "$status"
exit "$status"
