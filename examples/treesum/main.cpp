// treesum: SHA-256 of every file under the given folders, read by many and printed in order.
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine.h"
#include "evict.h"
#include "options.h"
#include "progress.h"
#include "stats.h"
#include "stop.h"
#include "summing.h"

namespace treesum {
namespace {

constexpr int kFailed = 1, kUsageError = 2, kSignalBase = 128;

std::unique_ptr<engine> make_engine(const options& o) {
  switch (o.engine) {
    case engine_kind::serial:
      return make_serial_engine();
    case engine_kind::fixed:
      return make_fixed_engine(o.fixed_threads);
    case engine_kind::async:
      return make_async_engine();
    case engine_kind::cmwq:
      break;
  }
  return make_cmwq_engine(o.in_flight);
}

// The usual 1024 open files are too few for engines that bound nothing.
void allow_many_open_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

int exit_status(const summing& done, int print_error) {
  if (print_error != 0) std::fprintf(stderr, "treesum: standard output: %s\n", std::strerror(print_error));
  if (const int signal = stop_signal()) {
    std::fprintf(stderr, "treesum: stopped by signal %d; files found but not read: %zu\n", signal,
                 done.skipped());
    return kSignalBase + signal;
  }
  return done.errors() > 0 || print_error != 0 ? kFailed : 0;
}

int run(const options& o) {
  watch_for_stop();
  allow_many_open_files();
  if (o.cold) evict_pages(o.paths);

  stats measured(o.stats_file);
  if (!measured.usable()) {
    std::fprintf(stderr, "treesum: %s: %s\n", o.stats_file.c_str(), std::strerror(errno));
    return kFailed;
  }
  progress shown(o.show_progress);
  const auto runs_on = make_engine(o);
  summing work(*runs_on, shown);
  for (const std::string& path : o.paths) submit_walk(*runs_on, work, path);
  runs_on->finish();
  shown.finish();
  measured.finish(o.engine_name, work.sums().size(), shown.bytes(), work.errors());
  const int print_error = print_sorted(work.sums());
  return exit_status(work, print_error);
}

}  // namespace
}  // namespace treesum

int main(int argc, char** argv) {
  treesum::options chosen;
  switch (treesum::parse_options(argc, argv, chosen)) {
    case treesum::parsed::help:
      treesum::print_help();
      return 0;
    case treesum::parsed::usage_error:
      return treesum::kUsageError;
    case treesum::parsed::ok:
      break;
  }
  return treesum::run(chosen);
}
