#!/bin/sh
# Stops the Docker daemon that setup.sh started. A daemon that somebody else started is left alone.
set -eu

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

exec "$(dirname "$0")/setup/docker-engine.sh" stop
