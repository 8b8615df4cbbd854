# shellcheck shell=sh disable=SC2154 # the parts of install.sh share their variables
# Who listens where Goku wants to listen. Nobody is evicted but the distribution's untouched default site.

check_ports() {
  check_address http "$http"
  check_address https "$https"
  check_address web "$web"
  if [ "$ssh" != off ]; then check_address ssh "$ssh"; fi
  # Not running now, but it would take the port when the machine starts again.
  if [ "${http##*:}" = 80 ] && has_systemd && systemctl --quiet is-enabled nginx 2>/dev/null && has_default_site_only; then
    stop_default_site
  fi
}

check_address() {
  name=$1
  address=$2
  is_taken "$address" || return 0
  pids=$(listeners_on "${address##*:}")
  if are_ours "$pids"; then return; fi
  if serves_default_site "$pids"; then
    stop_default_site
    wait_for 10 is_free "$address" || fail "nginx still listens on $address after it was told to stop."
    return
  fi
  free_port=$(suggested_port "$name")
  fail "$(program_of "$pids") listens on $address already." \
    "Stop it and run this again, or let Goku listen elsewhere: $(environment_name "$name")=${address%:*}:$free_port ./install.sh host"
}

# Only trying tells: an address may be free although another one with the same port is not.
is_taken() {
  host=$(echo "${1%:*}" | tr -d '[]')
  node -e '
    const [, host, port] = process.argv;
    const server = require("node:net").createServer();
    server.on("error", (error) => process.exit(error.code === "EADDRINUSE" ? 0 : 1));
    server.listen(Number(port), host, () => process.exit(1));
  ' "${host:-0.0.0.0}" "${1##*:}"
}

is_free() { ! is_taken "$1"; }

# Prints the ids of the processes that listen on a TCP port.
listeners_on() {
  hex=$(printf ':%04X' "$1")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' |
    while read -r inode; do find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null || true; done |
    cut -d / -f 3 | sort -u
}

# Is one of these processes Goku, or one that a pid file of Goku's names?
are_ours() {
  for pid in $1; do
    if is_goku "$pid"; then return 0; fi
    for file in $(pid_files); do
      if [ "$(cat "$file" 2>/dev/null)" = "$pid" ]; then return 0; fi
    done
  done
  return 1
}

# Prints the paths of the pid files in Goku's folder, where everything it leaves running has one.
pid_files() {
  if [ -d "$data" ]; then find "$data" -maxdepth 3 -name '*.pid'; fi
}

# Names the program behind process ids, for a person.
program_of() {
  for pid in $1; do
    echo "$(cat "/proc/$pid/comm" 2>/dev/null || echo "A program") (process $pid)"
    return
  done
  echo "Another program"
}

suggested_port() {
  case $1 in
    http) echo 8000 ;;
    https) echo 8443 ;;
    web) echo 8081 ;;
    ssh) echo 2223 ;;
  esac
}

# Is this the nginx of the package, serving nothing but the page that the package came with?
serves_default_site() {
  master=$(cat /run/nginx.pid 2>/dev/null) || return 1
  echo "$1" | grep -Fxq "$master" || return 1
  has_default_site_only
}

has_default_site_only() {
  [ "$(ls -A /etc/nginx/sites-enabled 2>/dev/null)" = default ] &&
    [ -z "$(ls -A /etc/nginx/conf.d 2>/dev/null)" ] &&
    [ "$(ls -A /var/www/html 2>/dev/null)" = index.nginx-debian.html ] &&
    ! dpkg --verify nginx-common nginx 2>/dev/null | grep -q ' /etc/nginx/'
}

stop_default_site() {
  note "nginx shows its untouched default page; stopping and disabling that (Goku runs an nginx of its own)"
  disable_service nginx
  if ! has_systemd; then logged nginx -s quit || true; fi
}
