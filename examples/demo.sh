#!/bin/sh
# Sums a real folder tree, cold, with every engine of treesum, checks that all agree with sha256sum, and
# prints what each of them took; then shows the scenarios.
#
# usage: sh demo.sh BUILD-DIR [FOLDER...]
#
#   CMWQ_DEMO_MIB=N      without folders: take subfolders of /usr/share and /usr/lib of about N MiB (700)
#   CMWQ_DEMO_ROUNDS=N   at most N rounds (3); no round begins after 40 s
#   CMWQ_DEMO_ENGINES=.. the engines, in this order
set -eu
export LC_ALL=C

usage='usage: sh demo.sh BUILD-DIR [FOLDER...]'
build=${1:?"$usage"}
shift
treesum=$build/examples/treesum
scenario=$build/examples/scenario
engines=${CMWQ_DEMO_ENGINES:-cmwq serial fixed:2 fixed:8 fixed:32 async}
most_mib=${CMWQ_DEMO_MIB:-700}
most_rounds=${CMWQ_DEMO_ROUNDS:-3}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

die() {
  printf 'demo.sh: %s\n' "$*" >&2
  exit 1
}

subfolders() { # FOLDER...: lines "KiB<tab>path", by name
  newline='
'
  find "$@" -mindepth 1 -maxdepth 1 -type d ! -name "*$newline*" -exec du -skx {} + 2>/dev/null | sort -t/ -k2
}

# Takes subfolders as they come, half of the room for each root, and leaves out what does not fit.
choose_folders() {
  for root in /usr/share /usr/lib; do
    subfolders "$root" |
      awk -F '\t' -v room=$((most_mib * 512)) '$1 > 0 && $1 <= room { room -= $1; print $2 }'
  done
}

sum_with_sha256sum() { # FOLDER...
  find -H "$@" -type f -print0 2>/dev/null | sort -z | xargs -0 -r sha256sum -- 2>/dev/null
}

run_engine() { # ENGINE FOLDER...
  engine=$1
  shift
  printf '%s ' "$engine"
  status=0
  "$treesum" --cold --engine "$engine" --stats "$work/stats" -- "$@" >"$work/out" || status=$?
  [ "$status" -le 1 ] || die "$engine: exit status $status"
  cmp "$work/expected" "$work/out" || die "$engine: the output differs from sha256sum"
}

run_rounds() { # FOLDER...
  begun=$(date +%s)
  round=0
  while [ "$round" -lt "$most_rounds" ] && [ $(($(date +%s) - begun)) -lt 40 ]; do
    round=$((round + 1))
    printf 'round %d: ' "$round"
    for e in $engines; do run_engine "$e" "$@"; done
    echo
  done
}

# Of each engine the round with the median wall time.
print_table() {
  printf '\n%-10s %8s %8s %14s %14s %6s\n' engine 'wall s' 'CPU s' 'peak threads' 'peak runnable' mean
  for e in $engines; do
    sed 's/[a-z_]*=//g' "$work/stats" | awk -v e="$e" '$1 == e' | sort -n -k2 >"$work/runs"
    sed -n "$((($(wc -l <"$work/runs") + 1) / 2))p" "$work/runs" |
      awk '{ printf "%-10s %8.2f %8.2f %14d %14d %6.1f\n", $1, $2, $3, $4, $5, $6 }'
  done
  echo
  echo "Threads: all of the process.  Runnable: those that had or wanted a CPU, at most and on average."
}

[ -x "$treesum" ] || die "$treesum is not there"
[ -x "$scenario" ] || die "$scenario is not there"

if [ $# -eq 0 ]; then
  choose_folders >"$work/folders"
  while IFS= read -r folder; do set -- "$@" "$folder"; done <"$work/folders"
  [ $# -gt 0 ] || die "nothing in /usr/share and /usr/lib; name a folder"
fi

echo "Summing with sha256sum, for comparison ..."
sum_with_sha256sum "$@" >"$work/expected" || true
run_rounds "$@"
files=$(wc -l <"$work/expected")
mib=$(awk '{ sub(/.*bytes=/, ""); print int($1 / 1048576); exit }' "$work/stats")
echo "$files files, $mib MiB, read from disk, $(nproc) CPUs: every output is that of sha256sum."
print_table

echo
"$scenario"
