#!/usr/bin/env python3
"""Each file in misuse/ compiles as it is, and with -DMISUSE fails with the error its second line names."""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = [os.environ.get("CXX", "c++"), "-std=c++20", "-Wall", "-Werror", "-fsyntax-only",
           f"-I{HERE.parents[1] / 'include'}"]


def compile_file(path, *options):
    """Return: whether @path compiled, and what the compiler said."""
    environment = os.environ | {"LC_ALL": "C"}
    result = subprocess.run([*COMMAND, *options, str(path)], capture_output=True, text=True, check=False,
                            env=environment)
    return result.returncode == 0, result.stdout + result.stderr


def check(path):
    wanted = path.read_text(encoding="utf-8").split("\n")[1].removeprefix("// error: ")
    accepted, output = compile_file(path)
    if not accepted:
        return f"{path.name}: does not compile when used well\n{output}"
    accepted, output = compile_file(path, "-DMISUSE")
    if accepted:
        return f"{path.name}: misuse compiles"
    if not re.search(wanted, output):
        return f"{path.name}: misuse fails, but not with \"{wanted}\"\n{output}"
    return None


files = sorted(HERE.glob("misuse/*.cpp"))
problems = [problem for problem in map(check, files) if problem]
for problem in problems:
    print(problem)
sys.exit(1 if problems or not files else 0)
