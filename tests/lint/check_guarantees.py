#!/usr/bin/env python3
"""Every contract C1-C200 and every regression R1-R52 has a test that names it or a row in docs/deviations.md.

A test holds the ids that its name begins with: C51_C52_min_active_... holds C51 and C52.  guarantees.txt says in a
line what each id means and which of the library's warnings is held by which test.  docs/guarantees.md is made of all
this; with --write it is made anew.
"""

import pathlib
import re
import sys

from common import REPOSITORY, expect, main, sources

DATA = "tests/lint/guarantees.txt"
PAGE = "docs/guarantees.md"
DEVIATIONS = "docs/deviations.md"
LAST = {"C": 200, "R": 52}

TEST = re.compile(r"^\s*TEST(?:_P|_F)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.M)
ENTRY = re.compile(r"([CR]\d+): (.+)")
WARNING = re.compile(r"warning: (.+?) \| (.+?) \| (\w+)")
IDS = re.compile(r"\b([CR])(\d+)(?:-\1(\d+))?\b")

HEAD = """# What is promised, and what holds it

Made by `python3 tests/lint/check_guarantees.py --write` from the tests' names and `tests/lint/guarantees.txt`; do not
edit. C: contracts of the kernel's workqueue; R: bugs that it once had. "Differs" leads to the row that says how.

The tests in `tests/stress` take seconds; `CMWQ_TEST_SCALE=10000` in the environment makes them a hundred times as long.
"""

WARNING_HEAD = """
## Every warning

What the kernel warns of, the library warns of, naming queue and function as far as there are any.

| when | the message contains | test |
| --- | --- | --- |
"""


def number(an_id):
    return an_id[0], int(an_id[1:])


class Data:
    """guarantees.txt: groups of (id, text); ids still without a test; (when, message, test) of each warning."""

    def __init__(self, text):
        self.groups, self.awaited, self.warnings, self.broken = [], set(), [], []
        for line in text.split("\n"):
            entry, warning = ENTRY.fullmatch(line), WARNING.fullmatch(line)
            if line.startswith("== "):
                self.groups.append((line[3:], []))
            elif line.startswith("awaited: "):
                self.awaited.update(line[9:].split())
            elif entry:
                self.groups[-1][1].append(entry.groups())
            elif warning:
                self.warnings.append(warning.groups())
            elif line and not line.startswith("#"):
                self.broken.append(line)

    def ids(self):
        return [an_id for _, entries in self.groups for an_id, _ in entries]


def ids_of_test(name):
    """The ids that a test's name begins with."""
    return re.findall(r"[CR]\d+(?=_)", re.match(r"(?:[CR]\d+_)*", name).group())


def tests_of(root):
    """File and name of every test, in a fixed order."""
    for source in sources(root, "tests"):
        for match in TEST.finditer(source.code):
            yield source.name, match.group(2)


def deviating(root):
    """The ids in the tables of the page of deviations; a range counts as all that is in it."""
    found = set()
    for line in (root / DEVIATIONS).read_text(encoding="utf-8").split("\n"):
        if line.startswith("|"):
            for kind, first, last in IDS.findall(line):
                found.update(f"{kind}{n}" for n in range(int(first), int(last or first) + 1))
    return found


def messages(root):
    """The text of the library's string literals, adjacent ones joined."""
    literal = r'"((?:\\.|[^"\\\n])*)"'
    for source in sources(root, "include", "src"):
        for match in re.finditer(rf"{literal}(?:\s*{literal})*", source.text):
            yield "".join(re.findall(literal, match.group())).replace('\\"', '"')


def by_id(tests):
    held = {}
    for file, name in tests:
        for an_id in ids_of_test(name):
            held.setdefault(an_id, []).append((file, name))
    return held


def check_ids(root, data, held):
    wanted = [f"{kind}{n}" for kind, last in LAST.items() for n in range(1, last + 1)]
    known = data.ids()
    for an_id in wanted:
        if known.count(an_id) != 1:
            yield f"{DATA}: {an_id} is there {known.count(an_id)} times"
    for an_id in sorted((set(known) | set(held) | data.awaited) - set(wanted), key=number):
        yield f"{an_id} is no contract; held by {held.get(an_id, 'nothing')}"
    for an_id in sorted(set(wanted) - set(held) - deviating(root) - data.awaited, key=number):
        yield f"{an_id} has neither a test nor a row in {DEVIATIONS}"
    for an_id in sorted(data.awaited & set(held), key=number):
        yield f"{DATA}: {an_id} is not awaited any more"


def check_warnings(root, data, tests):
    names = {name for _, name in tests}
    texts = list(messages(root)) if data.warnings else []
    for when, message, test in data.warnings:
        if test not in names:
            yield f"{DATA}: {when}: there is no test {test}"
        if not any(message in text for text in texts):
            yield f"{DATA}: {when}: no message contains {message!r}"


def link(file, name):
    return f"[{pathlib.Path(file).stem.removesuffix('_test')}](../{file}): `{name}`"


def page(root, data, tests):
    held, differs = by_id(tests), deviating(root)
    lines = [HEAD]
    for title, entries in data.groups:
        lines.append(f"\n## {title}\n\n| | | held by |\n| --- | --- | --- |\n")
        for an_id, text in entries:
            holders = [link(*test) for test in held.get(an_id, [])]
            if an_id in differs:
                holders.append("[differs](deviations.md)")
            lines.append(f"| {an_id} | {text} | {'<br>'.join(holders) or 'nothing yet'} |\n")
    if data.warnings:
        lines.append(WARNING_HEAD)
        files = {name: file for file, name in tests}
        for when, message, test in data.warnings:
            lines.append(f"| {when} | `{message}` | {link(files[test], test) if test in files else test} |\n")
    return "".join(lines)


def check(root):
    data = Data((root / DATA).read_text(encoding="utf-8"))
    tests = list(tests_of(root))
    for line in data.broken:
        yield f"{DATA}: cannot be read: {line}"
    yield from check_ids(root, data, by_id(tests))
    yield from check_warnings(root, data, tests)
    if not (root / PAGE).exists() or (root / PAGE).read_text(encoding="utf-8") != page(root, data, tests):
        yield f"{PAGE} is out of date: python3 tests/lint/check_guarantees.py --write"


def write(root):
    data = Data((root / DATA).read_text(encoding="utf-8"))
    (root / PAGE).write_text(page(root, data, list(tests_of(root))), encoding="utf-8")


def self_test():
    ids = [f"{kind}{n}" for kind, last in LAST.items() for n in range(1, last + 1)]
    data = "== Group\n" + "".join(f"{an_id}: text\n" for an_id in ids)
    test = "TEST_P(A, " + "_".join(ids[2:]) + "_hold) {\n"
    files = {DATA: data, "tests/a_test.cpp": test, DEVIATIONS: "| kernel (C1-C2) | here |\n"}

    def expect_with(changes, *wanted):
        changed = files | changes
        tests = [("tests/a_test.cpp", name) for _, name in TEST.findall(changed["tests/a_test.cpp"])]
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "docs").mkdir()
            (root / DEVIATIONS).write_text(changed[DEVIATIONS], encoding="utf-8")
            made = page(root, Data(changed[DATA]), tests)
        expect(check, {PAGE: made} | changed, *wanted)

    expect_with({})
    expect_with({DEVIATIONS: "| (C1) |\nC2 outside the tables\n"}, "C2 has neither")
    expect_with({DATA: data.replace("C7: text\n", "")}, "C7 is there 0 times")
    expect_with({DATA: data + "R3: text\n"}, "R3 is there 2 times")
    expect_with({DATA: data + "nonsense\n"}, "cannot be read: nonsense")
    expect_with({DATA: data + "awaited: C3\n"}, "C3 is not awaited any more")
    expect_with({DEVIATIONS: "| C1 |\n", DATA: data + "awaited: C2\n"})
    expect_with({"tests/a_test.cpp": test + "TEST_P(A, C201_C3_x) {\n"}, "C201 is no contract")
    expect_with({PAGE: "old\n"}, "out of date")
    warning = {DATA: data + "warning: when | cannot queue \"%s\" on | C5_x\n"}
    message = {"src/a.cpp": 'log("wq: cannot "\n    "queue \\"%s\\" on wq");\n'}
    holder = {"tests/a_test.cpp": test + "TEST_F(A, C5_x) {\n"}
    expect_with(warning | message | holder)
    expect_with(warning | message, "no test C5_x")
    expect_with(warning | holder, "no message contains")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write(REPOSITORY)
    else:
        main(check, self_test)
