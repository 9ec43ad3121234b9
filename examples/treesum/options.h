// The command line.
#pragma once

#include <string>
#include <vector>

namespace treesum {

enum class engine_kind { cmwq, serial, fixed, async };

struct options {
  engine_kind engine = engine_kind::cmwq;
  std::string engine_name = "cmwq";  // as given
  int fixed_threads = 0;
  int in_flight = 64;  // 48 to 256 were equally fast on a virtual disk; fewer need fewer threads
  bool cold = false;
  bool show_progress = true;
  std::string stats_file;
  std::vector<std::string> paths;
};

enum class parsed { ok, help, usage_error };

// Says what is wrong on stderr.
parsed parse_options(int argc, char** argv, options& result);

void print_help();

}  // namespace treesum
