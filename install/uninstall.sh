# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# Taking Goku away: what it made goes, what others put here stays, data goes only on request.

# By this, Goku marks the user it makes.
git_user_comment='git repositories of Goku'

# uninstall PURGE: `yes` removes data, settings and volumes too.
uninstall() {
  read_settings
  pid_file=$data/goku.pid
  if ! is_anything_left "$1"; then
    say_not_installed
    return
  fi
  start_log
  # How a line that Goku wrote into authorized_keys begins.
  goku_key="^restrict,command=\"exec [^ ]*$data/"
  packages=$(installed_packages)
  left=
  step "Stopping Goku"
  stop_services
  step "Removing what it made in Docker"
  remove_from_docker "$1"
  step "Removing files"
  remove_left_policy
  remove_git_access "$1"
  remove_program
  if [ "$1" = yes ]; then
    remove_data
  else
    note "kept: $data and $(dirname "$settings_file") (./install.sh --uninstall --purge removes them)"
  fi
  name_packages
  settle_trixie "$1"
  say_what_is_left "$1"
}

# leave WHAT HOW: what could not be removed, and what ends that.
leave() {
  left="$left$1: $2
"
}

# say_what_is_left PURGE: fails where there is something.
say_what_is_left() {
  if [ -z "$left" ]; then return; fi
  step "Left, because it could not be removed"
  printf %s "$left" | while IFS= read -r line; do note "$line"; done
  again=--uninstall
  if [ "$1" = yes ]; then again='--uninstall --purge'; fi
  fail "Not everything is removed; what was said is in $log." "Then run this again: ./install.sh $again"
}

# is_anything_left PURGE: is there something to stop or to remove?
is_anything_left() {
  for path in "$prefix" "$units/goku.service" "$units/goku-nginx.service"; do
    if [ -e "$path" ]; then return 0; fi
  done
  if running_pid >/dev/null || has_left_policy; then return 0; fi
  label=label=goku.instance=$instance
  if [ -n "$(docker ps -aq --filter "$label" 2>/dev/null)" ]; then return 0; fi
  [ "$1" = yes ] || return 1
  for path in "$data" "$(dirname "$settings_file")"; do
    if [ -e "$path" ]; then return 0; fi
  done
  if has_own_git_user; then return 0; fi
  if has_trixie && ! is_trixie_needed; then return 0; fi
  [ -n "$(docker volume ls -q --filter "$label" 2>/dev/null)" ]
}

say_not_installed() {
  note "Goku is not installed here, so there is nothing to remove."
  for path in "$data" "$(dirname "$settings_file")"; do
    if [ -e "$path" ]; then note "kept from an earlier one: $path (./install.sh --uninstall --purge removes it)"; fi
  done
}

# Goku first: it would start again what is taken away.
stop_services() {
  if has_systemd; then
    for unit in goku goku-nginx; do
      if [ -e "$units/$unit.service" ]; then logged systemctl disable --now "$unit" || true; fi
      rm -f "$units/$unit.service"
    done
    logged systemctl daemon-reload
    rm -f "$needrestart/goku.conf"
  fi
  stop_detached
  # nginx and sshd outlive the daemon.
  for file in $(pid_files); do
    if [ "$file" != "$data/docker.pid" ]; then stop_process_of "$file"; fi
  done
  socket=$(nginx_socket)
  rm -f "$socket" "${socket%sock}leaving."*
}

# Ends the process that a pid file names, if it is one of Goku's, and removes the file.
stop_process_of() {
  pid=$(cat "$1" 2>/dev/null) || return 0
  if [ -n "$pid" ] && is_of_goku "$pid"; then
    note "$(cat "/proc/$pid/comm") (process $pid)"
    kill -TERM "$pid"
    wait_for 10 is_gone "$pid" || warn "process $pid does not stop"
  fi
  rm -f "$1"
}

# Its command line names Goku's folder.
is_of_goku() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -Fq "$data"; }

# The user `git` owns the repositories, so it stays as long as they do. One that Goku did not make stays anyway.
remove_git_access() {
  entry=$(getent passwd git) || return 0
  home=$(echo "$entry" | cut -d : -f 6)
  remove_keys "$home/.ssh/authorized_keys"
  if [ "$1" = yes ] && has_own_git_user; then remove_git_user; fi
}

remove_keys() {
  grep -qs "$goku_key" "$1" || return 0
  # Written in place, so that it stays its owner's.
  others=$(grep -v "$goku_key" "$1" || true)
  printf '%s' "${others:+$others
}" >"$1"
  note "Goku's lines in $1"
}

has_own_git_user() { [ "$(getent passwd git | cut -d : -f 5)" = "$git_user_comment" ]; }

remove_git_user() {
  logged userdel --remove git || true
  if has_own_git_user; then
    leave "the user git and $home ($(tail -n 1 "$log"))" "end what runs as git (ps -fu git)"
    return
  fi
  note "the user git"
  if [ -e "$home" ]; then leave "$home" "rm -rf $home"; fi
}

remove_program() {
  for command in $commands; do
    link=/usr/local/bin/$command
    case $(readlink "$link") in "$prefix"/*) rm "$link" ;; esac
  done
  if [ ! -e "$prefix" ]; then return; fi
  rm -rf "$prefix"
  note "$prefix, /usr/local/bin/goku and octo"
}

remove_data() {
  if [ "$consul" != none ]; then note "kept: config vars in Consul at $consul"; fi
  remove_folder "$data"
  # By these, another try finds what is left, and why it is.
  if [ -n "$left" ]; then
    note "kept until the rest is gone: $(dirname "$settings_file") and $log"
    return
  fi
  remove_folder "$(dirname "$settings_file")"
  if [ -z "$left" ]; then remove_folder "$log_folder"; fi
}

remove_folder() {
  if [ ! -e "$1" ]; then return; fi
  if logged rm -rf "$1"; then note "$1"; else leave "$1" "see what holds it: ls -lA $1"; fi
}

# Prints what the installer brought and is still there, on one line.
installed_packages() {
  sort -u "$brought" 2>/dev/null | while read -r package; do
    if is_installed "$package"; then echo "$package"; fi
  done | paste -s -d ' ' -
}

# Other programs may need them by now. openssh's are never named: sshd may be the only way into this machine, and goes with
# the client's package.
name_packages() {
  removable=$(echo "$packages" | tr ' ' '\n' | grep -v '^openssh-' | paste -s -d ' ' -) || removable=
  if [ -z "$removable" ]; then return; fi
  note "kept: packages; if nothing else needs them: apt-get remove $removable"
  case " $packages " in *' docker.io '*)
    note "      Docker's data in /var/lib/docker, with all images and volumes, stay then as well; apt-get purge would delete them" ;;
  esac
  case " $packages " in *' openssh-'*)
    note "      openssh-server and openssh-client are not named, because they may be your only way in" ;;
  esac
}

# settle_trixie PURGE: a Docker from trixie gets its updates by them.
settle_trixie() {
  if ! has_trixie; then return; fi
  if is_trixie_needed; then
    note "kept: $apt_sources and $apt_pins, by which Docker gets its updates; without Docker: rm $apt_sources $apt_pins"
  elif [ "$1" = yes ]; then
    rm -f "$apt_sources" "$apt_pins"
    note "$apt_sources and $apt_pins"
  fi
}

has_trixie() { [ -e "$apt_sources" ] || [ -e "$apt_pins" ]; }

is_trixie_needed() {
  for package in $from_trixie; do
    if is_installed "$package"; then return 0; fi
  done
  return 1
}
