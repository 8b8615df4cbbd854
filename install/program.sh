# shellcheck shell=sh disable=SC2034,SC2154 # the parts of install.sh share their variables
# Goku's own files: a folder for every version, and a link `current` to the one that runs.

versions=$prefix/versions
current=$prefix/current
build=$prefix/build
staging=$versions/.staging
commands='goku octo'
# What is built, runs, or is needed for that. Whatever else lies in the checkout is somebody's own, like a backup.
program='.npmrc LICENSE install install.sh package-lock.json package.json src templates tsconfig.build.json tsconfig.json'

install_program() {
  step "Installing Goku"
  check_commands
  abi=$(node -p 'process.arch + process.versions.modules')
  version=$(version_of_checkout)
  if [ -d "$versions/$version" ]; then
    note "already there: $version"
  else
    build_version "$version"
    note "built $version"
  fi
}

# Another program's command is not overwritten.
check_commands() {
  for command in $commands; do
    link=/usr/local/bin/$command
    if [ -e "$link" ] || [ -L "$link" ]; then
      case $(readlink "$link") in
        "$prefix"/*) ;;
        *) fail "$link is there already, and it is not Goku's." "Move it away, and run this again." ;;
      esac
    fi
  done
}

# Prints the paths of what is installed, relative to the checkout, a NUL after each.
program_files() {
  # shellcheck disable=SC2086 # one word per path
  (cd "$checkout" && find $program \( -type f -o -type l \) -print0 | LC_ALL=C sort -z)
}

# Prints the version's name: its number, and a hash of its files and of the Node they are built for.
version_of_checkout() {
  number=$(node -p 'require(process.argv[1]).version' "$checkout/package.json")
  hash=$( (program_files | (cd "$checkout" && xargs -0 sha256sum) && echo "$abi") | sha256sum | cut -c 1-12)
  echo "$number-$hash"
}

current_version() { basename "$(readlink "$current")" 2>/dev/null || true; }

# build_version VERSION: the folder appears under its name when everything in it is done.
build_version() {
  # Removed and written anew but for the packages, which take longest and seldom change.
  mkdir -p "$build" "$versions"
  find "$build" -mindepth 1 -maxdepth 1 ! -name node_modules ! -name packages-of -exec rm -rf {} +
  program_files | (cd "$checkout" && tar --null -T - -cf -) | tar --no-same-owner -xf - -C "$build"
  (
    cd "$build" || exit 1
    export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_loglevel=error
    provide_packages
    note "compiling Goku, in less than a minute"
    logged npm run build || fail_logged "Goku could not be compiled; the end of what was said is above."
    chmod 755 dist/bin/*.js
    chmod -R u=rwX,go=rX .
    # Links instead of copies. npm would write over its own record, so that is none.
    rm -rf "$staging"
    cp -al . "$staging"
    cd "$staging" || exit 1
    rm -f node_modules/.package-lock.json packages-of
    logged npm prune --omit=dev --ignore-scripts || fail_logged "npm could not remove what only the build needs."
  )
  # What has its name is never built again, so none of it may be lost with the power.
  sync -f "$staging"
  mv -T "$staging" "$versions/$1"
}

provide_packages() {
  wanted=$(sha256sum package-lock.json)$abi
  if [ "$(cat packages-of 2>/dev/null)" = "$wanted" ]; then return; fi
  note "fetching npm packages, most often in less than a minute"
  rm -f packages-of
  logged npm ci --ignore-scripts || fail_logged "npm could not install the packages Goku needs; the end of what it said is above."
  provide_sqlite
  sync -f .
  echo "$wanted" >packages-of
}

# better-sqlite3 is the one package with a compiled part: the last version's, a ready-made one, or one compiled here.
provide_sqlite() {
  folder=node_modules/better-sqlite3
  if cmp -s "$folder/package.json" "$current/$folder/package.json"; then cp -a "$current/$folder/build" "$folder/"; fi
  if sqlite_works; then return; fi
  note "fetching a ready-made SQLite"
  # Inside npm, which knows of proxies. A rebuild would try this again, and compile without a compiler.
  logged npm explore better-sqlite3 -- prebuild-install || true
  if sqlite_works; then return; fi
  compile_sqlite
  sqlite_works || fail_logged "better-sqlite3 could not be built; the end of what was said is above."
}

compile_sqlite() {
  compilers=$(list_missing_compilers | paste -s -d ' ' -)
  if [ -n "$compilers" ]; then
    note "none for this machine; fetching what compiles it: $compilers"
    apt_install "$compilers"
  fi
  # Where Node's headers lie beside it, they need not be downloaded.
  node_prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  if [ -f "$node_prefix/include/node/node.h" ]; then export npm_config_nodedir="$node_prefix"; fi
  note "compiling SQLite, since there is none ready-made for this machine: one to three minutes"
  logged env npm_config_build_from_source=true npm rebuild better-sqlite3 --foreground-scripts || true
}

sqlite_works() { logged node -e 'new (require("better-sqlite3"))(":memory:").close()'; }

list_missing_compilers() {
  for program in python3 make g++; do command -v "$program" >/dev/null || echo "$program"; done
}

# The link is replaced in one step, so there is no instant without a version.
switch_to() {
  if [ "$(current_version)" != "$1" ]; then
    ln -sfn "versions/$1" "$current.new"
    mv -T "$current.new" "$current"
  fi
  for command in $commands; do ln -sfn "$current/dist/bin/$command.js" "/usr/local/bin/$command"; done
}

# Keeps the version that runs and the one before it.
remove_old_versions() {
  newest=$(find "$versions" -mindepth 1 -maxdepth 1 ! -name "$version" -printf '%T@ %f\n' | sort -rn | head -n 1 | cut -d ' ' -f 2)
  if [ "$previous" = "$version" ]; then previous=$newest; fi
  find "$versions" -mindepth 1 -maxdepth 1 ! -name "$version" ! -name "${previous:-$newest}" -exec rm -rf {} +
}
