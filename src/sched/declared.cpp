// Rung 2 alone: announced blocks are exact and the next worker starts at once; unannounced ones are found by the
// watchdog, one to two milliseconds late.
#include "sched/hooks.h"
#include "sched/thread_state.h"
#include "sched/watchdog.h"

namespace cmwq::detail {
namespace {

class declared_hook final : public own_hook {
 public:
  const char* name() const noexcept override { return "declared"; }
  bool counts_workers() const noexcept override { return true; }
  int start(std_domain& dom, std_events& events) noexcept override { return watchdog_.start(dom, events, false); }
  void stop() noexcept override { watchdog_.stop(); }
  void work_held_back(std_pool&) noexcept override { watchdog_.wake(); }
  bool wakes_lazily(std_pool&) const noexcept override { return false; }

  hook_counters counters() const noexcept override {
    hook_counters c;
    c.watchdog_starts = watchdog_.starts();
    c.proc_readable = proc_is_readable();
    return c;
  }
  void collect_threads(std::vector<int>& tids) const override {
    if (watchdog_.tid()) tids.push_back(watchdog_.tid());
  }

 private:
  watchdog watchdog_;
};

}  // namespace

std::unique_ptr<own_hook> make_declared_hook() { return std::make_unique<declared_hook>(); }

}  // namespace cmwq::detail
