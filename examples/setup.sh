# What examples/run, tests/run and .ci/run share; sourced, never run. Finds out what this machine misses, installs it on
# Debian, configures and builds. Quiet when all is well, and it speaks on stderr alone: stdout belongs to the program
# that is run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

have() { command -v "$1" >/dev/null 2>&1; }
say() { printf 'pawl: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# --- long work ---

# logged LOG WHAT COMMAND...: runs the command with its output in LOG. When that takes longer than a moment it says
# WHAT, and every 20 seconds how far it is.
logged() {
  local log=$1 what=$2 status=0
  shift 2
  mkdir -p "${log%/*}"
  report_progress "$log" "$what" &
  reporter=$!
  "$@" </dev/null >"$log" 2>&1 || status=$?
  stop_reporter
  return $status
}

# quietly LOG WHAT COMMAND...: the same, and where it fails the part of LOG that matters is shown and all is over.
quietly() {
  logged "$@" || show_and_fail "$1" "${2%% (*}"
}
show_and_fail() { # LOG WHAT
  if grep -q '^FAILED: ' "$1"; then # Ninja's own word for the first job that failed, with others' output after it
    sed -n '/^FAILED: /,$p' "$1" | head -n 60 >&2
  else
    tail -n 40 "$1" >&2
  fi
  fail "failed: $2; the whole output is in $1"
}

reporter=
report_progress() {
  local last='' now
  pause 2
  say "$2"
  while pause 20; do
    now=$(tail -n 1 "$1" | grep -oE '^\[ *[0-9]+(/[0-9]+|%)\]' || true)
    [ "$now" = "$last" ] || say "${2%% (*} $now"
    last=$now
  done
}
# A sleep may outlive the reporter, and must hold no pipe open; the reporter must not outlive the script.
pause() { sleep "$1" >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; }
stop_reporter() {
  [ -n "$reporter" ] || return 0
  kill "$reporter" 2>/dev/null || true
  wait "$reporter" 2>/dev/null || true
  reporter=
}
trap stop_reporter EXIT

# --- packages: a need is a line "what (Debian: package)" ---

# The tools that a build starts with. Where one is missing CMake cannot look for the libraries: all that the given
# CMakeLists.txt may ask for is named then, which costs nothing where it is there.
missing_tools() {
  local missing=''
  have_compiler || missing+=$'g++ 12 or newer (Debian: g++)\n'
  have cmake || missing+=$'CMake 3.20 or newer (Debian: cmake)\n'
  have ninja || have make || missing+=$'Ninja or make (Debian: ninja-build)\n'
  [ -n "$missing" ] || return 0
  printf '%s' "$missing"
  sed -n 's/^ *pawl_need([A-Za-z0-9_]* "\(.*\)")$/\1/p' "$@"
}

have_compiler() { if [ -n "${CXX:-}" ]; then have "${CXX%% *}"; else have c++ || have g++ || have clang++; fi; }

# install NEEDS: installs the packages, or says what to install and stops. Never removes one.
install() {
  local packages removed apt_log=$root/build/apt.log
  if ! have apt-get; then
    say "this machine misses$(have cmake && have_compiler || echo ' some of these'):"
    sed '/^$/d; s/^/  /' <<<"$1" >&2
    exit 1
  fi
  packages=$(sed -n 's/.*(Debian: \(.*\))$/\1/p' <<<"$1" | sort -u | xargs)

  if ! simulated "$packages" >/dev/null; then # the lists of packages may be missing or old
    be_root_for "$packages"
    quietly "$apt_log" "updating the lists of packages" apt_get update
    packages=$(with_available_boost "$packages")
  fi
  removed=$(simulated "$packages" | sed -n 's/^Remv \([^ ]*\).*/\1/p' | xargs)
  if [ -n "$removed" ]; then
    say "installing what is missing would remove $removed, and this set-up removes nothing. To do it:"
    show_command "$packages"
    exit 1
  fi

  be_root_for "$packages"
  if ! apt_install "$packages" && ! { # the lists may name versions that are gone
    logged "$apt_log" "updating the lists of packages" apt_get update && apt_install "$packages"
  }; then
    tail -n 20 "$apt_log" >&2
    say "could not install (the whole output is in $apt_log):"
    show_command "$packages"
    exit 1
  fi
}

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -o DPkg::Lock::Timeout=120 "$@"; }
apt_install() {
  # shellcheck disable=SC2086 # one word a package
  logged "$root/build/apt.log" "installing $1" apt_get install --yes --no-remove --no-install-recommends $1
}
simulated() { xargs env LC_ALL=C apt-get --simulate install --no-install-recommends <<<"$1" 2>&1; }
show_command() {
  local sudo=${as_root:+sudo }
  if simulated "$1" >/dev/null; then printf '  ' >&2; else printf '  %sapt-get update && ' "$sudo" >&2; fi
  printf '%sapt-get install --no-install-recommends %s\n' "$sudo" "$1" >&2
}
be_root_for() {
  [ ${#as_root[@]} -eq 0 ] && return
  have sudo && return
  as_root=()
  say "this machine misses packages, and there is no sudo to install them. As root:"
  show_command "$1"
  exit 1
}

# Debian 12 has Boost 1.81 beside its default; later releases have a newer default and no package of that name.
with_available_boost() {
  local newest
  newest=$(LC_ALL=C apt-cache policy libboost-dev | sed -n 's/ *Candidate: //p')
  if ! apt-cache show libboost1.81-dev >/dev/null 2>&1 && dpkg --compare-versions "$newest" ge 1.81; then
    printf '%s' "${1/libboost1.81-dev/libboost-dev}"
  else
    printf '%s' "$1"
  fi
}

# --- the build ---

# configure FOLDER OPTION...: runs CMake, unless FOLDER was configured with these options already, and installs what it
# misses.
configure() {
  local folder=$1 log=$1/configure.log stamp=$1/configured-with needs
  shift
  is_configured "$stamp" "$@" && return

  if ! grep -qsxF -- "$root" "$stamp"; then # new, or brought here from elsewhere
    rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  fi
  rm -f "$stamp"
  if ! run_cmake "$folder" "$@"; then
    needs=$(sed -n 's/^-- pawl needs //p' "$log")
    [ -n "$needs" ] || show_and_fail "$log" configuring
    install "$needs"
    rm -f "$folder/CMakeCache.txt"
    run_cmake "$folder" "$@" || show_and_fail "$log" configuring
  fi
  printf '%s\n' "$root" "$(build_files)" "$@" >"$stamp"
}
build_files() { cat "$root/CMakeLists.txt" "$root"/*/CMakeLists.txt "$root"/.ci/presets/*.cmake | cksum; }
is_configured() { # STAMP OPTION...
  local stamp=$1 line
  shift
  for line in "$root" "$(build_files)" "$@"; do grep -qsxF -- "$line" "$stamp" || return 1; done
}
run_cmake() { # FOLDER OPTION...
  local folder=$1 generator=()
  shift
  if [ ! -e "$folder/CMakeCache.txt" ] && have ninja; then generator=(-G Ninja); fi
  logged "$folder/configure.log" configuring cmake -S "$root" -B "$folder" ${generator[@]+"${generator[@]}"} "$@"
}

# build FOLDER "TARGET ..." OPTION...: installs what is missing, configures and builds.
build() {
  local folder=$1 target=$2 needs lists=("$root/CMakeLists.txt" "$root/examples/CMakeLists.txt")
  shift 2
  case " $* " in *" -DPAWL_BUILD_TESTS=ON "*) lists+=("$root/tests/CMakeLists.txt") ;; esac
  needs=$(missing_tools "${lists[@]}")
  [ -z "$needs" ] || install "$needs"
  configure "$folder" "$@"
  # shellcheck disable=SC2086 # one word a target
  quietly "$folder/build.log" "building $target (some minutes the first time)" \
    cmake --build "$folder" --target $target --parallel "$jobs"
}
