#!/bin/sh
# Usage: treesum_test.sh TREESUM-BINARY
# Compares every engine with sha256sum on a tree of odd files, and tries what goes wrong.
set -u
export LC_ALL=C

treesum=$(realpath "$1") || exit 2
engines=${TREESUM_ENGINES:-"cmwq serial fixed:1 fixed:8 async"}
work=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 2
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

expect_status() { # EXPECTED ACTUAL WHAT
  [ "$1" -eq "$2" ] || fail "$3: exit status $2, not $1"
}

reference() { # PATH...
  find -H "$@" -type f -print0 | sort -z | xargs -0 -r sha256sum --
}

make_tree() {
  mkdir -p tree/empty "tree/with space" tree/a tree/a-b tree/a.c 'tree/back\slash'
  printf 'x' >tree/-dash
  printf 'x' >'tree/-- help'
  printf 'new\nline' >"tree/new
line"
  printf 'cr' >"tree/carriage$(printf '\r')return"
  printf 'b' >'tree/back\slash/both\
of them'
  printf 'quote' >"tree/it's \"quoted\" \$HOME * ?"
  printf '\377\376' >"tree/$(printf '\377latin')"
  : >tree/nothing
  for place in a a-b a.c "with space"; do printf '%s' "$place" >"tree/$place/file"; done
  ln -s ../many tree/link_to_folder
  ln -s nothing tree/link_to_file
  ln -s nowhere tree/link_to_nothing
  ln -s .. tree/a/link_up
  mkfifo tree/pipe
  head -c 1000000 /dev/urandom >tree/large
  head -c 262144 /dev/zero >tree/one_buffer

  mkdir many
  for i in $(seq 2000); do echo "$i" >"many/$i"; done

  deep=deep
  for i in $(seq 60); do deep=$deep/level_$i; done
  mkdir -p "$deep"
  echo bottom >"$deep/bottom"
}

engines_agree_with_sha256sum() {
  reference tree many deep >expected
  [ "$(wc -l <expected)" -eq 2015 ] || fail "the tree is not as meant"
  for engine in $engines; do
    "$treesum" --engine "$engine" tree many deep >out 2>err
    expect_status 0 $? "$engine"
    cmp expected out || fail "$engine: differs from sha256sum"
    [ -s err ] && fail "$engine: says $(cat err)"
    sha256sum --quiet --strict -c out || fail "$engine: sha256sum -c refuses it"
  done
}

names_on_the_command_line() {
  ln -s tree named_link
  for named in tree/ tree// ./tree tree/large named_link named_link/ 'tree/back\slash'; do
    "$treesum" "$named" >out
    expect_status 0 $? "$named"
    reference "$named" | cmp - out || fail "$named: differs from sha256sum"
  done
  "$treesum" -- tree/a tree tree/a >out # what is named twice is listed twice
  reference tree/a tree tree/a | cmp - out || fail "overlapping folders differ"
  (cd tree && "$treesum" -- -dash ./nothing) >out
  (cd tree && sha256sum -- -dash ./nothing) | cmp - out || fail "a name with a dash differs"
  "$treesum" tree/link_to_file >out
  sha256sum tree/link_to_file | cmp - out || fail "a named link to a file is not followed"
}

options() {
  "$treesum" --cold tree | cmp - tree.expected || fail "--cold changes the output"
  "$treesum" --in-flight 1 tree | cmp - tree.expected || fail "--in-flight 1 changes the output"
  "$treesum" --stats stats --engine fixed:2 tree >out
  "$treesum" --stats stats tree >out
  line="wall_s=[0-9.]* cpu_s=[0-9.]* peak_threads=[0-9]* peak_runnable=[0-9]* mean_runnable=[0-9.]*"
  line="$line files=$(wc -l <out) bytes=[0-9]* errors=0"
  [ "$(grep -c "^engine=fixed:2 $line\$" stats)" -eq 1 ] || fail "no line of statistics: $(cat stats)"
  [ "$(grep -c "^engine=cmwq $line\$" stats)" -eq 1 ] || fail "no second line of statistics: $(cat stats)"
  "$treesum" --help | grep -q '^Usage' || fail "no help"
  for wrong in "" "--engine magic tree" "--engine fixed: tree" "--engine fixed:0 tree" \
    "--engine fixed:2x tree" "--in-flight 0 tree" "--in-flight 5000 tree" "--nonsense tree"; do
    # shellcheck disable=SC2086
    "$treesum" $wrong >out 2>err
    expect_status 2 $? "treesum $wrong"
    [ -s err ] || fail "treesum $wrong: no message"
  done
}

# /proc/self/mem can be opened and not read; a path beyond PATH_MAX cannot even be opened: also not by root.
what_cannot_be_read_is_reported() {
  long=$(printf '%0250d' 0)
  half=$long/$long/$long/$long/$long/$long/$long/$long/$long/$long # 2509 bytes
  mkdir -p "bad/$half" "lower/$half"
  echo good >bad/good
  echo deep >"lower/$half/file"
  mv lower "bad/$half"
  for engine in $engines; do
    "$treesum" --engine "$engine" bad /proc/self/mem tree missing >out 2>err
    expect_status 1 $? "$engine with unreadable files"
    reference bad/good tree | cmp - out || fail "$engine: an error takes other files with it"
    grep -q '^treesum: /proc/self/mem: Input/output error$' err || fail "$engine: silent about a failing read()"
    grep -q '^treesum: missing: No such file or directory$' err || fail "$engine: silent about a missing file"
    grep -q '0: File name too long$' err || fail "$engine: silent about a folder that cannot be opened"
    [ "$(wc -l <err)" -eq 3 ] || fail "$engine: not one message for each error"
  done
  rm -rf bad
}

permissions() {
  [ "$(id -u)" -ne 0 ] || return 0 # root may read everything
  mkdir -p secret/folder
  echo hidden >secret/file
  chmod 000 secret/file secret/folder
  "$treesum" secret tree >out 2>err
  expect_status 1 $? "without permission"
  cmp tree.expected out || fail "a file without permission takes others with it"
  [ "$(grep -c 'Permission denied$' err)" -eq 2 ] || fail "silent about permissions: $(cat err)"
}

full_output_is_an_error() {
  "$treesum" tree >/dev/full 2>err
  expect_status 1 $? "full disk"
  grep -q 'standard output: No space left on device' err || fail "silent about a full disk"
}

# The pipe holds one read() up until the signal has been sent: that file is then read to its end.
signal_stops_cleanly() { # ENGINE SIGNAL STATUS
  env --default-signal=INT "$treesum" --engine "$1" in_flight many >out 2>err &
  exec 3>in_flight # returns when treesum has opened the other end
  kill -"$2" $!
  printf 'to the end' >&3
  exec 3>&-
  wait $!
  expect_status "$3" $? "$1 after SIG$2"
  grep -q '^treesum: stopped by signal' err || fail "$1: silent about the signal"
  sum=$(printf 'to the end' | sha256sum | cut -d' ' -f1)
  grep -q "^$sum  in_flight\$" out || fail "$1: lost a file in flight"
  grep -v '  in_flight$' out | sort >others
  [ -z "$(comm -23 others many.expected)" ] || fail "$1: a line that is not whole"
  [ $(($(sed -n 's/.*not read: //p' err) + $(wc -l <others))) -le 2000 ] || fail "$1: files counted twice"
}

signals() {
  mkfifo in_flight
  reference many | sort >many.expected
  for engine in $engines; do
    signal_stops_cleanly "$engine" INT 130
    signal_stops_cleanly "$engine" TERM 143
  done
}

make_tree
reference tree >tree.expected
engines_agree_with_sha256sum
names_on_the_command_line
options
what_cannot_be_read_is_reported
permissions
full_output_is_an_error
signals
[ "$failures" -eq 0 ] && echo "treesum: all as it should be"
exit $((failures > 0))
