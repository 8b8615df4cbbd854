# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# goku.toml: written once, read on every run.

settings_file=/etc/goku/goku.toml

# setting NAME DEFAULT: prints what goku.toml says, before it is written what GOKU_NAME says, or the default.
setting() {
  if [ -f "$settings_file" ]; then
    value=$(sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*[\"']*\([^\"'#]*[^\"'# ]\).*/\1/p" "$settings_file" | tail -n 1)
  else
    value=$(from_environment "$1")
  fi
  echo "${value:-$2}"
}

# Prints the value of GOKU_NAME for a setting called `name`.
from_environment() { printenv "GOKU_$(echo "$1" | tr '[:lower:]' '[:upper:]')" || true; }

read_settings() {
  data=$(setting data /var/lib/goku)
  instance=$(setting instance goku)
  http=$(setting http 0.0.0.0:80)
  https=$(setting https 0.0.0.0:443)
  web=$(setting web 127.0.0.1:8080)
  ssh=$(setting ssh 0.0.0.0:2222)
  case $data in
    / | /var | /var/lib | /etc | /opt | /home | /root | /usr) fail "data = \"$data\": Goku needs a folder of its own." ;;
    *[!A-Za-z0-9/._-]*) fail "data = \"$data\": letters, digits and / . _ - only, please." ;;
    /*) ;;
    *) fail "data = \"$data\" is not an absolute path." "Change it in $settings_file." ;;
  esac
}

# After the new version is built and before anything is switched to it: its code reads the settings.
write_settings() {
  step "Writing $settings_file"
  if [ -f "$settings_file" ]; then
    note "already there, left as it is"
    for name in $(env | sed -n 's/^\(GOKU_[A-Z_]*\)=.*/\1/p'); do warn "$name is set, and not looked at: that file is there already"; done
  else
    mkdir -p "$(dirname "$settings_file")"
    # It may come to hold Consul's token.
    (umask 077 && settings_code toml >"$settings_file.new")
    mv "$settings_file.new" "$settings_file"
    note "every setting is in it, with its default"
  fi
  checked=$(settings_code check) || fail "The settings are not in order." "Mend $settings_file, and run this again."
  domain=${checked% *}
  address=${checked#* }
  # From here on, what Goku reads counts.
  read_settings
}

settings_code() { node "$checkout/install/settings.js" "$versions/$version/dist" "$1"; }
