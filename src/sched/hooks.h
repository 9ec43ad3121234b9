// The rungs of the ladder that come with the library.
#pragma once

#include <memory>
#include <vector>

#include "cmwq/detail/core/domain.h"
#include "cmwq/sched_hook.h"

namespace cmwq::detail {

using std_domain = domain<std_policy>;
using std_pool = worker_pool<std_policy>;
using std_worker = worker<std_policy>;
using std_events = hook_events<std_policy>;

struct hook_counters {
  std::uint64_t sentinel_starts = 0;
  std::uint64_t watchdog_starts = 0;
  std::uint64_t sentinel_rounds = 0;
  std::uint64_t sentinel_false = 0;
  std::uint64_t pulled = 0;
  bool sentinels = false;
  bool proc_readable = false;
};

// What the library's own hooks tell about themselves beyond the public interface.
class own_hook : public cmwq::sched_hook {
 public:
  virtual hook_counters counters() const noexcept { return {}; }
  virtual void collect_threads(std::vector<int>&) const {}
};

std::unique_ptr<own_hook> make_none_hook();
std::unique_ptr<own_hook> make_declared_hook();
std::unique_ptr<own_hook> make_sentinel_hook();

// A decorator that drops and doubles a tenth of what the inner hook reports and is told; for tests.
std::unique_ptr<own_hook> make_lying_hook(std::unique_ptr<own_hook> inner, unsigned seed);

// The hook called @name, or nullptr.
std::unique_ptr<own_hook> make_hook(const char* name);

}  // namespace cmwq::detail
