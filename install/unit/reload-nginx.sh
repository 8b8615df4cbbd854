#!/bin/sh
# Usage: reload-nginx.sh MASTER FOLDER SECONDS
# Has another nginx, with upgraded libraries, take over the sockets from the one whose master process and folder these are.
# One that is not up after so many seconds is ended, and the old one serves on.
set -eu

# shellcheck source=install/say.sh
. "$(dirname "$0")/../say.sh"

master=$1
folder=$2
seconds=$3
pid_file=$folder/nginx.pid

reload_nginx() {
  if finishes_still; then
    fail "The nginx before this one still finishes what it has, such as websockets: only after its end can another take over."
  fi
  # The workers look there whether they are about to leave.
  leaving=$(sed -n 's/^  default \(.*\);$/\1/p' "$folder/state.conf" || true)
  kill -USR2 "$master"
  if ! wait_for "$seconds" is_taken_over; then
    end_successors
    fail "Another nginx did not come up within $seconds seconds. The one before it serves on."
  fi
  announce
  kill -QUIT "$master"
  # Only what its own parent has left is a child of systemd's, which then sees its end. Websockets can take longer.
  wait_for 5 is_gone || true
}

# Until the master before it is gone, nginx ignores that another is wanted.
finishes_still() {
  before=$(cat "$pid_file.oldbin" 2>/dev/null) || return 1
  case $(title_of "$before") in
    "nginx: master process "*"$folder/nginx.conf"*) ;;
    *) return 1 ;;
  esac
}

# nginx moves the file away before it starts another, which then writes its own.
is_taken_over() { pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] && [ "$pid" != "$master" ]; }

is_gone() { ! kill -0 "$master" 2>/dev/null; }

# Told of it, workers end connections in order, instead of closing kept ones just as clients use them (src/router/leaving.ts).
announce() {
  if [ -z "$leaving" ]; then return; fi
  trap 'rm -f "$leaving"' EXIT
  touch "$leaving" || true
  sleep 0.3
}

# By KILL, since every other signal waits until it is up.
end_successors() {
  # shellcheck disable=SC2013 # it is one line of words
  for child in $(cat "/proc/$master/task/$master/children"); do
    case $(title_of "$child") in
      "nginx: worker "* | "nginx: cache "*) ;;
      *) kill -KILL "$child" 2>/dev/null || true ;;
    esac
  done
}

title_of() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline"; }

reload_nginx
