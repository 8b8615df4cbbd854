# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# What this machine has to be before anything is changed on it.

node_major=20
node_minor=19
lock=/run/goku-install.lock

need_root() {
  [ "$(id -u)" = 0 ] || fail "Goku is installed by root." "Run it again with sudo in front."
}

# Two installers at once would fight over apt and over the version to switch to.
with_lock() {
  need_root
  exec 9>"$lock"
  flock -n 9 || fail "Another ./install.sh is at work here." "Wait for it to end, then run this again."
  "$@"
}

# Is systemd process 1?
has_systemd() { [ -d /run/systemd/system ]; }

# os ID, os VERSION_CODENAME: prints an entry of os-release.
os() {
  # shellcheck source=/dev/null
  (. /etc/os-release 2>/dev/null && eval "echo \"\${$1:-}\"")
}

check_machine() {
  step "Checking this machine"
  read_settings
  refuse_moving
  note "$(os PRETTY_NAME), $(uname -m), $(if has_systemd; then echo systemd; else echo "no systemd"; fi)"
  check_node
  check_settings_early
}

check_node() {
  how="Install Node $node_major.$node_minor or newer where every service sees it, in /usr/bin or /usr/local/bin (nvm's is not there): README.md says how under Installing. Then run this again."
  command -v node >/dev/null || fail "Goku needs Node $node_major.$node_minor or newer, and there is none in $PATH." "$how"
  version=$(node -p process.versions.node)
  major=${version%%.*}
  rest=${version#*.}
  minor=${rest%%.*}
  if [ "$major" -lt "$node_major" ] || { [ "$major" = "$node_major" ] && [ "$minor" -lt "$node_minor" ]; }; then
    fail "Goku needs Node $node_major.$node_minor or newer; this is $version." "$how"
  fi
  command -v npm >/dev/null || fail "Node $version is here, but npm is not." "Install npm and run this again."
  note "Node $version"
}
