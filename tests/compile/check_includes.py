#!/usr/bin/env python3
"""What a door costs its users: the number of headers it includes, the library's own and, with gcc 12, in all.

The limits stand a little above what there is; whoever needs more thinks first.  On the machine this was written on,
gcc 12 -fsyntax-only takes 0.15 s for cmwq/workqueue.h and 0.5 s for cmwq/cmwq.hpp, nearly all of it for <atomic>,
<stop_token>, <memory_resource> and <algorithm>.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include"
COMPILER = os.environ.get("CXX", "c++")
LIMITS = {"cmwq/workqueue.h": (16, 215), "cmwq/cmwq.hpp": (40, 310)}  # own, in all
SLOW = ("chrono", "future", "functional", "iostream", "regex", "thread")  # the standard's, in no door


def included(header):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "a.cpp")
        source.write_text(f"#include <{header}>\n", encoding="utf-8")
        rule = subprocess.run([COMPILER, "-std=c++20", f"-I{INCLUDE}", "-M", str(source)], capture_output=True,
                              text=True, check=True).stdout
    return [word for word in rule.replace("\\\n", " ").split()[1:] if word != str(source)]


def problems():
    version = subprocess.run([COMPILER, "-dumpfullversion"], capture_output=True, text=True, check=False).stdout
    for header, (most_own, most) in LIMITS.items():
        files = included(header)
        own = [name for name in files if name.startswith(str(INCLUDE))]
        print(f"{header}: {len(own)} of its own, {len(files)} in all")
        if not own:
            yield f"{header}: includes nothing: the check is broken"
        if len(own) > most_own:
            yield f"{header}: includes {len(own)} headers of the library, the most is {most_own}"
        if version.startswith("12.") and len(files) > most:
            yield f"{header}: includes {len(files)} headers, the most is {most}"
        for name in files:
            path = pathlib.Path(name)
            if path.name in SLOW and path.parent.name not in ("bits", "debug", "experimental"):
                yield f"{header}: includes <{path.name}>"


found = list(problems())
for problem in found:
    print(problem)
sys.exit(1 if found else 0)
