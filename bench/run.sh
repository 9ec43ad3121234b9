#!/bin/sh
# Runs every benchmark of a build directory; results go to bench/results/COMMIT.CPU.COMPILER/.
set -eu

usage() {
  echo "usage: sh bench/run.sh BUILD_DIR [--quick] [--only NAME] [--no-wait]"
  echo "--no-wait: do not wait until other programs are quiet"
  echo "NAME: scenario, block_latency, blocking_mix, idle, micro, kernel_shape or treesum"
  exit "$1"
}

[ $# -ge 1 ] || usage 2
[ "$1" != --help ] || usage 0
bench_dir=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=$(CDPATH='' cd -- "$1" && pwd)
shift
quick=
wait=
only=
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=--quick ;;
    --no-wait) wait=--no-wait ;;
    --only) [ $# -ge 2 ] || usage 2; only=$2; shift ;;
    *) usage 2 ;;
  esac
  shift
done

# --- where the results go

# A clean checkout names its commit; anything else is "worktree".
commit_name() {
  cd "$bench_dir"
  if commit=$(git rev-parse --short=12 HEAD 2>/dev/null) && [ -z "$(git status --porcelain 2>/dev/null)" ]; then
    echo "$commit"
  else
    echo worktree
  fi
}
cpu_model() { sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1; }
compiler_fact() { # ID or VERSION
  sed -n "s/^set(CMAKE_CXX_COMPILER_$1 \"\(.*\)\")/\1/p" "$build"/CMakeFiles/*/CMakeCXXCompiler.cmake | head -n 1
}
compiler_name() { printf '%s-%s' "$(compiler_fact ID)" "$(compiler_fact VERSION)"; }
as_file_name() { tr -cs 'A-Za-z0-9.+\n-' '_' | sed 's/__*/_/g; s/_$//'; }

results=$bench_dir/results/$(commit_name).$(cpu_model | as_file_name)-$(nproc)cpu.$(compiler_name | as_file_name)
mkdir -p "$results"

# --- the machine

kernel_config() { # option
  { zcat /proc/config.gz 2>/dev/null || cat "/boot/config-$(uname -r)" 2>/dev/null || true; } |
    sed -n "s/^$1=//p" | head -n 1
}
read_or() { cat "$1" 2>/dev/null || echo "$2"; }

describe_machine() {
  echo "cpu: $(cpu_model)"
  echo "cpus: $(nproc) usable of $(nproc --all)"
  echo "virtual: $(systemd-detect-virt 2>/dev/null || sed -n 's/^flags.* hypervisor .*/yes/p' /proc/cpuinfo | head -n 1)"
  echo "memory: $(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
  echo "kernel: $(uname -sr)"
  echo "hz: $(kernel_config CONFIG_HZ)"
  echo "autogroup: $(read_or /proc/sys/kernel/sched_autogroup_enabled unknown)"
  echo "clocksource: $(read_or /sys/devices/system/clocksource/clocksource0/current_clocksource unknown)"
  echo "governor: $(read_or /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor n/a)"
  echo "cpu quota: $(read_or /sys/fs/cgroup/cpu.max n/a)"
  echo "libc: $(ldd --version 2>/dev/null | head -n 1)"
  echo "compiler: $(compiler_name)"
  echo "build type: $(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt")"
  echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
}
describe_machine | tee "$results/machine.txt"

# --- the programs

status=0
run() { # name command...
  name=$1
  shift
  case $only in '' | "$name") ;; *) return 0 ;; esac
  printf '\n--- %s\n' "$name"
  # shellcheck disable=SC2086 # nothing or one word
  if ! "$@" $quick --json "$results/$name.json" >"$results/$name.txt" 2>"$results/$name.err"; then
    echo "$name failed:"
    cat "$results/$name.err"
    status=1
  else
    rm -f "$results/$name.err"
  fi
  cat "$results/$name.txt"
}

for name in scenario block_latency blocking_mix idle micro kernel_shape; do
  program=$build/bench/${name}_bench
  if [ ! -x "$program" ]; then
    echo "skipped: no $program"
  elif [ -n "$wait" ] && [ "$name" != micro ]; then
    run "$name" "$program" "$wait"
  else
    run "$name" "$program"
  fi
done
if [ -x "$build/examples/treesum" ]; then
  run treesum sh "$bench_dir/treesum_bench.sh" "$build"
else
  echo "skipped: no $build/examples/treesum"
fi
printf '\nresults: %s\n' "$results"
exit "$status"
