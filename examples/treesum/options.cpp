#include "options.h"

#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <string_view>
#include <utility>

namespace treesum {
namespace {

enum option_id { kEngine = 1, kInFlight, kCold, kNoProgress, kStats, kHelp };

const option kOptions[] = {
    {"engine", required_argument, nullptr, kEngine},
    {"in-flight", required_argument, nullptr, kInFlight},
    {"cold", no_argument, nullptr, kCold},
    {"no-progress", no_argument, nullptr, kNoProgress},
    {"stats", required_argument, nullptr, kStats},
    {"help", no_argument, nullptr, kHelp},
    {nullptr, 0, nullptr, 0},
};

bool parse_number(std::string_view text, int most, int& result) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, result);
  return error == std::errc() && stop == end && result >= 1 && result <= most;
}

bool parse_engine(std::string_view text, options& result) {
  constexpr std::string_view fixed = "fixed:";
  constexpr std::pair<std::string_view, engine_kind> others[] = {
      {"cmwq", engine_kind::cmwq}, {"serial", engine_kind::serial}, {"async", engine_kind::async}};
  result.engine_name = text;
  if (text.starts_with(fixed)) {
    result.engine = engine_kind::fixed;
    return parse_number(text.substr(fixed.size()), 10000, result.fixed_threads);
  }
  for (const auto& [name, kind] : others) {
    result.engine = kind;
    if (text == name) return true;
  }
  return false;
}

parsed usage_error(const char* what = nullptr, const char* value = "") {
  if (what != nullptr) std::fprintf(stderr, "treesum: %s%s\n", what, value);
  std::fputs("Try 'treesum --help'.\n", stderr);
  return parsed::usage_error;
}

}  // namespace

parsed parse_options(int argc, char** argv, options& result) {
  for (int id; (id = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
    switch (id) {
      case kEngine:
        if (!parse_engine(optarg, result)) return usage_error("no such engine: ", optarg);
        break;
      case kInFlight:
        if (!parse_number(optarg, 2048, result.in_flight))
          return usage_error("--in-flight takes 1 to 2048, not ", optarg);
        break;
      case kCold:
        result.cold = true;
        break;
      case kNoProgress:
        result.show_progress = false;
        break;
      case kStats:
        result.stats_file = optarg;
        break;
      case kHelp:
        return parsed::help;
      default:
        return usage_error();  // getopt_long() said what
    }
  }
  result.paths.assign(argv + optind, argv + argc);
  return result.paths.empty() ? usage_error("which folders?") : parsed::ok;
}

void print_help() {
  std::fputs(
      "Usage: treesum [OPTION]... [--] PATH...\n"
      "Prints the SHA-256 sum of every regular file in the folders and files named, as sha256sum does.\n"
      "The lines are those of\n"
      "  find -H PATH... -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum\n"
      "and can be checked with sha256sum -c.  Symbolic links are followed where they are named here,\n"
      "never inside folders.  A pipe or device that is named here is read like a file.\n"
      "\n"
      "  --engine E      what runs the work: cmwq (default), serial, fixed:N (threads), async\n"
      "  --in-flight N   at most N files and folders are open at once with the engine cmwq (default 64)\n"
      "  --cold          first drop the files from the page cache, so that reading waits for the disk\n"
      "  --no-progress   no bar, also when stderr is a terminal\n"
      "  --stats FILE    append one line of measurements to FILE\n"
      "  --help          this text\n"
      "\n"
      "Ctrl-C lets the files being read finish and prints what is complete; a second one ends at once.\n"
      "Exit status: 0; 1 if something could not be read or written; 2 for a wrong command line;\n"
      "128 + the signal after a signal (130 for Ctrl-C).\n",
      stdout);
}

}  // namespace treesum
