// When the next call of a periodic item is due.
#include "cmwq/cxx/periodic.hpp"

#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

periodic_item::periodic_item(queue_ref queue, std::uint64_t period_ns, pace how,
                             void (*call)(periodic_item*, const tick&))
    : delayed_work(&periodic_item::run), queue_(queue), period_(period_ns), pace_(how), call_(call) {
  if (period_ == 0) throw error("cmwq: the period of a periodic item must be positive");
}

void periodic_item::start() noexcept {
  stop();
  running_.store(true, kRelaxed);  // relaxed: queueing publishes it
  const std::uint64_t now = monotonic_ns();
  deadline_ = now + period_;
  missed_now_ = 0;
  arm(now);
}

void periodic_item::stop() noexcept {
  running_.store(false, kRelaxed);  // relaxed: cancelling also keeps the item from arming itself
  if (current_work() != &static_cast<delayed_work*>(this)->work) cancel_delayed_work_sync(this);
}

tick_counts periodic_item::counts() const noexcept {
  // relaxed, all: statistics
  return {calls_.load(kRelaxed), missed_.load(kRelaxed), most_late_.load(kRelaxed)};
}

void periodic_item::run(work_struct* item) {
  auto* self = static_cast<periodic_item*>(to_delayed_work(item));
  try {
    self->one_tick();
  } catch (...) {
    self->running_.store(false, kRelaxed);  // relaxed: advisory
    report_exception(self->queue_.core());
    return;
  }
  if (self->running_.load(kRelaxed)) self->plan_next();  // relaxed: see stop()
}

void periodic_item::one_tick() {
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t late = now > deadline_ ? now - deadline_ : 0;
  // relaxed, all: statistics, written by the item only
  if (late > most_late_.load(kRelaxed)) most_late_.store(late, kRelaxed);
  const std::uint64_t number = calls_.load(kRelaxed);
  calls_.store(number + 1, kRelaxed);
  call_(this, tick{number, missed_now_, late});
}

void periodic_item::plan_next() noexcept {
  const std::uint64_t now = monotonic_ns();
  missed_now_ = 0;
  if (pace_ == pace::fixed_delay) {
    deadline_ = now + period_;
  } else {
    deadline_ += period_;
    if (now > deadline_) missed_now_ = (now - deadline_) / period_;
    deadline_ += missed_now_ * period_;
    missed_.store(missed_.load(kRelaxed) + missed_now_, kRelaxed);  // relaxed: statistic
  }
  arm(now);
}

void periodic_item::arm(std::uint64_t now) noexcept {
  const std::uint64_t left = deadline_ > now ? deadline_ - now : 0;
  queue_delayed_work(queue_.get(), this, static_cast<unsigned long>((left + 999'999) / 1'000'000));
}

}  // namespace cmwq::detail
