// Rung 4: no hook.  Pools do not count their workers and start every item as soon as max_active permits; the
// operating system shares the CPUs among them.  Misses nothing, oversubscribes.
#include <cstring>

#include "sched/hooks.h"

namespace cmwq::detail {
namespace {

class none_hook final : public own_hook {
 public:
  const char* name() const noexcept override { return "none"; }
  bool counts_workers() const noexcept override { return false; }
  int start(std_domain&, std_events&) noexcept override { return 0; }
  void stop() noexcept override {}
  void work_held_back(std_pool&) noexcept override {}
  bool wakes_lazily(std_pool&) const noexcept override { return false; }
};

}  // namespace

std::unique_ptr<own_hook> make_none_hook() { return std::make_unique<none_hook>(); }

std::unique_ptr<own_hook> make_hook(const char* name) {
  if (!std::strcmp(name, "sentinel")) return make_sentinel_hook();
  if (!std::strcmp(name, "declared")) return make_declared_hook();
  if (!std::strcmp(name, "none")) return make_none_hook();
  if (!std::strcmp(name, "lying")) return make_lying_hook(make_sentinel_hook(), 1);
  return nullptr;
}

}  // namespace cmwq::detail
