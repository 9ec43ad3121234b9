#!/usr/bin/env python3
"""Documents hold what they promise: links and their anchors resolve, numbered lists have no gap, and C++
snippets that are whole programs compile.

A snippet is a whole program if it contains "int main"; it is checked against include/ with $CXX or c++.
"""

import os
import pathlib
import re
import subprocess
import tempfile

from common import expect, main

SKIPPED_FOLDERS = {"build", ".git", ".cache"}
FENCE = re.compile(r"^[ ]*(```+|~~~+)[ ]*(\w*)")
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
NUMBERED = re.compile(r"^( *)(\d+)[.)]\s")


class Document:
    """A Markdown file: its prose lines (fenced code blanked) and its fenced blocks."""

    def __init__(self, root, path):
        self.path, self.name = path, path.relative_to(root).as_posix()
        self.prose, self.blocks = [], []  # blocks: (language, first line, text)
        fence = None
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            match = FENCE.match(line)
            if fence and match and match.group(1).startswith(fence) and not match.group(2):
                fence = None
            elif fence:
                self.blocks[-1][2].append(line)
            elif match:
                fence = match.group(1)
                self.blocks.append((match.group(2), number + 1, []))
            self.prose.append("" if fence or match else line)

    def anchors(self):
        found = set()
        for line in self.prose:
            match = HEADING.match(line)
            if match:
                anchor = slug(match.group(1))
                found.add(anchor if anchor not in found else f"{anchor}-1")
            found.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", line))
        return found


def slug(heading):
    """The anchor that is made of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def documents(root):
    for path in sorted(root.rglob("*.md")):
        if not SKIPPED_FOLDERS & set(path.relative_to(root).parts[:-1]):
            yield Document(root, path)


def check_links(root, document):
    for number, line in enumerate(document.prose, 1):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (document.path.parent / name).resolve() if name else document.path
            where = f"{document.name}:{number}"
            if not path.is_relative_to(root) or not path.exists():
                yield f"{where}: {target} does not exist"
            elif anchor and path.suffix == ".md" and anchor not in Document(root, path).anchors():
                yield f"{where}: {target}: no such heading"


def check_numbering(document):
    last = {}  # indentation -> number
    for number, line in enumerate(document.prose, 1):
        if HEADING.match(line):
            last = {}
        match = NUMBERED.match(line)
        if not match:
            continue
        indent, value = len(match.group(1)), int(match.group(2))
        last = {i: n for i, n in last.items() if i <= indent}
        if value > 1 and indent not in last:
            yield f"{document.name}:{number}: a list begins with {value}."
        elif value > 1 and value != last[indent] + 1:
            yield f"{document.name}:{number}: {value}. follows {last[indent]}."
        last[indent] = value


def compile_error(root, text):
    """What the compiler says about the program @text; empty if it compiles."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "snippet.cpp")
        source.write_text(text, encoding="utf-8")
        command = [os.environ.get("CXX", "c++"), "-std=c++20", "-Wall", "-fsyntax-only", f"-I{root / 'include'}"]
        result = subprocess.run(command + [str(source)], capture_output=True, text=True, check=False)
    return (result.stdout + result.stderr).replace(str(source), "") if result.returncode else ""


def check_snippets(root, document):
    if document.path.parent != root and not document.name.startswith("docs/"):
        return
    for language, number, lines in document.blocks:
        text = "\n".join(lines) + "\n"
        if language in ("cpp", "c++") and "int main" in text:
            error = compile_error(root, text)
            if error:
                yield f"{document.name}:{number}: this program does not compile\n{error}"


def check(root):
    root = root.resolve()
    for document in documents(root):
        yield from check_links(root, document)
        yield from check_numbering(document)
        yield from check_snippets(root, document)


def self_test():
    page = "# One page, `x`\n[a](docs/b.md#two-words) [b](#one-page-x) [web](https://x.org) `[no](link)`\n"
    good = {"README.md": page, "docs/b.md": "## Two words\n[up](../README.md)\n"}
    expect(check, good)
    expect(check, good | {"docs/b.md": "## Two words\n[up](README.md)\n"}, "docs/b.md:2: README.md does not exist")
    expect(check, good | {"docs/b.md": "## Three words\n"}, "no such heading")
    expect(check, {"a.md": "1. one\n2. two\n   1. in\n   2. in\n\n3. three\n\ntext\n\n1. anew\n2. two\n"})
    expect(check, {"a.md": "1. one\n3. three\n"}, "a.md:2: 3. follows 1.")
    expect(check, {"a.md": "1. one\n\n## b\n2. two\n"}, "a list begins with 2.")
    expect(check, {"a.md": "```\n1. one\n3. three [x](y)\n```\n"})
    program = '```cpp\n#include "x.h"\nint main() { return X; }\n```\n'
    expect(check, {"README.md": program, "include/x.h": "enum { X };\n"})
    expect(check, {"README.md": program, "include/x.h": "\n"}, "README.md:2: this program does not compile")
    expect(check, {"README.md": "```cpp\nnot a program\n```\n"})


if __name__ == "__main__":
    main(check, self_test)
