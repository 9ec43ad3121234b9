#!/usr/bin/env python3
"""Files stay small enough to be read in one go: over 250 lines is a warning, over 400 an error."""

from common import expect, main, sources

WARN, FAIL = 250, 400


def check(root):
    for source in sources(root, "include", "src"):
        lines = source.text.count("\n")
        if lines > FAIL:
            yield f"{source.name}: {lines} lines, the most is {FAIL}; which second idea could leave?"
        elif lines > WARN:
            print(f"warning: {source.name}: {lines} lines, more than {WARN}")


def self_test():
    expect(check, {"src/a.cpp": "\n" * FAIL})
    expect(check, {"src/a.cpp": "\n" * (FAIL + 1), "include/b.h": "\n"}, "src/a.cpp: 401 lines")


if __name__ == "__main__":
    main(check, self_test)
