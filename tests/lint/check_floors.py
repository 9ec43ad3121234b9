#!/usr/bin/env python3
"""Includes point down only and have no cycle; only src/ knows the operating system.

The floors, from the ground: detail/base, os, topo, core, pool, queue, life, eyes; then the doors
(include/cmwq/*.h and detail/api, their parts), then C++ (*.hpp, cxx/) and what is built on it.
"""

import re

from common import expect, main, sources

FLOORS = ["base", "os", "topo", "core", "pool", "queue", "life", "eyes", "doors", "cxx"]

SYSTEM_ONLY_IN_SRC = re.compile(
    r"(sys|linux|asm|arpa|net|netinet|bits|fmt|hwloc|boost)/.*"
    r"|(pthread|sched|unistd|signal|semaphore|fcntl|poll|dlfcn|ucontext|syscall|hwloc)\.h"
    r"|thread|mutex|shared_mutex|condition_variable|semaphore|future|iostream"
)
# The C++ layer may use what the standard gives; it still keeps off the operating system.
ALLOWED_IN_CXX = {"future", "thread", "mutex", "semaphore"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")', re.M)


def floor_of(name):
    """The floor of include/cmwq/..., or None if the path has none."""
    parts = name.split("/")[2:]
    if parts[:2] == ["detail", "api"]:
        return FLOORS.index("doors")  # parts of a door that would be too long in one file
    if parts[0] == "detail":
        floor = parts[1] if len(parts) > 2 else None
        return FLOORS.index(floor) if floor in FLOORS[:8] else None
    if len(parts) == 1 and name.endswith(".h"):
        return FLOORS.index("doors")
    return FLOORS.index("cxx")


def includes(source):
    for match in INCLUDE.finditer(source.text):
        if source.code[match.start() : match.end()].strip().startswith("#"):
            yield source.line_of(match.start()), match.group(1), match.group(2)


def find_cycle(edges):
    """One cycle of the graph @edges (name -> names) as a list, or None."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name) :] + [name]
        if name in done:
            return None
        path.append(name)
        for target in edges.get(name, ()):
            cycle = visit(target)
            if cycle:
                return cycle
        path.pop()
        done.add(name)
        return None

    for name in sorted(edges):
        cycle = visit(name)
        if cycle:
            return cycle
    return None


def check(root):
    edges = {}
    for source in sources(root, "include"):
        floor = floor_of(source.name)
        if floor is None:
            yield f"{source.name}:1: stands on no floor; the floors are {', '.join(FLOORS[:8])}"
            continue
        edges[source.name] = set()
        for line, system, own in includes(source):
            where = f"{source.name}:{line}"
            if system:
                in_cxx = FLOORS[floor] == "cxx" and system in ALLOWED_IN_CXX
                if SYSTEM_ONLY_IN_SRC.fullmatch(system) and not in_cxx:
                    yield f"{where}: <{system}> belongs in src/ only"
                continue
            target = f"include/{own}"
            if not (root / target).is_file():
                yield f'{where}: "{own}" is not a path below include/'
                continue
            edges[source.name].add(target)
            target_floor = floor_of(target)
            if target_floor is not None and target_floor > floor:
                yield (f"{where}: points up, from {FLOORS[floor]} to {FLOORS[target_floor]}: "
                       f'"{own}"')
    cycle = find_cycle(edges)
    if cycle:
        yield f"{cycle[0]}:1: includes itself: {' -> '.join(cycle)}"


def self_test():
    lower = "include/cmwq/detail/base/a.h"
    upper = "include/cmwq/detail/pool/b.h"
    expect(check, {lower: "", upper: '#include "cmwq/detail/base/a.h"\n#include <atomic>\n'})
    expect(check, {lower: '#include "cmwq/detail/pool/b.h"\n', upper: ""}, "a.h:1: points up, from base to pool")
    expect(check, {lower: '// #include "cmwq/detail/pool/b.h"\n', upper: ""})
    expect(check, {lower: '#include "cmwq/workqueue.h"\n', "include/cmwq/workqueue.h": ""}, "from base to doors")
    expect(check, {"include/cmwq/workqueue.h": '#include "cmwq/cxx/w.hpp"\n', "include/cmwq/cxx/w.hpp": ""},
           "from doors to cxx")
    expect(check, {lower: '#include "cmwq/detail/base/c.h"\n',
                   "include/cmwq/detail/base/c.h": '#include "cmwq/detail/base/a.h"\n'}, "includes itself")
    expect(check, {upper: "#include <pthread.h>\n#include <sys/mman.h>\n#include <mutex>\n"},
           "<pthread.h>", "<sys/mman.h>", "<mutex>")
    expect(check, {"include/cmwq/cxx/f.hpp": "#include <future>\n#include <sched.h>\n"}, "<sched.h>")
    expect(check, {"src/a.cpp": "#include <pthread.h>\n"})
    expect(check, {upper: '#include "b.h"\n'}, '"b.h" is not a path below include/')
    expect(check, {"include/cmwq/detail/attic/x.h": ""}, "stands on no floor")


if __name__ == "__main__":
    main(check, self_test)
