// The job itself: every file found becomes a line, or a message.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "progress.h"
#include "results.h"
#include "walk.h"

namespace treesum {

class engine;

class summing : public walk_client {
 public:
  summing(engine& runs_on, progress& shown) : engine_(runs_on), progress_(shown) {}

  void folder_found() override { progress_.folder_found(); }
  void folder_done() override { progress_.folder_done(); }
  void file_found(std::string path, links follow, std::uint64_t size) override;
  void cannot_read(const std::string& path, int error) override;

  // All of these only when the engine has finished.
  std::vector<file_sum>& sums() { return sums_; }
  std::size_t errors() const { return errors_; }
  std::size_t skipped() const { return skipped_; }

 private:
  class file_job;

  engine& engine_;
  progress& progress_;
  std::vector<file_sum> sums_;  // all three: only in report(), so one thread at a time
  std::size_t errors_ = 0;
  std::size_t skipped_ = 0;  // found, but not begun when the stop signal came
};

}  // namespace treesum
