// A hook for tests: drops and doubles a tenth of what passes between the library and the hook it wraps.
#include <atomic>

#include "sched/hooks.h"

namespace cmwq::detail {
namespace {

class coin {
 public:
  explicit coin(unsigned seed) noexcept : state_(seed * 2654435761u + 1) {}

  enum class side { pass, drop, twice };
  side toss() noexcept {
    // relaxed: any interleaving of draws will do
    const unsigned draw = (state_.fetch_add(0x9e3779b9u, kRelaxed) * 2246822519u) >> 16;
    if (draw % 20 == 0) return side::drop;
    if (draw % 20 == 1) return side::twice;
    return side::pass;
  }

 private:
  std::atomic<unsigned> state_;
};

class lying_events final : public std_events {
 public:
  lying_events(std_events& truth, coin& luck) noexcept : truth_(truth), luck_(luck) {}

  bool worker_blocked(std_worker& w) noexcept override {
    return tell([&] { return truth_.worker_blocked(w); });
  }
  bool worker_running(std_worker& w) noexcept override {
    return tell([&] { return truth_.worker_running(w); });
  }
  bool worker_hogs(std_worker& w) noexcept override {
    return tell([&] { return truth_.worker_hogs(w); });
  }
  bool start_worker(std_pool& pool, int cpu) noexcept override {
    return tell([&] { return truth_.start_worker(pool, cpu); });
  }

 private:
  template <class Report>
  bool tell(Report report) noexcept {
    switch (luck_.toss()) {
      case coin::side::drop:
        return true;
      case coin::side::twice:
        report();
        return report();
      case coin::side::pass:
        break;
    }
    return report();
  }

  std_events& truth_;
  coin& luck_;
};

class lying_hook final : public own_hook {
 public:
  lying_hook(std::unique_ptr<own_hook> inner, unsigned seed) : inner_(std::move(inner)), luck_(seed) {}

  const char* name() const noexcept override { return "lying"; }
  bool counts_workers() const noexcept override { return inner_->counts_workers(); }

  int start(std_domain& dom, std_events& events) noexcept override {
    events_ = std::make_unique<lying_events>(events, luck_);
    return inner_->start(dom, *events_);
  }
  void stop() noexcept override { inner_->stop(); }

  void work_held_back(std_pool& pool) noexcept override {
    // Only the news that passes this way may be lost, not the fact: work that stays held back is told of again.
    inner_->work_held_back(pool);
    if (luck_.toss() == coin::side::twice) inner_->work_held_back(pool);
  }
  bool wakes_lazily(std_pool& pool) const noexcept override { return inner_->wakes_lazily(pool); }
  void cpus_changed() noexcept override { inner_->cpus_changed(); }
  void pool_moved(std_pool& pool) noexcept override { inner_->pool_moved(pool); }
  void pool_added(std_pool& pool) noexcept override { inner_->pool_added(pool); }
  void pool_removed(std_pool& pool) noexcept override { inner_->pool_removed(pool); }
  hook_counters counters() const noexcept override { return inner_->counters(); }
  void collect_threads(std::vector<int>& tids) const override { inner_->collect_threads(tids); }

 private:
  std::unique_ptr<own_hook> inner_;
  coin luck_;
  std::unique_ptr<lying_events> events_;
};

}  // namespace

std::unique_ptr<own_hook> make_lying_hook(std::unique_ptr<own_hook> inner, unsigned seed) {
  return std::make_unique<lying_hook>(std::move(inner), seed);
}

}  // namespace cmwq::detail
