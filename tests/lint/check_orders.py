#!/usr/bin/env python3
"""Every atomic operation spells its order; every order above relaxed has a tag, and its partners exist.

  // (P2) acq_rel, with (P1): ...        defines P2 for the operation below or beside it, and needs a P1

The tag stands on the operation's own lines or on one of the two lines above it, but not above an earlier
operation; a comment block that reaches there counts as a whole.  Forbidden: operators on atomic members,
which have an order nobody wrote; stand-alone fences, which ThreadSanitizer does not see; and waiting other
than through the policy.
"""

import re
from typing import NamedTuple

from common import expect, main, sources
from members import data_members

FOLDERS = ("include/cmwq/detail", "src")
ABBREVIATIONS = "include/cmwq/detail/base/memory_order.h"  # where the short names are defined

OPERATION = re.compile(r"(?:\.|->)(load|store|exchange|fetch_\w+|compare_exchange_\w+|test_and_set)\s*\(")
STRONG = re.compile(r"\bk(?:Acquire|Release|AcqRel|SeqCst)\b"
                    r"|\bmemory_order(?:_|::)(?:acquire|release|acq_rel|seq_cst)\b")
ANY_ORDER = re.compile(r"\bk(?:Relaxed|Acquire|Release|AcqRel|SeqCst)\b|\bmemory_order\w*\b|\border\b")
TAG = re.compile(r"\(([A-Z]{1,2}[0-9]+)\)")
PARTNERS = re.compile(r"\bwith \([A-Z]{1,2}[0-9]+\)(?:(?:,| and|, and| or) \([A-Z]{1,2}[0-9]+\))*")
CROSS_REFERENCE = re.compile(r"\bsee (?:also )?\([A-Z]{1,2}[0-9]+\)(?:(?:,| and) \([A-Z]{1,2}[0-9]+\))*")

FORBIDDEN = [
    (re.compile(r"\batomic_(?:thread|signal)_fence\b"), "a stand-alone fence: use a read-modify-write"),
    (re.compile(r"\bcondition_variable\w*|\bpthread_cond_\w+"), "a condition variable: use the policy's futex"),
    (re.compile(r"\batomic_(?:wait|notify_\w+)\s*\(|(?:\.|->)notify_(?:one|all)\s*\("),
     "std::atomic::wait: use the policy's futex"),
    (re.compile(r"\batomic_flag\b"), "std::atomic_flag: use P::atomic"),
]


class Operation(NamedTuple):
    name: str
    arguments: str
    first_line: int  # of the statement, counted from 0
    last_line: int


def closing(code, at):
    """The offset of the parenthesis that closes the one at @at."""
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return len(code) - 1


def operations(source):
    code = source.code
    for match in OPERATION.finditer(code):
        end = closing(code, match.end() - 1)
        start = max(code.rfind(mark, 0, match.start()) for mark in ";{}") + 1
        start += len(code[start:]) - len(code[start:].lstrip())
        stop = code.find("\n", end)
        first_line = source.line_of(min(start, match.start())) - 1
        last_line = source.line_of(stop if stop >= 0 else end) - 1
        yield Operation(match.group(1), code[match.end() : end], first_line, last_line)


def nearby_comments(source, first, last, limit):
    """The comments on lines first..last and the two above, with whole comment blocks, down from @limit."""
    first = max(min(first, limit), first - 2)
    is_comment_line = lambda n: source.comment_lines[n].strip() and not source.code_lines[n].strip()
    if is_comment_line(first):
        while first > limit and is_comment_line(first - 1):
            first -= 1
    joined = " ".join(line.strip() for line in source.comment_lines[first : last + 1])
    return re.sub(r"\s*//\s*", " ", joined)


def own_tags(comment):
    """The tags that @comment defines: neither partners nor references."""
    return set(TAG.findall(CROSS_REFERENCE.sub(" ", PARTNERS.sub(" ", comment))))


def partners(comment):
    return {tag for match in PARTNERS.finditer(comment) for tag in TAG.findall(match.group())}


def named_partners(source):
    """Where each partner is named; a list of partners may go on in the next line."""
    lines = [re.sub(r"\s*//\s*", " ", line).rstrip() for line in source.comment_lines]
    for number, line in enumerate(lines):
        if re.search(r"(?:with|and|or|,)$", line):
            line += lines[number + 1] if number + 1 < len(lines) else ""
        for tag in sorted(partners(line)):
            yield f"{source.name}:{number + 1}", tag


def operator_uses(files):
    """Operators on members that are atomic wherever a member has that name."""
    members = [member for source in files for member in data_members(source)]
    is_atomic = re.compile(r"\batomic\s*<.*>(?!\s*[*&])", re.S)  # not a pointer to atomics
    names = {m.name for m in members if is_atomic.search(m.declaration)}
    names -= {m.name for m in members if not is_atomic.search(m.declaration)}
    if not names:
        return
    any_name = rf"\b(?:{'|'.join(sorted(names))})\b"
    index, assign = r"(?:\[[^\]]*\])?", r"\s*(?:\+\+|--|[-+|&^]?=(?!=))"
    use = re.compile(rf"(?:\+\+|--)\s*(?:(?:\w+(?:\.|->))+{any_name}|{any_name}(?<=_)){index}(?!\.|->)"
                     rf"|(?:\.|->){any_name}{index}{assign}"
                     rf"|(?<=[;{{}})])\s*{any_name}(?<=_){index}{assign}")
    for source in files:
        for match in use.finditer(source.code):
            where = f"{source.name}:{source.line_of(match.start())}"
            yield f"{where}: an operator on an atomic has no order: {' '.join(match.group().split())}"


def check(root):
    yield from operator_uses(list(sources(root, "include", "src")))
    defined, wanted = set(), []
    for source in sources(root, *FOLDERS):
        if source.name == ABBREVIATIONS:
            continue
        for pattern, why in FORBIDDEN:
            for match in pattern.finditer(source.code):
                yield f"{source.name}:{source.line_of(match.start())}: {why}"
        limit = 0  # tags above belong to an earlier operation
        for operation in operations(source):
            where = f"{source.name}:{operation.last_line + 1}"
            if STRONG.search(operation.arguments):
                tags = own_tags(nearby_comments(source, operation.first_line, operation.last_line, limit))
                limit = operation.last_line + 1
                if not tags:
                    yield f"{where}: {operation.name}(): an order above relaxed has no tag like (P1)"
                defined |= tags
            elif not ANY_ORDER.search(operation.arguments):
                yield f"{where}: {operation.name}() does not spell its memory order"
        wanted += named_partners(source)
    for where, tag in wanted:
        if tag not in defined:
            yield f"{where}: the partner ({tag}) tags no operation"


def self_test():
    header = "include/cmwq/detail/core/a.h"
    pair = ("// (P1) release, with (P2).\nx.store(1, kRelease);\n"
            "y = x.load(kAcquire);  // (P2) acquire, with (P1)\n")
    expect(check, {header: pair})
    expect(check, {header: pair.replace("(P2) acquire", "(P3) acquire")}, "the partner (P2) tags no operation")
    without_tag = pair.replace("  // (P2) acquire, with (P1)", ";")
    expect(check, {header: without_tag}, "load(): an order", "(P2) tags no")
    expect(check, {header: "x.load();\n"}, "load() does not spell")
    expect(check, {header: "x->store(f(1, g(2)));\n"}, "store() does not spell")
    expect(check, {header: "x.load(kRelaxed);\nx.load(order);\nstd::exchange(x, 1);\nf.exchange_all(3);\n"})
    expect(check, {header: "// x.load() and (Q1), see (P9)\n"})
    expect(check, {header: "// (P1) acq_rel, with itself:\n// more\n// and more\nbool f() {\n"
                           "  return x.fetch_or(1,\n                    kAcqRel);\n}\n"})
    expect(check, {header: "x.fetch_or(1, kAcqRel);  // see (P1)\n"}, "no tag")
    expect(check, {header: "// (P1), with (P2),\n// (P3) and (P1)\nx.load(kSeqCst);\n"}, "(P2) tags", "(P3) tags")
    expect(check, {"src/a.cpp": "atomic_thread_fence(kSeqCst);\nstd::condition_variable c;\nx.notify_one();\n"},
           "fence", "condition variable", "atomic::wait")
    atomics = "struct s {\n  atomic<int> nr{0};\n  P::template atomic<x<int>*> at_[3] = {};\n  int plain = 1;\n};\n"
    expect(check, {header: atomics + "a.nr++; ++b->nr; a.nr = 3; at_[0] = 1; a.nr |= 4;\n"}, *["an operator"] * 5)
    expect(check, {header: atomics + "a.plain++; if (nr == 3) f(a.nr == 3); int nr = 4; b->nr.load(kRelaxed);\n"})
    expect(check, {header: "struct s {\n  atomic<int>* row = 0;\n  atomic<int> n{0};\n};\na.row = b; ++n; ++n_;\n"})
    expect(check, {header: atomics + "struct t { int nr = 0; };\na.nr = 3;\n"})


if __name__ == "__main__":
    main(check, self_test)
