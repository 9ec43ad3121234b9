// One program's result: the machine it ran on and its tables, printed and, if asked for, written as JSON.
#pragma once

#include <sys/utsname.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "support/options.h"
#include "support/process.h"
#include "support/table.h"

namespace bench {

inline std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

inline std::string kernel_release() {
  utsname u{};
  uname(&u);
  return u.release;
}

inline const char* compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

inline const char* build_type() {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  return "sanitizer";
#elif defined(NDEBUG) && defined(__OPTIMIZE__)
  return "release";
#else
  return "debug";
#endif
}

class report {
 public:
  report(std::string name, const options& opts) : name_(std::move(name)), json_path_(opts.json) {
    std::printf("%s: %s, %d CPUs, Linux %s, %s, %s build%s\n", name_.c_str(), cpu_model().c_str(), nr_cpus(),
                kernel_release().c_str(), compiler(), build_type(), opts.quick ? ", QUICK" : "");
    context_ = "{\"cpu\": " + json_string(cpu_model()) + ", \"cpus\": " + std::to_string(nr_cpus()) +
               ", \"kernel\": " + json_string(kernel_release()) +
               ", \"compiler\": " + json_string(compiler()) + ", \"build\": " + json_string(build_type()) +
               ", \"quick\": " + (opts.quick ? "true" : "false") + "}";
  }

  /* Prints @t and rewrites the file, so that a run that dies later leaves what it had. */
  void add(const table& t) {
    t.print();
    tables_.push_back(t.json());
    write_json();
  }

 private:
  void write_json() const {
    if (json_path_.empty()) return;
    std::ofstream out(json_path_);
    out << "{\"benchmark\": " << json_string(name_) << ",\n \"context\": " << context_ << ",\n \"tables\": [";
    for (std::size_t i = 0; i < tables_.size(); i++) out << (i == 0 ? "\n  " : ",\n  ") << tables_[i];
    out << "]}\n";
    if (!out) std::fprintf(stderr, "cannot write %s\n", json_path_.c_str());
  }

  std::string name_, json_path_, context_;
  std::vector<std::string> tables_;
};

}  // namespace bench
