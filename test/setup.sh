#!/bin/sh
# Makes a Debian 12 machine ready for the tests: packages, a running Docker, base images.
# Run it as often as you like: what is there already is left alone. Needs root only where something is missing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

# Two runs at once would fight over apt and start two daemons. Whoever isn't root changes nothing worth a lock.
if [ "$(id -u)" = 0 ]; then
  mkdir -p /run/goku-test
  exec 9>/run/goku-test/setup.lock
  flock 9
fi

"$here/setup/debian-packages.sh"
"$here/setup/docker-engine.sh" start
"$here/setup/base-images.sh"
