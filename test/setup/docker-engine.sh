#!/bin/sh
# docker-engine.sh start: starts a Docker daemon where none answers; it stays when the script ends.
# docker-engine.sh stop:  stops that daemon, and only that one.
set -eu

state=/run/goku-test
pid_file=$state/dockerd.pid
log=$state/dockerd.log
start_seconds=60
stop_seconds=60

fail() {
  echo "setup: $*" >&2
  exit 1
}

answers() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

# Is this process the daemon of our pid file? A pid file outlives its process, and pids are used again.
is_ours() {
  tr '\0' '\n' 2>/dev/null <"/proc/$1/cmdline" | grep -Fxq -- "--pidfile=$pid_file"
}

# Prints the pid of the daemon that `start` started; fails where it no longer runs.
our_pid() {
  pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] && is_ours "$pid" && echo "$pid"
}

# What a killed daemon left behind would make the next one wait for a containerd that is gone.
remove_leftovers() {
  rm -f "$pid_file"
  containerd_pid_file=/run/docker/containerd/containerd.pid
  if [ -e "$containerd_pid_file" ]; then
    read -r containerd_pid <"$containerd_pid_file" || true
    if [ "$(cat "/proc/${containerd_pid:-0}/comm" 2>/dev/null)" != containerd ]; then rm -f "$containerd_pid_file"; fi
  fi
  for socket in /run/containerd/containerd.sock /run/docker/containerd/containerd.sock; do
    if [ -S "$socket" ] && ! nc.openbsd -zU "$socket" 2>/dev/null; then rm -f "$socket"; fi
  done
}

# Runs a command every 50 ms until it succeeds; fails when the seconds are over.
wait_for() {
  deadline=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

is_gone() { ! is_ours "$1"; }

# A child that has ended stays as a zombie until this script ends, so `kill -0` would call it alive.
is_running() { [ -e "/proc/$1" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

is_up_or_dead() { answers >/dev/null || ! is_running "$1"; }

start() {
  # The packages start no sshd, and it is the service that makes this folder.
  if [ "$(id -u)" = 0 ] && [ ! -d /run/sshd ]; then mkdir -m 755 /run/sshd; fi

  if answers >/dev/null; then return; fi
  [ -z "${DOCKER_HOST:-}" ] || fail "no Docker answers at DOCKER_HOST=$DOCKER_HOST; unset it to have one started"
  [ "$(id -u)" = 0 ] || fail "no Docker answers; run test/setup.sh as root to start one"

  mkdir -p "$state"
  if ! pid=$(our_pid); then
    remove_leftovers
    # 9 is the lock of setup.sh, which the daemon must not keep.
    setsid dockerd "--pidfile=$pid_file" </dev/null >"$log" 2>&1 9>&- &
    pid=$!
  fi
  wait_for "$start_seconds" is_up_or_dead "$pid" || true
  if ! version=$(answers); then
    tail -n 20 "$log" >&2
    fail "Docker did not start; the end of $log is above"
  fi
  echo "setup: started Docker Engine $version (pid $pid, log $log); test/teardown.sh stops it"
}

stop() {
  if ! pid=$(our_pid); then return; fi
  kill -TERM "$pid"
  wait_for "$stop_seconds" is_gone "$pid" || fail "Docker (pid $pid) still runs $stop_seconds seconds after SIGTERM; see $log"
  echo "setup: stopped Docker Engine (pid $pid)"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) fail "say start or stop" ;;
esac
