// The command line all benchmark programs share.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace bench {

struct options {
  bool quick = false;      // few rounds: does it work, not how fast is it
  bool wait_quiet = true;  // let other programs finish before each measurement
  int rounds = 0;          // 0: the program's own choice
  std::string json;        // file to write the tables to
  std::string engine;      // the only engine to run, by its whole name
  std::string only;        // substring of the part to run

  int rounds_or(int full, int if_quick) const { return rounds > 0 ? rounds : quick ? if_quick : full; }
  bool selects(const char* part) const { return only.empty() || std::strstr(part, only.c_str()); }
};

[[noreturn]] inline void usage(const char* program, int status) {
  std::printf("usage: %s [--quick] [--rounds N] [--only PART] [--engine NAME] [--json FILE] [--no-wait]\n",
              program);
  std::exit(status);
}

inline options parse_options(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    const auto value = [&]() -> const char* { return ++i < argc ? argv[i] : (usage(argv[0], 2), ""); };
    if (arg == "--quick")
      o.quick = true;
    else if (arg == "--no-wait")
      o.wait_quiet = false;
    else if (arg == "--rounds")
      o.rounds = std::atoi(value());
    else if (arg == "--only")
      o.only = value();
    else if (arg == "--engine")
      o.engine = value();
    else if (arg == "--json")
      o.json = value();
    else
      usage(argv[0], arg == "--help" ? 0 : 2);
  }
  return o;
}

}  // namespace bench
