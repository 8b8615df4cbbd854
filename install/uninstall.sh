# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# Taking Goku away: what it made goes, what others put here stays, data goes only on request.

# By this, Goku marks the user it makes.
git_user_comment='git repositories of Goku'

# uninstall PURGE: `yes` removes data, settings and volumes too.
uninstall() {
  start_log
  read_settings
  pid_file=$data/goku.pid
  # How a line that Goku wrote into authorized_keys begins.
  goku_key="^restrict,command=\"exec [^ ]*$data/"
  step "Stopping Goku"
  stop_services
  step "Removing what it made in Docker"
  remove_from_docker "$1"
  step "Removing files"
  remove_git_access "$1"
  remove_program
  if [ "$1" = yes ]; then
    remove_data
  else
    note "kept: $data and $(dirname "$settings_file"); ./install.sh --uninstall --purge removes them"
  fi
  name_packages
}

# Goku first: it would start again what is taken away.
stop_services() {
  if has_systemd; then
    for unit in goku goku-nginx; do
      if [ -e "$units/$unit.service" ]; then logged systemctl disable --now "$unit" || true; fi
      rm -f "$units/$unit.service"
    done
    logged systemctl daemon-reload
  fi
  stop_detached
  # nginx and sshd outlive the daemon.
  for file in $(pid_files); do
    if [ "$file" != "$data/docker.pid" ]; then stop_process_of "$file"; fi
  done
}

# Ends the process that a pid file names, if it is one of Goku's: its command line names Goku's folder.
stop_process_of() {
  pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] || return 0
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -Fq "$data" || return 0
  note "$(cat "/proc/$pid/comm") (process $pid)"
  kill -TERM "$pid"
  wait_for 10 is_gone "$pid" || warn "process $pid does not stop"
  rm -f "$1"
}

remove_from_docker() {
  if ! command -v docker >/dev/null; then return; fi
  if [ -z "$(running_engine)" ]; then
    warn "Docker does not answer, so containers, networks and images labelled goku.instance=$instance stay."
    return
  fi
  label=label=goku.instance=$instance
  remove_each containers "$(docker ps -aq --filter "$label")" rm -f
  remove_each networks "$(docker network ls -q --filter "$label")" network rm
  # Without its images, an app that git has already could not come back with the next installation.
  if [ "$1" = yes ]; then
    remove_each images "$(docker images -q --filter "$label" | sort -u)" rmi -f
    remove_each volumes "$(docker volume ls -q --filter "$label")" volume rm
  fi
  stop_detached_docker
}

# remove_each WHAT "ID ..." VERB...
remove_each() {
  what=$1
  ids=$2
  shift 2
  if [ -z "$ids" ]; then return; fi
  # shellcheck disable=SC2086 # one word per id
  if logged docker "$@" $ids; then
    note "$(echo "$ids" | wc -l) $what"
  else
    warn "not all $what could be removed; see $log"
  fi
}

# The user `git` owns the repositories, so it stays as long as they do. One that Goku did not make stays anyway.
remove_git_access() {
  entry=$(getent passwd git) || return 0
  home=$(echo "$entry" | cut -d : -f 6)
  keys=$home/.ssh/authorized_keys
  if [ "$1" = yes ] && [ "$(echo "$entry" | cut -d : -f 5)" = "$git_user_comment" ]; then
    logged userdel --remove git || warn "the user git could not be removed; see $log"
    note "the user git"
  elif grep -qs "$goku_key" "$keys"; then
    # Written in place, so that it stays its owner's.
    others=$(grep -v "$goku_key" "$keys" || true)
    printf '%s' "${others:+$others
}" >"$keys"
    note "Goku's lines in $keys"
  fi
}

remove_program() {
  for command in $commands; do
    link=/usr/local/bin/$command
    case $(readlink "$link") in "$prefix"/*) rm "$link" ;; esac
  done
  packages=$(sort -u "$brought" 2>/dev/null | paste -s -d ' ' -) || packages=
  rm -rf "$prefix"
  note "$prefix, /usr/local/bin/goku and octo"
}

remove_data() {
  rm -rf "$data" "$(dirname "$settings_file")" "$log_folder"
  note "$data, $(dirname "$settings_file") and $log_folder"
}

# Packages may have got other users since.
name_packages() {
  if [ -n "$packages" ]; then
    note "kept: packages; if nothing else needs them: apt-get purge $packages"
    if [ -e "$apt_sources" ]; then note "and then: rm $apt_sources $apt_pins"; fi
  fi
}
