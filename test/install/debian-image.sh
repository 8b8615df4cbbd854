#!/bin/sh
# Makes the image of an empty Debian 12 that the installer is tried on, where it isn't there: about 15 s.
set -eu

image=goku-test/debian:bookworm

if docker image inspect "$image" >/dev/null 2>&1; then exit 0; fi

root=$(mktemp)
trap 'rm -f "$root"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck disable=SC2016 # $(SITE) is apt's placeholder
site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Codename: bookworm' | head -n 1)
# systemd, so that it can be process 1; ca-certificates for mirrors that are reached by https. Nobody needs what is
# installed here to outlive a loss of power, so dpkg is spared waiting for the disk, as in Docker's own images.
# shellcheck disable=SC2016 # $1 is the hook's
mmdebstrap --quiet --format=tar --variant=minbase --include=systemd-sysv,dbus,ca-certificates \
  --customize-hook='echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io"' bookworm - "$site" >"$root"
docker import -c 'STOPSIGNAL SIGRTMIN+3' "$root" "$image" >/dev/null
