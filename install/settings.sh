# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# goku.toml: written by the first run, read on every run, changed where GOKU_* say something else.

settings_file=/etc/goku/goku.toml
# As it was before this run, until Goku has started with what it is now.
settings_before=/etc/goku/goku.toml.before

# setting NAME DEFAULT: prints what GOKU_NAME says, else what goku.toml says, else the default.
setting() {
  value=$(from_environment "$1")
  if [ -z "$value" ]; then value=$(from_file "$1"); fi
  echo "${value:-$2}"
}

# What decides whose everything is: what goku.toml says stays.
kept_setting() {
  value=$(from_file "$1")
  if [ ! -f "$settings_file" ]; then value=$(from_environment "$1"); fi
  echo "${value:-$2}"
}

from_file() {
  if [ ! -f "$settings_file" ]; then return; fi
  sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*[\"']*\([^\"'#]*[^\"'# ]\).*/\1/p" "$settings_file" | tail -n 1
}

# Prints the value of GOKU_NAME for a setting called `name`.
from_environment() { printenv "$(environment_name "$1")" || true; }

environment_name() { echo "GOKU_$(echo "$1" | tr '[:lower:]' '[:upper:]')"; }

read_settings() {
  data=$(kept_setting data /var/lib/goku)
  instance=$(kept_setting instance goku)
  http=$(setting http 0.0.0.0:80)
  https=$(setting https 0.0.0.0:443)
  web=$(setting web 127.0.0.1:8080)
  ssh=$(setting ssh 0.0.0.0:2222)
  consul=$(setting consul none)
  docker=$(setting docker unix:///var/run/docker.sock)
  # Root's own context and variables may lead to another server's Docker.
  unset DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY
  export DOCKER_HOST="unix://${docker#unix://}"
  case $data in
    / | /var | /var/lib | /etc | /opt | /home | /root | /usr) fail "data = \"$data\": Goku needs a folder of its own." ;;
    *[!A-Za-z0-9/._-]*) fail "data = \"$data\": letters, digits and / . _ - only, please." ;;
    /*) ;;
    *) fail "data = \"$data\" is not an absolute path." "Change it in $settings_file." ;;
  esac
}

# Goku itself can read them when it is built, which is late to hear of a slip.
check_settings_early() {
  node "$checkout/install/settings.js" '' early "$settings_file" >/dev/null ||
    fail "The settings are not in order. Nothing was changed." "Mend them (in $settings_file, or GOKU_* in front of the command), and run this again."
}

# Containers, repositories and the processes that run would be another Goku's from then on.
refuse_moving() {
  if [ ! -f "$settings_file" ]; then return; fi
  for name in data instance; do
    given=$(from_environment "$name")
    if [ "$name" = data ]; then here=$data; else here=$instance; fi
    if [ -n "$given" ] && [ "$given" != "$here" ]; then
      fail "$(environment_name "$name") is $given, but $settings_file has $name = \"$here\", and what that Goku made would not move along." \
        "Leave $(environment_name "$name") out; or, if nothing of it is wanted any more, first: ./install.sh --uninstall --purge"
    fi
  done
}

# After the new version is built and before anything is switched to it: its code reads the settings.
write_settings() {
  step "Writing $settings_file"
  rm -f "$settings_before"
  checked=$(settings_code check) || fail "The settings are not in order." "Mend them (in $settings_file, or GOKU_* in front of the command), and run this again."
  domain=${checked% *}
  address=${checked#* }
  warn_of_new_domain
  if [ ! -f "$settings_file" ]; then
    mkdir -p "$(dirname "$settings_file")"
    # It may come to hold Consul's token.
    (umask 077 && settings_code toml >"$settings_file.new")
    sync "$settings_file.new"
    mv "$settings_file.new" "$settings_file"
    note "every setting is in it, with its default"
  else
    merge_settings
  fi
  # From here on, what Goku reads counts.
  read_settings
}

# What nginx answers to is the only trace of a domain that was changed in the file, or followed from another address.
warn_of_new_domain() {
  served=$(sed -n 's/^[[:space:]]*server_name goku\.\(.*\);$/\1/p' "$data/nginx/nginx.conf" 2>/dev/null | head -n 1)
  if [ -z "$served" ] || [ "$served" = "$domain" ]; then return; fi
  warn "The domain changes from $served to $domain: what apps answer to below $served is not found any more from now on."
}

# What is set now counts from now on.
merge_settings() {
  merged=$(settings_code merge "$settings_file") || fail "$settings_file is left as it is, and Goku too."
  if [ -z "$merged" ]; then
    note "already there, left as it is"
    return
  fi
  cp -p "$settings_file" "$settings_before"
  chmod --reference="$settings_file" "$settings_file.new"
  sync "$settings_before" "$settings_file.new"
  mv "$settings_file.new" "$settings_file"
  note "taken from GOKU_*: $merged; the rest is left as it is"
}

# Where Goku does not start with what was merged. Fails where nothing was.
restore_settings() { mv "$settings_before" "$settings_file" 2>/dev/null; }

settings_code() { node "$checkout/install/settings.js" "$versions/$version/dist" "$@"; }
