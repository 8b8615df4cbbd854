# shellcheck shell=sh disable=SC2154 # the parts of install.sh share their variables
# The last thing the installer says: how to get in, and where to push to.

say_what_is_next() {
  octo=octo
  if [ "$data" != /var/lib/goku ]; then octo="GOKU_DATA=$data octo"; fi
  step "Goku is ready"
  if ! has_keys; then
    note "Add your key, from your own computer:"
    note "    ssh root@$address $octo keys:add me --admin < ~/.ssh/id_ed25519.pub"
    note "or here: $octo keys:add me --admin < key.pub"
    note
  fi
  note "In a repository with a Dockerfile or a compose file (APP becomes part of its address):"
  for remote in $(remotes); do note "    git remote add goku $remote"; done
  note "    git push goku main"
  say_fingerprints
  note
  note "It answers at http://APP.$domain$(port_of "$http" 80)"
  note
  note "Pushes over HTTP need a token (here: $octo tokens:add me), and whoever listens on the way can read it. So go through a"
  note "tunnel (from your own computer: ssh -L 8080:$web root@$address), and"
  note "    git remote add goku http://me:TOKEN@127.0.0.1:8080/git/APP.git"
}

has_keys() { [ -n "$(GOKU_DATA=$data octo keys:list 2>/dev/null)" ]; }

remotes() {
  if [ "$ssh" != off ]; then echo "ssh://git@$address$(port_of "$ssh" 22)/APP.git"; fi
  if serves_port_22; then echo "git@$address:APP"; fi
}

# The machine's own sshd knows Goku's keys when this is the instance that writes them.
serves_port_22() { [ "$instance" = goku ] && [ -n "$(listeners_on 22)" ]; }

# What ssh asks about when it connects for the first time.
say_fingerprints() {
  if [ "$ssh" != off ]; then say_fingerprint "${ssh##*:}" "$data/ssh"; fi
  if serves_port_22; then say_fingerprint 22 /etc/ssh; fi
}

# say_fingerprint PORT FOLDER
say_fingerprint() {
  fingerprint=$(ssh-keygen -lf "$2/ssh_host_ed25519_key.pub" 2>/dev/null | cut -d ' ' -f 2) || fingerprint=
  if [ -n "$fingerprint" ]; then note "ssh will ask about this host key (ED25519, port $1): $fingerprint"; fi
}

# Prints `:port` of an address to listen on, nothing where it is the usual one.
port_of() {
  if [ "${1##*:}" != "$2" ]; then echo ":${1##*:}"; fi
}
