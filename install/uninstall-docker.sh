# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# What Goku made in Docker, by the label of its instance.

# remove_from_docker PURGE: containers and networks, and with `yes` images and volumes.
remove_from_docker() {
  if ! command -v docker >/dev/null; then return; fi
  if [ "$1" = yes ]; then wake_docker; fi
  label=label=goku.instance=$instance
  if [ -z "$(running_engine)" ]; then
    if command -v dockerd >/dev/null; then
      leave "containers, networks, images and volumes with the $label" "start Docker, which does not answer at $DOCKER_HOST"
    else
      warn "There is no Docker to remove containers, networks, images and volumes with the $label by."
    fi
    return
  fi
  # Volumes that are kept should be as their containers leave them, not as a killed database does.
  running=$(docker ps -q --filter "$label" --filter status=running)
  # shellcheck disable=SC2086 # one word per id
  if [ "$1" = no ] && [ -n "$running" ]; then logged docker stop $running || true; fi
  containers=$(docker ps -a --filter "$label" --format '{{.Names}}')
  # Volumes without a name have no label either, and nobody would find them again.
  if [ "$1" = yes ]; then remove_each containers "$containers" rm -f -v; else remove_each containers "$containers" rm -f; fi
  remove_each networks "$(docker network ls --filter "$label" --format '{{.Name}}')" network rm
  # Without its images, an app that git has already could not come back with the next installation.
  if [ "$1" = yes ]; then
    remove_each images "$(docker images -q --filter "$label" | sort -u)" rmi -f
    remove_each volumes "$(docker volume ls -q --filter "$label")" volume rm
  else
    volumes=$(docker volume ls -q --filter "$label" | paste -s -d ' ' -)
    if [ -n "$volumes" ]; then note "kept: volumes: $volumes"; fi
  fi
  stop_detached_docker
}

# Only a Docker that answers removes volumes.
wake_docker() {
  if [ -n "$(running_engine)" ] || ! uses_own_docker; then return; fi
  note "starting Docker, which has what is to be removed"
  if has_systemd; then logged systemctl start docker || true; else start_docker_detached; fi
  wait_for "$start_seconds" running_engine >>"$log" || true
}

# remove_each WHAT "NAME ..." VERB...: says which, and which could not be removed. An image's id tells nobody anything.
remove_each() {
  what=$1
  names=$2
  shift 2
  removed=
  for name in $names; do
    if logged docker "$@" "$name"; then removed="$removed $name"; else leave "$name, of the $what" "docker $* $name"; fi
  done
  if [ -z "$removed" ]; then return; fi
  if [ "$what" = images ]; then removed=" $(echo "$removed" | wc -w)"; fi
  note "$what:$removed"
}
