#!/bin/sh
# Makes the base image that the tests' apps build on, so that no registry is needed: Debian's static
# busybox, under a name of our own and under the public names that apps use. An image that has
# such a name already is left alone.
set -eu

image=goku-test/busybox:latest
public_names='busybox:latest alpine:latest'

exists() { docker image inspect "$1" >/dev/null 2>&1; }

# Prints a root file system as a tar.
busybox_root() {
  mkdir -p "$1/bin" "$1/etc" "$1/home" "$1/root" "$1/run" "$1/usr/local/bin" "$1/var/tmp" "$1/tmp"
  chmod 700 "$1/root"
  chmod 1777 "$1/tmp" "$1/var/tmp"
  ln -s bin "$1/sbin"
  ln -s ../bin "$1/usr/bin"
  ln -s ../bin "$1/usr/sbin"
  # The links are made to the busybox that runs, so it is the copy that must run.
  cp /bin/busybox "$1/bin/busybox"
  "$1/bin/busybox" --install "$1/bin"
  cat >"$1/etc/passwd" <<END
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
END
  cat >"$1/etc/group" <<END
root:x:0:
nogroup:x:65534:
END
  tar -C "$1" --numeric-owner --owner=0 --group=0 --sort=name -cf - .
}

# shellcheck disable=SC2086 # one word per name
if docker image inspect $image $public_names >/dev/null 2>&1; then exit 0; fi

if ! exists "$image"; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 1' HUP INT TERM
  busybox_root "$folder" |
    docker import -c 'ENV PATH=/usr/local/bin:/bin' -c 'CMD ["/bin/sh"]' - "$image" >/dev/null
  echo "setup: made image $image"
fi
for name in $public_names; do
  if ! exists "$name"; then
    docker tag "$image" "$name"
    echo "setup: tagged $image as $name"
  fi
done
