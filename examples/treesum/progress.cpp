#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace treesum {
namespace {

constexpr std::chrono::milliseconds kDrawEvery{100};
constexpr int kBarWidth = 24;

std::string human(double bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit) bytes /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  return text;
}

int terminal_width() {
  struct winsize size {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

progress::progress(bool wanted)
    : drawing_(wanted && isatty(STDERR_FILENO) != 0),
      next_draw_((begun_ + kDrawEvery).time_since_epoch().count()) {}

void progress::file_found(std::uint64_t bytes) {
  add(files_found_, 1);
  add(bytes_found_, bytes);
}

void progress::bytes_read(std::uint64_t bytes) {
  add(bytes_read_, bytes);
  draw_if_due();
}

void progress::file_done() {
  add(files_done_, 1);
  draw_if_due();
}

void progress::folder_done() {
  folders_left_.fetch_sub(1, std::memory_order_relaxed);
  draw_if_due();
}

void progress::message(const std::string& line) {
  std::lock_guard guard(terminal_);
  clear();
  std::fprintf(stderr, "treesum: %s\n", line.c_str());
}

void progress::finish() {
  std::lock_guard guard(terminal_);
  clear();
}

void progress::draw_if_due() {
  if (!drawing_) return;
  const auto now = clock::now().time_since_epoch();
  auto due = next_draw_.load(std::memory_order_relaxed);
  if (now.count() < due) return;
  const auto next = (now + kDrawEvery).count();
  if (!next_draw_.compare_exchange_strong(due, next, std::memory_order_relaxed)) return;
  std::unique_lock guard(terminal_, std::try_to_lock);  // a stopped terminal holds up one thread, not all
  if (guard) draw();
}

void progress::draw() {
  const double seconds = std::chrono::duration<double>(clock::now() - begun_).count();
  const double rate = static_cast<double>(get(bytes_read_)) / seconds;
  std::string line = bar(kBarWidth) + ' ' + std::to_string(get(files_done_)) + '/' +
                     std::to_string(get(files_found_)) + " files  " +
                     human(static_cast<double>(get(bytes_read_))) + "  " + human(rate) + "/s  ETA " +
                     eta(seconds, rate);
  const auto room = static_cast<std::size_t>(std::max(terminal_width() - 1, 1));
  if (line.size() > room) line.resize(room);
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  drawn_ = true;
}

void progress::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

std::string progress::bar(int width) const {
  const double all = static_cast<double>(std::max<std::uint64_t>(get(bytes_found_), 1));
  const double share = std::min(static_cast<double>(get(bytes_read_)) / all, 1.0);
  const auto full = static_cast<std::size_t>(share * width);
  return '[' + std::string(full, '#') + std::string(static_cast<std::size_t>(width) - full, '.') + ']';
}

// With a '+' as long as there are folders nobody has looked into.
std::string progress::eta(double seconds, double rate) const {
  const std::uint64_t found = get(bytes_found_), read = get(bytes_read_);
  if (rate <= 0 || seconds < 0.5) return "-:--";
  const auto left = static_cast<long>(static_cast<double>(found - std::min(found, read)) / rate + 0.5);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld%s", left / 60, left % 60, get(folders_left_) > 0 ? "+" : "");
  return text;
}

}  // namespace treesum
