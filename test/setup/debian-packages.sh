#!/bin/sh
# Installs what the tests need and the machine lacks, from the Debian mirror that apt already uses.
# From trixie come Docker (bookworm's engine knows no heredocs and no COPY --link) and busybox (bookworm's
# crashes on `wget -T`), from bullseye Consul (bookworm has none). No service is started.
set -eu

oldest_engine=23
oldest_busybox=1:1.36.1-5
sources=/etc/apt/sources.list.d/goku-test.sources
pins=/etc/apt/preferences.d/goku-test
policy=/usr/sbin/policy-rc.d
log=

fail() {
  if [ -n "$log" ]; then tail -n 20 "$log" >&2; fi
  echo "setup: $*" >&2
  exit 1
}

has_plugin() {
  for folder in "${HOME:-/root}/.docker/cli-plugins" /usr/local/lib/docker/cli-plugins \
    /usr/local/libexec/docker/cli-plugins /usr/lib/docker/cli-plugins /usr/libexec/docker/cli-plugins; do
    if [ -x "$folder/$1" ]; then return 0; fi
  done
  return 1
}

# Prints the major version of the installed engine, 0 where there is none.
engine_major() {
  dockerd --version 2>/dev/null | sed -n 's/^Docker version \([0-9]*\).*/\1/p' | grep . || echo 0
}

list_missing() {
  if [ "$(engine_major)" -lt "$oldest_engine" ]; then echo docker.io; fi
  has_plugin docker-compose || echo docker-compose
  has_plugin docker-buildx || echo docker-buildx
  while read -r command package; do
    command -v "$command" >/dev/null || echo "$package"
  done <<END
docker docker-cli
iptables iptables
consul consul
nginx nginx
sshd openssh-server
ssh openssh-client
git git
nc.openbsd netcat-openbsd
docker-registry docker-registry
htpasswd apache2-utils
curl curl
wrk wrk
shellcheck shellcheck
mmdebstrap mmdebstrap
python3 python3
make make
g++ g++
END
  # A dynamically linked busybox has the same name, so here the package itself is asked for.
  busybox=$(dpkg-query -W -f '${Version}' busybox-static 2>/dev/null) || busybox=0
  dpkg --compare-versions "${busybox:-0}" ge "$oldest_busybox" || echo busybox-static
}

# Prints the packages to install, on one line.
missing_packages() { list_missing | paste -s -d ' '; }

# Prints where apt fetches the given Debian suite from; nothing where its index isn't here.
site_of() {
  # shellcheck disable=SC2016 # $(SITE) is apt's placeholder
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' "Codename: $1" | head -n 1
}

# A foreign source that can't be reached makes apt-get fail. What counts is whether Debian's indices came.
update_indices() {
  apt-get update -o Acquire::Retries=2 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 >>"$log" 2>&1 || true
}

add_suites() {
  site=$1
  cat >"$sources.new" <<END
# Added for Goku's tests; see goku-test in preferences.d. Both may be deleted.
Types: deb
URIs: $site
Suites: trixie bullseye
Components: main
Targets: Packages
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  cat >"$pins.new" <<END
Explanation: Added for Goku's tests. Nothing but the packages named here comes from these suites.
Package: *
Pin: release o=Debian,n=trixie
Pin-Priority: 1

Package: *
Pin: release o=Debian,n=bullseye
Pin-Priority: 1

Package: docker.io docker-cli docker-compose docker-buildx busybox-static
Pin: release o=Debian,n=trixie
Pin-Priority: 600

Package: consul
Pin: release o=Debian,n=bullseye
Pin-Priority: 600
END
  # The pins first: the suites must never be there without them.
  mv "$pins.new" "$pins"
  mv "$sources.new" "$sources"
}

install() {
  # shellcheck disable=SC2086 # one word per package
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold $1 >>"$log" 2>&1 </dev/null
}

# Fails with the reason why an installation didn't do what it should.
explain() {
  for suite in bookworm trixie bullseye; do
    [ -n "$(site_of "$suite")" ] || fail "$1: the Debian suite $suite could not be fetched from $site; the end of apt's output is above"
  done
  fail "$1; the end of apt's output is above"
}

missing=$(missing_packages)
if [ -z "$missing" ]; then exit 0; fi

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
[ "$release" = bookworm ] || fail "missing here: $missing (can be installed on Debian 12 only, this is $release)"
[ "$(id -u)" = 0 ] || fail "missing here: $missing (run test/setup.sh as root to install it)"
if dpkg-query -W -f '${db:Status-Abbrev}' docker-ce 2>/dev/null | grep -q '^ii' && [ "$(engine_major)" -lt "$oldest_engine" ]; then
  fail "docker-ce is older than $oldest_engine; upgrade it, so that it need not be replaced by Debian's docker.io"
fi

echo "setup: installing $missing"
log=$(mktemp)
clean_up() { rm -f "$log"; }
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

site=$(site_of bookworm)
if [ -z "$site" ]; then
  update_indices
  site=$(site_of bookworm)
fi
[ -n "$site" ] || fail "apt has no index of Debian bookworm, so nothing can be installed; the end of its output is above"
add_suites "$site"
update_indices

# Debian starts a service when it is installed, unless this file says no.
if [ ! -e "$policy" ]; then
  clean_up() { rm -f "$log" "$policy"; }
  printf '#!/bin/sh\n# Here while the tests of Goku install packages.\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
install "$missing" || explain "could not install $missing"
missing=$(missing_packages)
[ -z "$missing" ] || explain "still missing after installing: $missing"
