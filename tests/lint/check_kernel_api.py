#!/usr/bin/env python3
"""docs/kernel-api.md names every public symbol, and what it says of them is true.

Every name that a door declares has a row.  A row says: same, adapted, own (nothing of the kernel), absent or to come;
the first three need their names to be declared in the header that the row gives.  What holds a row are contracts
(C1, R1) or tests, which exist.
"""

import pathlib
import re

from check_guarantees import by_id, deviating, tests_of
from common import Source, expect, main

PAGE = "docs/kernel-api.md"
# A door and what it includes as its own.
DOORS = {
    "cmwq/workqueue.h": [
        "cmwq/workqueue.h",
        "cmwq/detail/api/*.h",
        "cmwq/detail/core/attrs.h",
        "cmwq/detail/core/constants.h",
        "cmwq/detail/core/rcu_work.h",
        "cmwq/detail/core/work.h",
    ],
    "cmwq/kernel_names.h": ["cmwq/kernel_names.h"],
    "cmwq/inspect.h": ["cmwq/inspect.h"],
    "cmwq/sched_hook.h": ["cmwq/sched_hook.h"],
}
INSIDE = {"detail", "kernel_names"}  # namespaces that promise nothing
PRESENT = {"same", "adapted", "own"}
STATES = PRESENT | {"absent", "to come"}

SPACE = re.compile(r"inline namespace \w+|namespace ([\w:]*)")
ENUM = re.compile(r"\benum (?:class |struct )?(\w+)")
TYPE = re.compile(r"\b(?:struct|class|union) (\w+)")
ALIAS = re.compile(r"\busing (?:(\w+) =|[\w:]*?(\w+)$)")
CALL = re.compile(r"(\w+|operator\S+) ?\(")
NOT_A_NAME = {"CMWQ_PRINTF", "noexcept", "static_assert", "requires", "alignas", "decltype", "defined", "sizeof"}


def split(code):
    """The declarations at one level: (text, what its braces contain or None)."""
    at, start, depth, head, body_from = 0, 0, 0, "", 0
    for at, c in enumerate(code):
        if c == "{":
            if depth == 0:
                head, body_from = code[start:at], at + 1
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                yield " ".join(head.split()), code[body_from:at]
                start = at + 1
        elif c == ";" and depth == 0:
            yield " ".join(code[start:at].split()), None
            start = at + 1


def enumerators(body):
    return [part.split("=")[0].strip() for part in body.split(",") if part.strip()]


def names_of(text, body):
    """The names that one declaration declares at namespace level."""
    text = re.sub(r"^(?:\[\[.*?\]\] ?|template ?<[^>]*> ?|requires [^)]*\) ?)*", "", text)
    concept = re.match(r"concept (\w+)", text)
    if concept:
        return [concept.group(1)]
    enum, type_, alias = ENUM.match(text), TYPE.match(text), ALIAS.match(text)
    if enum:
        return [enum.group(1)] + (enumerators(body) if body and "enum class" not in text else [])
    if alias:
        return [] if "using enum" in text else [alias.group(1) or alias.group(2)]
    if type_ and not text.endswith(")") and "(" not in text:
        return [type_.group(1)]
    calls = [name for name in CALL.findall(text) if name not in NOT_A_NAME]
    if calls:
        return calls[:1]
    variable = re.search(r"(\w+)(?:\[\])?(?: ?=.*)?$", text)
    return [variable.group(1)] if variable and "constexpr" in text or text.startswith("extern ") else []


def names_in(code):
    for text, body in split(code):
        space = SPACE.match(text)
        if space:
            if not INSIDE & set((space.group(1) or "").split("::")):
                yield from names_in(body or "")
        elif text:
            yield from names_of(text, body)


def declared_in(root, path):
    """The names that one header declares, macros included."""
    code = Source(root, path).code.replace("\\\n", "  ")
    macros = set(re.findall(r"^[ ]*#[ ]*define[ ]+(\w+)", code, re.M))
    plain = re.sub(r"^[ ]*#.*$", "", code, flags=re.M)
    return macros | {name for name in names_in(plain) if name}


def declared(root, door):
    """The names that @door declares; none if there is no such door."""
    found = set()
    for pattern in DOORS.get(door, []):
        for path in sorted((root / "include").glob(pattern)):
            found |= declared_in(root, path)
    return found


class Row:
    def __init__(self, number, cells):
        self.number = number
        self.names = re.findall(r"`([^`]+)`", cells[0])
        self.state = re.split(r"[:,]", cells[1])[0].strip()
        self.headers = re.findall(r"`([^`]+)`", cells[2])
        self.holders = re.findall(r"\b[CR]\d+\b|`\w+`", cells[3])


def rows(root):
    for number, line in enumerate((root / PAGE).read_text(encoding="utf-8").split("\n"), 1):
        if line.startswith("| `"):
            yield Row(number, [cell.strip() for cell in line.strip("| ").split(" | ")])


def check_row(root, row, held, tests, known):
    where = f"{PAGE}:{row.number}: {', '.join(row.names)}"
    if row.state not in STATES:
        yield f"{where}: what is {row.state!r}?"
        return
    for holder in row.holders:
        if holder.strip("`") not in (tests if holder.startswith("`") else held):
            yield f"{where}: {holder} holds nothing"
    if row.state in PRESENT:
        here = set().union(*(known(header) for header in row.headers))
        for name in row.names:
            if name not in here:
                yield f"{where}: {name} is not declared in {', '.join(row.headers) or 'no header'}"
        if not row.holders:
            yield f"{where}: no test"


def check(root):
    all_rows = list(rows(root))
    tests = list(tests_of(root))
    held, names = set(by_id(tests)) | deviating(root), {name for _, name in tests}
    cache = {}

    def known(header):
        return cache.setdefault(header, declared(root, header))

    for row in all_rows:
        yield from check_row(root, row, held, names, known)
    described = {name for row in all_rows if row.state in PRESENT for name in row.names}
    for door in DOORS:
        for name in sorted(known(door) - described):
            yield f"{PAGE}: nothing about {name} of {door}"


def self_test():
    header = """#pragma once
#define MACRO(a) \\
  (a)
namespace cmwq {
enum colours : unsigned { RED = 1u << 0, GREEN };
inline constexpr int LIMIT = 3;
inline constexpr thing system_thing{0};
struct opaque;
struct options { int field; int method() { return 1; } };
[[nodiscard]] CMWQ_API bool call(int a, void (*f)(int)) noexcept CMWQ_PRINTF(1, 2);
namespace detail { void hidden(); }
inline void defined_here() { call(1, nullptr); }
template <class T> bool templated(const T& t) noexcept { return t; }
using alias = int;
}
using cmwq::defined_here;
"""
    page = (
        "| symbol | here | header | held by |\n| --- | --- | --- | --- |\n"
        "| `MACRO`, `colours`, `RED`, `GREEN`, `LIMIT`, `opaque`, `options`, `system_thing` | same | `cmwq/workqueue.h` | C1 |\n"
        "| `call`, `defined_here`, `templated`, `alias` | adapted: so | `cmwq/workqueue.h` | `a_test` |\n"
        "| `gone` | absent: why | - | - |\n"
    )
    files = {
        "include/cmwq/workqueue.h": header,
        PAGE: page,
        "docs/deviations.md": "",
        "tests/a_test.cpp": "TEST(A, C1_x) {\nTEST(A, a_test) {\n",
    }
    expect(check, files)
    expect(check, files | {PAGE: page.replace("`GREEN`, ", "")}, "nothing about GREEN of cmwq/workqueue.h")
    expect(check, files | {PAGE: page.replace("`call`", "`call`, `fall`")}, "fall is not declared in cmwq/workqueue.h")
    expect(check, files | {PAGE: page.replace("C1 |", "C2 |")}, "C2 holds nothing")
    expect(check, files | {PAGE: page.replace("`a_test`", "`b_test`")}, "`b_test` holds nothing")
    expect(check, files | {PAGE: page.replace("absent", "missing")}, "what is 'missing'?")
    expect(check, files | {PAGE: page.replace("| C1 |", "| - |")}, "no test")


if __name__ == "__main__":
    main(check, self_test)
