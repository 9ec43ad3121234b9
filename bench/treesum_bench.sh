#!/bin/sh
# The main job, cold, on every engine in turns: medians of wall time, CPU time and threads.
set -eu

usage() {
  echo "usage: sh bench/treesum_bench.sh BUILD_DIR [--quick] [--rounds N] [--json FILE] [FOLDER...]"
  echo "Sums the folders (default: /usr/include /usr/share/doc /usr/share/man) with treesum --cold."
  exit "$1"
}

[ $# -ge 1 ] || usage 2
[ "$1" != --help ] || usage 0
treesum=$1/examples/treesum
shift

rounds=7
json=
folders=
while [ $# -gt 0 ]; do
  case $1 in
    --quick) rounds=1 ;;
    --rounds) rounds=$2; shift ;;
    --json) json=$2; shift ;;
    --*) usage 2 ;;
    *) folders="$folders $1" ;;
  esac
  shift
done
[ -x "$treesum" ] || { echo "no $treesum: build the examples first" >&2; exit 2; }
[ -n "$folders" ] || folders="/usr/include /usr/share/doc /usr/share/man"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

engines='serial cmwq fixed:2 fixed:4 fixed:8 fixed:16 fixed:32 async'

# One run; its output must be that of the first run.
sum_with() { # engine
  # shellcheck disable=SC2086 # a list of folders
  "$treesum" --cold --no-progress --engine "$1" --stats "$work/stats" -- $folders >"$work/sums" 2>"$work/errors" || {
    cat "$work/errors" >&2
    echo "treesum --engine $1 failed" >&2
    exit 1
  }
  if [ -f "$work/first" ]; then
    cmp -s "$work/sums" "$work/first" || { echo "treesum --engine $1: other sums than before" >&2; exit 1; }
  else
    mv "$work/sums" "$work/first"
  fi
}

# Every round begins with another engine.
round=0
while [ "$round" -lt "$rounds" ]; do
  for engine in $engines; do sum_with "$engine"; done
  first=${engines%% *}
  engines="${engines#* } $first"
  round=$((round + 1))
  printf '\rround %s of %s' "$round" "$rounds" >&2
done
printf '\r                    \r' >&2

awk -v folders="${folders# }" -v json="$json" '
function field(name,   i) {
  for (i = 1; i <= NF; i++) if (index($i, name "=") == 1) return substr($i, length(name) + 2)
}
function quantile(engine, name, q,   n, i, j, t, v) {
  n = runs[engine]
  for (i = 0; i < n; i++) v[i] = value[engine, name, i]
  for (i = 1; i < n; i++) for (j = i; j > 0 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
  return v[int(q * (n - 1) + 0.5)]
}
{
  engine = field("engine")
  if (!(engine in runs)) { order[++engines] = engine; runs[engine] = 0 }
  n = runs[engine]++
  value[engine, "wall", n] = field("wall_s") + 0
  value[engine, "cpu", n] = field("cpu_s") + 0
  value[engine, "threads", n] = field("peak_threads") + 0
  value[engine, "runnable", n] = field("peak_runnable") + 0
  files = field("files"); bytes = field("bytes")
}
END {
  best = ""
  for (i = 1; i <= engines; i++) {
    e = order[i]
    wall[e] = quantile(e, "wall", 0.5)
    if (e ~ /^fixed/ && (best == "" || wall[e] < wall[best])) best = e
  }
  printf "\ntreesum --cold %s: %d files, %.1f MB, %d rounds; best fixed: %s\n", folders, files, bytes / 1e6, runs[order[1]], best
  printf "  %-9s %8s %8s %8s %10s %7s %8s %9s\n", "engine", "wall s", "min", "max", "x best", "cpu s", "threads", "runnable"
  out = "{\"benchmark\": \"treesum\", \"files\": " files ", \"bytes\": " bytes ", \"best_fixed\": \"" best "\", \"rows\": ["
  for (i = 1; i <= engines; i++) {
    e = order[i]
    printf "  %-9s %8.3f %8.3f %8.3f %10.3f %7.3f %8d %9d\n", e, wall[e], quantile(e, "wall", 0), quantile(e, "wall", 1),
      wall[e] / wall[best], quantile(e, "cpu", 0.5), quantile(e, "threads", 0.5), quantile(e, "runnable", 0.5)
    out = out sprintf("%s\n  {\"engine\": \"%s\", \"wall_s\": %.3f, \"min\": %.3f, \"max\": %.3f, \"x_best_fixed\": %.3f, \"cpu_s\": %.3f, \"threads\": %d, \"runnable\": %d}",
      (i > 1 ? "," : ""), e, wall[e], quantile(e, "wall", 0), quantile(e, "wall", 1), wall[e] / wall[best],
      quantile(e, "cpu", 0.5), quantile(e, "threads", 0.5), quantile(e, "runnable", 0.5))
  }
  ratio = quantile("async", "threads", 0.5) / quantile("cmwq", "threads", 0.5)
  printf "  cmwq / best fixed %.3f (target <= 1 %s); threads async / cmwq %.1f (target >= 10 %s)\n",
    wall["cmwq"] / wall[best], (wall["cmwq"] <= wall[best] ? "ok" : "MISS"), ratio, (ratio >= 10 ? "ok" : "MISS")
  if (json != "") print out "]}" > json
}' "$work/stats"
