# shellcheck shell=sh disable=SC2154 # the parts of install.sh share their variables
# docker compose and buildx: the plugins of Docker's command line that Goku builds and reads projects with.

# The first whose `config` prints what Goku reads, and whose `up` creates what Goku needs.
oldest_compose=2.20

# Where the docker CLI and Goku look, in their order, and what any user may run: a compose file is read by the
# owner of its checkout. So root's own ~/.docker does not count.
plugin_folders='/usr/local/lib/docker/cli-plugins /usr/local/libexec/docker/cli-plugins
  /usr/lib/docker/cli-plugins /usr/libexec/docker/cli-plugins'

# Prints the packages to install, a line each. Docker's own packages have other names than the distribution's.
list_missing_plugins() {
  if is_installed docker-ce-cli; then
    buildx=docker-buildx-plugin compose=docker-compose-plugin
  elif [ "$(os ID)" = ubuntu ]; then
    buildx=docker-buildx compose=docker-compose-v2
  else
    buildx=docker-buildx compose=docker-compose
  fi
  plugin_path docker-buildx >/dev/null || echo "$buildx"
  plugin=$(plugin_path docker-compose) || plugin=
  if [ -z "$plugin" ] || is_old_compose "$(plugin_version "$plugin")"; then echo "$compose"; fi
}

# Prints where the plugin is that would be used; fails where there is none.
plugin_path() {
  for folder in $plugin_folders; do
    if [ -x "$folder/$1" ]; then
      echo "$folder/$1"
      return
    fi
  done
  return 1
}

# plugin_version FILE [COMMAND...]: prints what it says of itself, nothing where it does not run.
plugin_version() {
  plugin=$1
  shift
  "$@" "$plugin" version --short 2>/dev/null | sed 's/^v//' || true
}

# 2.26.1-4, 2.9.0, or nothing
is_old_compose() {
  major=${1%%.*}
  rest=${1#*.}
  minor=${rest%%[!0-9]*}
  [ "${major:-0}" -lt "${oldest_compose%.*}" ] ||
    { [ "$major" = "${oldest_compose%.*}" ] && [ "${minor:-0}" -lt "${oldest_compose#*.}" ]; }
}

# A package of ours would stand behind one that somebody put there by hand.
refuse_old_compose() {
  plugin=$(plugin_path docker-compose) || return 0
  found=$(plugin_version "$plugin")
  if ! is_old_compose "$found" || dpkg-query -S "$plugin" >/dev/null 2>&1; then return; fi
  fail "$plugin is docker compose ${found:-of an unknown version}, and Goku needs $oldest_compose or newer." \
    "Remove it, or put a newer one there, and run this again."
}

# Said as it will be used: by somebody who is not root.
check_plugins() {
  plugin=$(plugin_path docker-buildx) || fail "docker buildx is not there, although its package is." "Look for it: ls $(echo "$plugin_folders" | paste -s -d ' ')"
  plugin=$(plugin_path docker-compose) || fail "docker compose is not there, although its package is." "Look for it: ls $(echo "$plugin_folders" | paste -s -d ' ')"
  found=$(plugin_version "$plugin" setpriv --reuid=65534 --regid=65534 --clear-groups)
  [ -n "$found" ] || fail "$plugin does not run for a user who is not root, and Goku reads compose files as one." "See why: setpriv --reuid=65534 --regid=65534 --clear-groups $plugin version"
  if is_old_compose "$found"; then
    fail "$plugin is docker compose $found, and Goku needs $oldest_compose or newer." "Upgrade it, and run this again: https://docs.docker.com/compose/install/linux/"
  fi
  note "docker compose $found ($plugin)"
}
