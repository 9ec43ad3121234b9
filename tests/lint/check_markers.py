#!/usr/bin/env python3
"""Every data member in detail/core/ carries on its line the mark of what protects it: "// L: ..." or "// L".

The marks are those of the legend in core/domain.h.  A lock and a completion protect themselves.
"""

import re

from common import Source, expect, main, sources
from members import data_members

FOLDER = "include/cmwq/detail/core"
LEGEND = "include/cmwq/detail/core/domain.h"
PROTECTS_ITSELF = re.compile(r"(?:mutex|completion)\s*<")
MARK = re.compile(r"//\s*([A-Z]{1,2})(?=[:;,]|\s*$)")


def legend(root):
    """The marks of the table in core/domain.h: two columns of "//   MARK  meaning"."""
    if not (root / LEGEND).is_file():
        return set()
    source = Source(root, root / LEGEND)
    head = source.text[: source.text.find("#pragma once")]
    return set(re.findall(r" ([A-Z]{1,2}) {2,3}(?=\S)", head))


def check(root):
    marks = legend(root)
    if not marks:
        yield f"{LEGEND}: has no legend of marks"
    for source in sources(root, FOLDER):
        for member in data_members(source):
            if PROTECTS_ITSELF.match(member.declaration):
                continue
            comments = source.comment_lines[member.first_line - 1 : member.last_line]
            mark = next(filter(None, map(MARK.search, comments)), None)
            where = f"{source.name}:{member.first_line}"
            if not mark:
                yield f"{where}: {member.name} has no mark of what protects it"
            elif mark.group(1) not in marks:
                yield f"{where}: {member.name}: the legend in core/domain.h has no mark {mark.group(1)}"


GOOD = """
struct s;
template <class P, int n = (3 < 4)>
struct s {
  using a = int;
  template <class T>
  using atomic = typename P::template atomic<T>;
  template <class T>
  friend class other;
  static constexpr int k = 3;
  int plain;                         // L
  int set{1}, other[4] = {};         // I: text
  void (*fn)(int) = nullptr;         // I
  typename P::template atomic<int> at[(1 << 3) / k] = {};  // AT: (P1)
  alignas(64) atomic<int> nr{f(2)};  // AT: tags
  unsigned bits : 3;                 // L
  std::unique_ptr<std::vector<int>>
      wrapped;                       // L: on its last line
  mutex<P> lock;
  enum { red, green };
  struct nested { int x; /* not it */ // L
  };
  s() noexcept : plain(3) { int local; local = 1; }
  s(const s&) = delete;
  s& operator=(const s&) = delete;
  template <class T> bool visit(T t) const { return t(); }
  bool f(int x = 3) const noexcept;
};
void g() { struct not_ours* p; int local{3}; }
"""


def self_test():
    table = "//   I   set when made   L   pool->lock\n//   AT  atomic\n#pragma once\n"
    with_struct = lambda text: {LEGEND: table, f"{FOLDER}/s.h": text}
    expect(check, with_struct(GOOD))
    expect(check, with_struct("class s {\n public:\n  int a;\n  int b = 1;  // L: no longer\n};\n"), "s.h:3: a has no")
    expect(check, with_struct("struct s {\n  int a{0};\n  struct t {\n    T* b;\n  };\n};\n"), "a has no", "b has no")
    expect(check, with_struct("struct s {\n  std::x y;\n  void (*fn)(int);\n};\n"), "y has no", "fn has no")
    expect(check, with_struct("struct s {\n  int a;  // XY: what\n};\n"), "has no mark XY")
    expect(check, with_struct("struct s {\n  int a;  // Later: more\n};\n"), "a has no mark")
    expect(check, {f"{FOLDER}/s.h": ""}, "has no legend")


if __name__ == "__main__":
    main(check, self_test)
