#!/bin/sh
# Measures what Goku costs with a hundred and a thousand apps, and writes it into bench/scale.json and the README.
# Takes about ten minutes. Usage: bench/scale.sh [publish|hundred|thousand] [--all-running]
set -eu

cd "$(dirname "$0")/.."
test/setup.sh
npm run --silent build
node --import tsx bench/scale.ts "$@"
npm run --silent docs
