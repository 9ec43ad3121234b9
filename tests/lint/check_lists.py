#!/usr/bin/env python3
"""src/CMakeLists.txt names exactly the files on disk: cmwq_sources below src/, cmwq_headers below include/.

With --write the lists are brought up to date.
"""

import re
import sys

from common import REPOSITORY, expect, main, sources

LIST_FILE = "src/CMakeLists.txt"
LISTS = {"cmwq_sources": ("src", (".cpp",)), "cmwq_headers": ("include", (".h", ".hpp"))}


def list_pattern(name):
    return re.compile(rf"(set\({name}\n)(.*?)(\))", re.S)


def on_disk(root, name):
    folder, suffixes = LISTS[name]
    files = (s.path for s in sources(root, folder) if s.path.suffix in suffixes)
    return [path.relative_to(root / folder).as_posix() for path in files]


def check(root):
    text = (root / LIST_FILE).read_text(encoding="utf-8")
    for name in LISTS:
        match = list_pattern(name).search(text)
        if not match:
            yield f"{LIST_FILE}: no list {name}"
            continue
        listed, found = match.group(2).split(), on_disk(root, name)
        for entry in sorted(set(found) - set(listed)):
            yield f"{LIST_FILE}: {name} misses {entry}"
        for entry in sorted(set(listed) - set(found)):
            yield f"{LIST_FILE}: {name} names {entry}, which does not exist"
        for entry in sorted({e for e in listed if listed.count(e) > 1}):
            yield f"{LIST_FILE}: {name} names {entry} twice"


def write(root):
    path = root / LIST_FILE
    text = path.read_text(encoding="utf-8")
    for name in LISTS:
        lines = "".join(f"  {entry}\n" for entry in on_disk(root, name))
        text = list_pattern(name).sub(lambda m, lines=lines: m.group(1) + lines + m.group(3), text)
    path.write_text(text, encoding="utf-8")


def self_test():
    lists = "set(cmwq_sources\n  a.cpp\n)\nset(cmwq_headers\n  cmwq/b.h\n)\n"
    files = {LIST_FILE: lists, "src/a.cpp": "", "include/cmwq/b.h": ""}
    expect(check, files)
    expect(check, files | {"src/sched/c.cpp": ""}, "misses sched/c.cpp")
    expect(check, files | {LIST_FILE: lists.replace("b.h", "b.h\n  cmwq/gone.hpp")}, "names cmwq/gone.hpp")
    expect(check, files | {LIST_FILE: lists.replace("a.cpp", "a.cpp\n  a.cpp")}, "a.cpp twice")
    expect(check, files | {LIST_FILE: lists.replace("cmwq_headers", "headers")}, "no list cmwq_headers")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write(REPOSITORY)
    else:
        main(check, self_test)
