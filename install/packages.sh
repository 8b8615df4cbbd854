# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# Debian's and Ubuntu's packages: what is missing comes from the mirror that apt uses already.

prefix=/opt/goku
# What the installer brought; --uninstall names it, and removes none of it. Kept as long as the settings are.
brought=/etc/goku/installed-packages

apt_sources=/etc/apt/sources.list.d/goku.sources
apt_pins=/etc/apt/preferences.d/goku
# What comes by them, and nothing else.
from_trixie='docker.io docker-cli docker-compose docker-buildx'
policy=/usr/sbin/policy-rc.d
policy_mark='# Here while Goku is installed: no service starts by itself.'

install_packages() {
  step "Installing packages"
  remove_left_policy
  refuse_old_engine
  refuse_old_compose
  missing=$(list_missing | paste -s -d ' ' -)
  if [ -z "$missing" ]; then
    note "already there"
    check_plugins
    return
  fi
  note "missing: $missing"
  note "fetching them, which takes a minute or two"
  apt_install "$missing"
  # Only their programs are needed: nginx would serve its default page, sshd open port 22.
  case " $missing " in *' nginx '*) disable_service nginx ;; esac
  case " $missing " in *' openssh-server '*) disable_service ssh.socket ssh ;; esac
  check_plugins
}

list_missing() {
  list_missing_docker
  while read -r command package; do
    command -v "$command" >/dev/null || echo "$package"
  done <<END
git git
nginx nginx
sshd openssh-server
ssh-keygen openssh-client
nc.openbsd netcat-openbsd
setpriv util-linux
update-ca-certificates ca-certificates
END
  # A dynamically linked busybox has the same name.
  is_installed busybox-static || echo busybox-static
}

is_installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }

# apt_install "PACKAGE ...": fails with a reason. Starts no service.
apt_install() {
  case $(os ID) in
    debian | ubuntu) ;;
    *) fail "missing here: $1. On $(os PRETTY_NAME) they cannot be installed for you." "Install them, and run this again." ;;
  esac
  update_indices || fail_logged "apt could not fetch its lists of packages; the end of what it said is above."
  if needs_trixie "$1"; then add_trixie; fi
  mkdir -p "$(dirname "$brought")"
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '%s\n' '#!/bin/sh' "$policy_mark" "# For: $1" 'exit 101' >"$policy"
    chmod 755 "$policy"
    ours=yes
  fi
  # shellcheck disable=SC2086 # one word per package
  logged env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold $1 ||
    fail_logged "apt could not install $1; the end of what it said is above."
  if [ "${ours:-}" = yes ]; then
    rm -f "$policy"
    ours=
  fi
  echo "$1" | tr ' ' '\n' >>"$brought"
}

# Did a run leave it here that was killed?
has_left_policy() { grep -qsxF "$policy_mark" "$policy"; }

# With it, no service of the machine would start by itself ever again.
remove_left_policy() {
  has_left_policy || return 0
  case " $(sed -n 's/^# For: //p' "$policy") " in *' openssh-server '*)
    # An sshd that runs by now may be somebody's way in.
    if [ -z "$(listeners_on 22)" ]; then disable_service ssh.socket ssh; fi ;;
  esac
  rm -f "$policy"
  note "removed $policy, which a run that was killed had left"
}

# Tries for two minutes: a new machine is often busy with its own upgrades, and only `install` waits for those.
update_indices() { wait_for 120 updated_or_hopeless && [ "$updated" = yes ]; }

updated_or_hopeless() {
  updated=yes
  logged apt-get update -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 && return
  updated=no
  ! tail -n 5 "$log" | grep -q 'Could not get lock'
}

# Bookworm's Docker is 20.10, which lacks what Goku builds with; trixie's needs nothing of trixie but itself.
needs_trixie() {
  [ "$(os VERSION_CODENAME)" = bookworm ] || return 1
  for package in $from_trixie; do
    case " $1 " in *" $package "*) return 0 ;; esac
  done
  return 1
}

add_trixie() {
  # shellcheck disable=SC2016 # $(SITE) is apt's placeholder
  site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Codename: bookworm' | head -n 1)
  [ -n "$site" ] || fail_logged "apt knows no mirror of Debian bookworm; the end of what it said is above."
  note "Debian 12's Docker is too old, so Docker comes from trixie ($apt_sources, $apt_pins)"
  cat >"$apt_pins.new" <<END
Explanation: Written by Goku's installer. Nothing but Docker comes from trixie.
Package: *
Pin: release o=Debian,n=trixie
Pin-Priority: 1

Package: $from_trixie
Pin: release o=Debian,n=trixie
Pin-Priority: 600
END
  cat >"$apt_sources.new" <<END
# Written by Goku's installer; see goku in preferences.d.
Types: deb
URIs: $site
Suites: trixie
Components: main
Targets: Packages
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  # The pins first: the suite must never be there without them.
  mv "$apt_pins.new" "$apt_pins"
  mv "$apt_sources.new" "$apt_sources"
  update_indices || fail_logged "apt could not fetch the packages of Debian trixie from $site; the end of what it said is above."
}

# Neither running now nor after the next start of the machine. Units that don't exist are none of our business.
disable_service() {
  for unit in "$@"; do
    if has_systemd; then
      logged systemctl disable --now "$unit" || true
    elif command -v systemctl >/dev/null; then
      logged systemctl disable "$unit" || true
    elif command -v update-rc.d >/dev/null && [ -e "/etc/init.d/$unit" ]; then
      logged update-rc.d "$unit" disable || true
    fi
  done
}
