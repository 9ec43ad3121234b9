#!/bin/sh
# One command from a bare machine to a result; see usage().  Works from any directory.
set -eu

usage() {
  cat <<'END'
usage: sh cmake/dev.sh COMMAND [OPTION...]

  demo                  build (Release), sum a real folder tree with every engine, show the scenarios
  test                  build with all checks, run the tests
    --sanitizer=WHICH     thread, address, undefined, or address,undefined
    --filter=REGEX        only the tests whose names match
    --repeat=N            each test N times, until one fails
  bench [ARGUMENT...]   build (Release), run the benchmarks; the arguments go to bench/run.sh

  --jobs=N              compile with N jobs (default: all CPUs); tests run at most two at a time
  --dry-run             print what would be done, and do nothing

Packages that are missing (cmake/debian.packages) are installed with apt-get, as root or with a sudo
that asks for nothing; otherwise the line to type is printed and the exit status is 3.

  CMWQ_NO_INSTALL=1     never install
  CMWQ_BUILD_DIR=DIR    build below DIR instead of build/
  CXX=COMPILER          the compiler of a build directory made by this run
END
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build_root=${CMWQ_BUILD_DIR:-$root/build}

die() {
  printf 'dev.sh: %s\n' "$1" >&2
  exit 2
}

# Runs a command, or only prints it.
run() {
  if [ "$dry_run" = yes ]; then
    printf '%s\n' "$*"
  else
    "$@"
  fi
}

check_count() { # option value
  case $2 in
    '' | 0* | *[!0-9]*) die "$1: \"$2\" is not a positive number" ;;
  esac
}

# --- packages

listed_packages() { sed 's/#.*//' "$root/cmake/debian.packages" | tr -s ' \t\n' '\n' | sed '/^$/d'; }

is_installed() {
  # shellcheck disable=SC2016 # the braces are for dpkg-query
  dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing_packages() {
  for package in $(listed_packages); do
    is_installed "$package" || printf ' %s' "$package"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not a Debian system.  These are needed, by their Debian names:"
    listed_packages | sed 's/^/  /'
    return
  fi
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0

  if [ "${CMWQ_NO_INSTALL:-}" = 1 ]; then
    as_root=no
  elif [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
  else
    as_root=no
  fi

  if [ "$as_root" = no ]; then
    {
      echo "Packages are missing.  Type this, then try again:"
      echo "  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends$missing'"
    } >&2
    [ "$dry_run" = yes ] || exit 3
    return
  fi
  # shellcheck disable=SC2086 # both are lists of words
  run $as_root env DEBIAN_FRONTEND=noninteractive apt-get update
  # shellcheck disable=SC2086
  run $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# --- building

# configure KIND CACHE [-DNAME=VALUE...]: sets $build.
configure() {
  build=$build_root/$1
  cache=$root/cmake/cache/$2.cmake
  shift 2
  run cmake -S "$root" -B "$build" -G Ninja -C "$cache" "$@"
}

compile() { # target...
  if [ -n "$jobs" ]; then
    run cmake --build "$build" --parallel "$jobs" --target "$@"
  else
    run cmake --build "$build" --target "$@"
  fi
}

# --- commands

do_test() {
  [ $# -eq 0 ] || die "test: unknown argument \"$1\""
  kind='test'
  [ -z "$sanitizer" ] || kind=test-$(printf '%s' "$sanitizer" | tr , -)
  configure "$kind" test "-DCMWQ_SANITIZER=$sanitizer"
  compile all all_verify_interface_header_sets

  at_once=2
  [ "$jobs" != 1 ] || at_once=1
  set -- --test-dir "$build" --output-on-failure --no-tests=error --parallel "$at_once"
  [ -z "$filter" ] || set -- "$@" --tests-regex "$filter"
  [ -z "$repeat" ] || set -- "$@" --repeat "until-fail:$repeat"
  run ctest "$@"
}

do_demo() {
  configure release release
  compile cmwq_examples
  run sh "$root/examples/demo.sh" "$build" "$@"
}

do_bench() {
  configure release release
  compile cmwq_bench cmwq_examples
  run sh "$root/bench/run.sh" "$build" "$@"
}

# --- arguments: ours are taken out, the rest stays in "$@"

command='' dry_run=no sanitizer='' filter='' repeat='' jobs=''
left=$#
while [ "$left" -gt 0 ]; do
  argument=$1
  shift
  left=$((left - 1))
  case $command:$argument in
    :-h | :--help | :help) usage; exit 0 ;;
    *:--dry-run) dry_run=yes ;;
    *:--jobs=*) jobs=${argument#*=}; check_count --jobs "$jobs" ;;
    :demo | :test | :bench) command=$argument ;;
    :*) die "unknown command \"$argument\"; try --help" ;;
    test:--sanitizer=*) sanitizer=${argument#*=} ;;
    test:--filter=*) filter=${argument#*=} ;;
    test:--repeat=*) repeat=${argument#*=}; check_count --repeat "$repeat" ;;
    *) set -- "$@" "$argument" ;;
  esac
done

if [ -z "$command" ]; then
  usage >&2
  exit 2
fi
case $sanitizer in
  '' | thread | address | undefined | address,undefined) ;;
  *) die "--sanitizer: \"$sanitizer\" is not thread, address, undefined or address,undefined" ;;
esac

install_packages
"do_$command" "$@"
