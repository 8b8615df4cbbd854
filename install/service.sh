# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# Goku as a service: units where systemd is process 1, a detached process with a pid file where it isn't.

ready_seconds=60

start_services() {
  step "Starting Goku"
  make_data_folder
  pid_file=$data/goku.pid
  ready_file=$data/ready
  if has_systemd; then
    write_units
    write_needrestart
  fi
  previous=$(current_version)
  switch_to "$version"
  if is_running && is_up_to_date; then
    note "$version runs already, nothing is restarted"
    return
  fi
  restart_goku
  if ! comes_up; then
    show_goku_log
    go_back
    fail "Goku $version did not start; the end of its log is above." "$went_back"
  fi
  rm -f "$settings_before"
  note "$version"
  if ! has_systemd; then
    note "no systemd here: log $log_folder/goku.log, pid file $pid_file"
    note "after the machine has started again, run ./install.sh host again"
  fi
}

# Traffic has to reach what is in it, and nobody else may list it.
make_data_folder() { [ -d "$data" ] || (mkdir -p "$data" && chmod 711 "$data"); }

# Does the process run with this version, these settings and this unit? It writes `ready` when it starts.
is_up_to_date() {
  [ "$(cat "$ready_file" 2>/dev/null)" = ready ] || return 1
  for file in "$current" "$settings_file" "$units/goku.service"; do
    if [ -n "$(find "$file" -maxdepth 0 -newer "$ready_file" 2>/dev/null)" ]; then return 1; fi
  done
}

is_running() {
  if has_systemd; then systemctl --quiet is-active goku; else running_pid >/dev/null; fi
}

# Prints the id of the detached process; fails where it no longer runs.
running_pid() {
  pid=$(cat "$pid_file" 2>/dev/null) && is_goku "$pid" && echo "$pid"
}

# Is this process a daemon of ours? A pid file outlives its process, and ids are used again.
is_goku() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -q "$prefix/[^ ]*/dist/bin/goku.js serve"; }

is_gone() { [ ! -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

# Nothing but the daemon: nginx and sshd serve on.
restart_goku() {
  if has_systemd; then
    logged systemctl restart goku || true
    # Where it was about to be started again, as after a crash, its count of that is kept.
    logged systemctl reset-failed goku || true
  else
    stop_detached
    start_detached
  fi
}

start_detached() {
  : >"$ready_file"
  (
    cd /
    # A clean environment, as systemd's would be. 9 is the installer's lock.
    exec setsid env -i "PATH=$PATH" HOME=/root LANG=C.UTF-8 "$(command -v node)" "$current/dist/bin/goku.js" serve \
      </dev/null >"$ready_file" 2>>"$log_folder/goku.log" 9>&-
  ) &
  echo $! >"$pid_file"
}

stop_detached() {
  pid=$(running_pid) || return 0
  kill -TERM "$pid"
  if ! wait_for "$ready_seconds" is_gone "$pid"; then
    kill -KILL "$pid"
    wait_for 5 is_gone "$pid" || true
  fi
  rm -f "$pid_file"
}

# Is it ready, does it answer, and is it still there after that? Fails as soon as it is clear that it isn't.
comes_up() { wait_for "$ready_seconds" is_ready_or_dead && is_ready && GOKU_DATA=$data logged octo version && ! is_dead; }

show_goku_log() {
  if has_systemd; then journalctl -u goku -n 20 --no-pager -o cat; else tail -n 20 "$log_folder/goku.log"; fi >&2 || true
}

is_ready() { grep -qx ready "$ready_file" 2>/dev/null; }

is_ready_or_dead() { is_ready || is_dead; }

# Has it ended since it was started? systemd will have started it again.
is_dead() {
  if has_systemd; then
    [ "$(systemctl show -P NRestarts goku)" -gt 0 ]
  else
    is_gone "$(cat "$pid_file")"
  fi
}

# Puts back the version and the settings before this run, as far as they were others. What never ran need not be tried
# every second.
go_back() {
  if [ -z "$previous" ]; then
    went_back="Nothing was running before."
    if has_systemd; then logged systemctl stop goku; fi
    return
  fi
  went_back="There is no other version to go back to."
  if [ ! -d "$versions/$previous" ]; then return; fi
  if restore_settings; then
    restored="; $settings_file is again what it was"
  elif [ "$previous" = "$version" ]; then
    return
  else
    restored=
  fi
  switch_to "$previous"
  restart_goku
  if comes_up; then
    went_back="$previous runs again, as before$restored."
  else
    went_back="$previous does not start either$restored."
  fi
}
