# shellcheck shell=sh disable=SC2154 # the parts of install.sh share their variables
# The machine's Docker: which is there, what is missing of it, and that it runs.

# The first with heredocs, COPY --link and the BuildKit that Goku speaks to.
oldest_engine=23
start_seconds=60
# Where the machine's own listens, which is the only one that is started here.
own_socket=/var/run/docker.sock

# Prints the packages to install, a line each.
list_missing_docker() {
  if [ "$(os ID)" = ubuntu ]; then cli=docker.io; else cli=docker-cli; fi
  engine=$(engine_version)
  if is_old "$engine"; then echo docker.io; fi
  # An old docker.io takes its docker command along.
  if ! command -v docker >/dev/null || { [ -n "$engine" ] && is_old "$engine"; }; then echo "$cli"; fi
  list_missing_plugins
}

is_old() {
  major=${1%%.*}
  [ "${major:-0}" -lt "$oldest_engine" ]
}

# An engine that serves somebody is theirs to replace.
refuse_old_engine() {
  engine=$(engine_version)
  if [ -z "$engine" ] || ! is_old "$engine"; then return; fi
  if uses_own_docker && is_installed docker.io && [ -z "$(docker ps -q 2>/dev/null)" ]; then return; fi
  fail "Docker $engine is here, and Goku needs $oldest_engine or newer." "Upgrade it and run this again: https://docs.docker.com/engine/install/"
}

# Prints the version of the engine that answers, else of the one that is installed; nothing where there is none.
engine_version() {
  running_engine || dockerd --version 2>/dev/null | sed -n 's/^Docker version \([0-9.]*\).*/\1/p'
}

running_engine() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

uses_own_docker() { [ "$(readlink -m "${DOCKER_HOST#unix://}")" = "$(readlink -m "$own_socket")" ]; }

start_docker() {
  step "Starting Docker"
  engine=$(running_engine) || engine=
  if [ -n "$engine" ] && ! is_old "$engine"; then
    note "already there: $engine"
    return
  fi
  uses_own_docker || fail "No Docker answers at $DOCKER_HOST, as \`docker\` in the settings has it." "Start it, or change $settings_file, and run this again."
  if has_systemd; then
    # An engine that was upgraded just now still runs as what it was.
    logged systemctl enable docker || true
    logged systemctl restart docker || true
  else
    [ -z "$engine" ] || fail "Docker was upgraded, but $engine still runs." "Stop it (kill $(cat /run/docker.pid 2>/dev/null)), and run this again."
    start_docker_detached
  fi
  wait_for "$start_seconds" running_engine >>"$log" || fail_docker
  note "started $(running_engine)$(has_systemd || echo " (no systemd here: pid file $data/docker.pid, log $log_folder/docker.log)")"
}

start_docker_detached() {
  remove_docker_leftovers
  make_data_folder
  (
    cd /
    # 9 is the installer's lock.
    exec setsid dockerd --pidfile "$data/docker.pid" </dev/null >>"$log_folder/docker.log" 2>&1 9>&-
  ) &
}

# What a killed daemon left behind makes the next one wait for a containerd that is gone.
remove_docker_leftovers() {
  for file in "$data/docker.pid" /run/docker.pid /run/docker/containerd/containerd.pid; do
    if [ -e "$file" ]; then
      case $(cat "/proc/$(cat "$file")/comm" 2>/dev/null) in
        dockerd | containerd) ;;
        *) rm -f "$file" ;;
      esac
    fi
  done
}

fail_docker() {
  if has_systemd; then journalctl -u docker -n 20 --no-pager -o cat; else tail -n 20 "$log_folder/docker.log"; fi >>"$log" 2>&1
  fail_logged "Docker did not start; the end of its log is above."
}

# Stops the Docker that start_docker_detached started, unless containers that are not Goku's run in it.
stop_detached_docker() {
  pid=$(cat "$data/docker.pid" 2>/dev/null) || return 0
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] || return 0
  if [ -n "$(docker -H "unix://$own_socket" ps -q)" ]; then
    warn "Docker (process $pid) runs on: there are containers in it that are not Goku's."
    return
  fi
  note "Docker, which the installer had started (process $pid)"
  kill -TERM "$pid"
  wait_for "$start_seconds" is_gone "$pid" || warn "Docker (process $pid) does not stop."
}
