#!/bin/sh
# Sets Goku up on this machine, upgrades it in place, or takes it away again. `./install.sh --help` says how.
set -eu

checkout=$(cd "$(dirname "$0")" && pwd)
# Services see these folders and no others, so whatever Goku needs has to be in one of them.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
umask 022

# shellcheck source=install/say.sh
. "$checkout/install/say.sh"
# shellcheck source=install/settings.sh
. "$checkout/install/settings.sh"
# shellcheck source=install/machine.sh
. "$checkout/install/machine.sh"
# shellcheck source=install/ports.sh
. "$checkout/install/ports.sh"
# shellcheck source=install/packages.sh
. "$checkout/install/packages.sh"
# shellcheck source=install/plugins.sh
. "$checkout/install/plugins.sh"
# shellcheck source=install/docker.sh
. "$checkout/install/docker.sh"
# shellcheck source=install/program.sh
. "$checkout/install/program.sh"
# shellcheck source=install/units.sh
. "$checkout/install/units.sh"
# shellcheck source=install/service.sh
. "$checkout/install/service.sh"
# shellcheck source=install/next.sh
. "$checkout/install/next.sh"
# shellcheck source=install/uninstall-docker.sh
. "$checkout/install/uninstall-docker.sh"
# shellcheck source=install/uninstall.sh
. "$checkout/install/uninstall.sh"

usage() {
  cat <<END
Usage: ./install.sh host                   set Goku up here with this machine's Docker; again: upgrade in place
       ./install.sh --uninstall            remove Goku and the containers of its apps; keep settings, repositories, images, volumes
       ./install.sh --uninstall --purge    remove those as well, every app's data among them, without asking
       ./install.sh --help

Settings are read from $settings_file, which the first run writes. GOKU_* variables that are set at any run
(GOKU_DOMAIN=apps.example.com ./install.sh host) are written into it; the rest of it stays as it is.
END
}

install_on_host() {
  start_log
  check_machine
  check_ports
  install_packages
  start_docker
  install_program
  write_settings
  start_services
  remove_old_versions
  say_what_is_next
}

mode=
purge=no
for argument in "$@"; do
  case $argument in
    --help | -h)
      usage
      exit 0
      ;;
    --purge) purge=yes ;;
    host | --uninstall)
      [ -z "$mode" ] || wrong_usage "say either host or --uninstall"
      mode=$argument
      ;;
    *) wrong_usage "no such argument: $argument" ;;
  esac
done
if [ "$purge" = yes ] && [ "$mode" != --uninstall ]; then wrong_usage "--purge goes with --uninstall"; fi

case $mode in
  '')
    fail "Nothing was done, since nothing was asked for." "To set Goku up with this machine's Docker, type: ./install.sh host"
    ;;
  host) with_lock install_on_host ;;
  --uninstall) with_lock uninstall "$purge" ;;
esac
