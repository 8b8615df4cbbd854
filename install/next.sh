# shellcheck shell=sh disable=SC2154 # the parts of install.sh share their variables
# The last thing the installer says: how to get in, and where to push to.

say_what_is_next() {
  octo=octo
  if [ "$data" != /var/lib/goku ]; then octo="GOKU_DATA=$data octo"; fi
  step "Goku is ready"
  note "Add your key, from your own computer:"
  note "    ssh root@$address $octo keys:add me --admin < ~/.ssh/id_ed25519.pub"
  note "or here: $octo keys:add me --admin < key.pub"
  note
  note "In a repository with a Dockerfile (APP becomes part of its address):"
  for remote in $(remotes); do note "    git remote add goku $remote"; done
  note "    git push goku main"
  note
  note "It answers at http://APP.$domain$(port_of "$http" 80). For pushes over HTTP: $octo tokens:add me --admin, and"
  note "    git remote add goku http://me:TOKEN@goku.$domain$(port_of "$http" 80)/git/APP.git"
}

remotes() {
  if [ "$ssh" != off ]; then echo "ssh://git@$address$(port_of "$ssh" 22)/APP.git"; fi
  # The machine's own sshd knows Goku's keys when this is the instance that writes them.
  if [ "$instance" = goku ] && [ -n "$(listeners_on 22)" ]; then echo "git@$address:APP"; fi
}

# Prints `:port` of an address to listen on, nothing where it is the usual one.
port_of() {
  if [ "${1##*:}" != "$2" ]; then echo ":${1##*:}"; fi
}
