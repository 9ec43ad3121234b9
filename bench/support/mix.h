// One batch of equal items - compute, sleep, compute - and what it cost.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <cstdint>

#include "cmwq/cxx/blocking_section.hpp"
#include "cmwq/inspect.h"
#include "support/clock.h"
#include "support/process.h"

namespace bench {

struct mix_shape {
  int items;
  long burn_us;   // before the sleep, and again after it
  long sleep_us;  // 0: the item never blocks
  bool one_cpu;   // all on CPU 0; otherwise over all CPUs

  double useful_ms() const { return items * 2.0 * static_cast<double>(burn_us) / 1000; }
  double bound_ms() const { return useful_ms() / (one_cpu ? 1 : nr_cpus()); }
};

struct mix_result {
  double makespan_ms = 0;
  double cpu_ms = 0;       // of the whole process
  int threads = 0;         // that existed to execute items
  int peak_in_flight = 0;  // items begun and not ended
  cmwq::hook_snapshot hook;

  /* CPU time beyond the items' own, for each item. */
  double overhead_us(const mix_shape& shape) const {
    return (cpu_ms - shape.useful_ms()) * 1000 / shape.items;
  }
};

// Executes a shape once, on whatever engine calls execute() once for each item.
class mix_run {
 public:
  mix_run(const mix_shape& shape, bool announced) : shape_(shape), announced_(announced), left_(shape.items) {
    sem_init(&done_, 0, 0);
  }
  ~mix_run() { sem_destroy(&done_); }
  mix_run(const mix_run&) = delete;
  mix_run& operator=(const mix_run&) = delete;

  void execute() {
    note_peak(in_flight_.fetch_add(1) + 1);
    burn_us(shape_.burn_us);
    if (shape_.sleep_us > 0) sleep();
    burn_us(shape_.burn_us);
    in_flight_.fetch_sub(1);
    if (left_.fetch_sub(1) == 1) {
      end_ns_ = now_ns();
      sem_post(&done_);
    }
  }

  /* Calls @submit and waits for the last item. */
  template <class Submit>
  mix_result measure(Submit submit) {
    const std::uint64_t cpu = process_cpu_ns(), start = now_ns();
    submit();
    while (sem_wait(&done_) != 0) {
    }
    mix_result result;
    result.cpu_ms = to_ms(process_cpu_ns() - cpu);
    result.makespan_ms = to_ms(end_ns_ - start);
    result.peak_in_flight = peak_.load();
    return result;
  }

 private:
  void sleep() const {
    if (announced_) {
      cmwq::blocking_section section;
      nap_us(shape_.sleep_us);
    } else {
      nap_us(shape_.sleep_us);
    }
  }
  void note_peak(int n) {
    int peak = peak_.load();
    while (n > peak && !peak_.compare_exchange_weak(peak, n)) {
    }
  }

  const mix_shape shape_;
  const bool announced_;
  std::atomic<int> left_, in_flight_{0}, peak_{0};
  std::uint64_t end_ns_ = 0;  // written by the last item, read after done_
  sem_t done_;
};

}  // namespace bench
