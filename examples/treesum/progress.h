// How far the work is: counts for the last line, and a bar on a terminal.
//
// There is no drawing thread: whoever has news draws, at most ten times a second.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace treesum {

class progress {
 public:
  // @wanted: draw if stderr is a terminal.
  explicit progress(bool wanted);

  // Any thread.
  void folder_found() { add(folders_left_, 1); }
  void file_found(std::uint64_t bytes);
  void bytes_read(std::uint64_t bytes);
  void file_done();
  void folder_done();

  // One whole line on stderr, not through the bar.
  void message(const std::string& line);

  // Takes the bar away.
  void finish();

  std::uint64_t bytes() const { return get(bytes_read_); }

 private:
  using clock = std::chrono::steady_clock;
  using counter = std::atomic<std::uint64_t>;

  // relaxed: the numbers are shown, nothing depends on them
  static void add(counter& c, std::uint64_t n) { c.fetch_add(n, std::memory_order_relaxed); }
  static std::uint64_t get(const counter& c) { return c.load(std::memory_order_relaxed); }

  void draw_if_due();
  void draw();
  void clear();
  std::string bar(int width) const;
  std::string eta(double seconds, double rate) const;

  const bool drawing_;
  const clock::time_point begun_ = clock::now();
  counter folders_left_ = 0;
  counter files_found_ = 0;
  counter files_done_ = 0;
  counter bytes_found_ = 0;
  counter bytes_read_ = 0;
  std::atomic<clock::rep> next_draw_;  // who moves it draws
  std::mutex terminal_;
  bool drawn_ = false;  // under terminal_
};

}  // namespace treesum
