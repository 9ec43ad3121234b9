#include "stats.h"

#include <sys/resource.h>

namespace treesum {
namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

double process_cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

stats::stats(const std::string& file) : wanted_(!file.empty()) {
  if (!wanted_) return;
  file_ = std::fopen(file.c_str(), "ae");
  if (file_ == nullptr) return;
  begun_ = std::chrono::steady_clock::now();
  cpu_before_ = process_cpu_seconds();
  sampler_ = std::make_unique<sampler>();
}

stats::~stats() {
  if (sampler_ != nullptr) sampler_->stop();
  if (file_ != nullptr) std::fclose(file_);
}

void stats::finish(const std::string& engine, std::uint64_t files, std::uint64_t bytes,
                   std::uint64_t errors) {
  if (sampler_ == nullptr) return;
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  const double cpu = process_cpu_seconds() - cpu_before_;
  const thread_counts seen = sampler_->stop();
  sampler_.reset();
  std::fprintf(file_,
               "engine=%s wall_s=%.3f cpu_s=%.3f peak_threads=%d peak_runnable=%d mean_runnable=%.2f "
               "files=%llu bytes=%llu errors=%llu\n",
               engine.c_str(), wall, cpu - seen.own_cpu_seconds, seen.peak_threads, seen.peak_runnable,
               seen.mean_runnable, static_cast<unsigned long long>(files),
               static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(errors));
}

}  // namespace treesum
