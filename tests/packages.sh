# shellcheck shell=bash
# Packages of Debian, unpacked into a folder and not installed, for tests against others' software: installing it would
# start its services, on the ports that the user has for them. Sourced after examples/setup.sh; needs apt-get.

# unpack PLACE "PACKAGE ..." PROGRAM: PLACE/root gets what the packages hold, and PLACE/version the version of the first.
# PROGRAM, a path below PLACE/root, must find all its libraries, there or on this machine. Done once.
unpack() (
  local place=$1 packages=$2 program=$3 name=${1##*/} apt_log=${1%/*}/apt.log tool package library
  [ ! -e "$place/version" ] || return 0
  mkdir -p "${place%/*}"
  exec 9>"$place.lock" && flock 9 # two tests may ask at once
  [ ! -e "$place/version" ] || return 0
  for tool in apt-get dpkg dpkg-deb ldd; do
    have $tool || fail "this test needs $tool: $name is a package of Debian 12. Run it on Debian, or in an image of it"
  done
  rm -rf "$place" && mkdir -p "$place/debs"
  # shellcheck disable=SC2086 # one word a package
  download() { (cd "$place/debs" && apt-get download $packages); }
  logged "$apt_log" "downloading $name" download || # the lists of packages may be missing or old
    { be_root_for "$packages" && logged "$apt_log" 'updating the lists of packages' apt_get update && download >&2; } ||
    show_and_fail "$apt_log" "fetching $name: apt-get must be able to download $packages of Debian 12"
  for package in "$place"/debs/*.deb; do dpkg -x "$package" "$place/root"; done
  library=$(LD_LIBRARY_PATH=$(printf '%s:' "$place"/root/usr/lib/*-linux-gnu "$place"/root/usr/lib/*-linux-gnu/*/) ldd "$place/root/$program" | sed -n 's/^\t\([^ ]*\) => not found$/\1/p' | xargs)
  [ -z "$library" ] || fail "$name needs $library, which this machine has not; install the package of Debian 12 that has it"
  dpkg-deb --field "$place/debs/${packages%% *}"_*.deb Version | sed 's/-.*//' >"$place/version.new"
  rm -r "$place/debs"
  mv "$place/version.new" "$place/version"
  flock -u 9 # a sleep of logged() may still have it open
)

# unpack_clang [RELEASE]: a clang and its own standard library, libc++, into build/libcxx; without RELEASE the newest that apt
# knows of. The packages of two releases of libc++ exclude each other, so they are not installed. Sets release; llvm, the
# folder of its programs; libcxx, that of the libraries to link; and llvm_path, for the LD_LIBRARY_PATH of its programs.
unpack_clang() {
  have apt-get || fail "clang and libc++ are taken from Debian's packages, and here is no apt-get"
  newest() { apt-cache search --names-only '^libc[+][+]-[0-9]+-dev$' | sed -n 's/^libc++-\([0-9]*\)-dev .*/\1/p' | sort -n | tail -n 1; }
  [ -n "$(newest)" ] || { be_root_for libc++-dev && quietly "$root/build/apt.log" "updating the lists of packages" apt_get update; }
  release=${1:-$(newest)}
  local place=$root/build/libcxx/$release
  llvm=$place/root/usr/lib/llvm-$release libcxx=$place/root/usr/lib/$(uname -m)-linux-gnu
  unpack "$place" "$(packages_of_clang "$release")" "usr/lib/llvm-$release/bin/clang++"
  llvm_path=$(find "$place/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
}
# The two packages, and what they need of LLVM.
packages_of_clang() { # RELEASE
  echo "clang-$1 $(LC_ALL=C apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances "clang-$1" "libc++-$1-dev" | grep -E '^(lib)?(clang|llvm|unwind|c[+][+])[^ ]*$' | grep -vx "clang-$1" | sort -u | xargs)"
}
