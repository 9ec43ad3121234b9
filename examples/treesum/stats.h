// One run in one line, for tables.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "sampler.h"

namespace treesum {

class stats {
 public:
  // @file: appended to; empty: nothing is measured.  The clock starts here.
  explicit stats(const std::string& file);
  ~stats();

  // False if the file cannot be opened; errno says why.
  bool usable() const { return !wanted_ || file_ != nullptr; }

  // The clock stops here.
  void finish(const std::string& engine, std::uint64_t files, std::uint64_t bytes, std::uint64_t errors);

 private:
  const bool wanted_;
  std::FILE* file_ = nullptr;
  std::chrono::steady_clock::time_point begun_;
  double cpu_before_ = 0;
  std::unique_ptr<sampler> sampler_;
};

}  // namespace treesum
