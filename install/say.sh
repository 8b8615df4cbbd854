# shellcheck shell=sh
# What the installer says, and where it keeps what others say.

log_folder=/var/log/goku
log=$log_folder/install.log

step() { echo "-----> $*"; }

note() { echo "       $*"; }

# warn MESSAGE: for what does not stop the installer.
warn() { echo " !     $1" >&2; }

# fail MESSAGE [HINT]: ends the installer.
fail() {
  warn "$1"
  if [ -n "${2:-}" ]; then warn "$2"; fi
  exit 1
}

wrong_usage() {
  warn "$1"
  usage >&2
  exit 2
}

start_log() {
  need_root
  mkdir -p "$log_folder"
  (umask 077 && : >"$log")
}

# Runs a command whose output is of interest only when it fails.
logged() {
  echo "+ $*" >>"$log"
  "$@" >>"$log" 2>&1 </dev/null
}

# fail_logged MESSAGE [HINT]: like `fail`, with the end of what the last command said above it.
fail_logged() {
  tail -n 20 "$log" | sed 's/^/       /' >&2
  fail "$1" "${2:-All of it is in $log.}"
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
