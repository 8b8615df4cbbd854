#!/bin/sh
# Makes the base images that the tests' apps build on, so that no registry is needed: Debian's static
# busybox, under a name of our own and under the public names that apps use; and the same with nginx, which
# serves /www at port 80. An image that has such a name already is left alone.
set -eu

busybox=goku-test/busybox:latest
nginx=goku-test/nginx:latest
public_names='busybox:latest alpine:latest'

exists() { docker image inspect "$1" >/dev/null 2>&1; }

add_busybox() {
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
}

# This machine's nginx, with the libraries that it needs.
add_nginx() {
  add_busybox "$1"
  program=$(command -v nginx)
  cp "$program" "$1/bin/nginx"
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$1${library%/*}"
    cp -L "$library" "$1$library"
  done
  mkdir -p "$1/etc/nginx" "$1/var/lib/nginx" "$1/var/log/nginx" "$1/www"
  cat >"$1/etc/nginx/nginx.conf" <<END
daemon off;
user root;
events {}
http {
  access_log off;
  server {
    listen 80;
    root /www;
  }
}
END
}

# Makes an image, unless it is there, of what a function adds to an empty folder: make IMAGE FUNCTION COMMAND
make() {
  if exists "$1"; then return; fi
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 1' HUP INT TERM
  "$2" "$folder"
  tar -C "$folder" --numeric-owner --owner=0 --group=0 --sort=name -cf - . |
    docker import -c 'ENV PATH=/usr/local/bin:/bin' -c "CMD [\"$3\"]" - "$1" >/dev/null
  rm -rf "$folder"
  echo "setup: made image $1"
}

# shellcheck disable=SC2086 # one word per name
if docker image inspect $busybox $nginx $public_names >/dev/null 2>&1; then exit 0; fi

make "$busybox" add_busybox /bin/sh
make "$nginx" add_nginx nginx
for name in $public_names; do
  if ! exists "$name"; then
    docker tag "$busybox" "$name"
    echo "setup: tagged $busybox as $name"
  fi
done
