// Tunables: default, unit, reason, when they take effect.
#pragma once

#include <cstdint>

namespace cmwq::detail {

inline constexpr std::uint64_t kMsNs = 1'000'000;
inline constexpr std::uint64_t kUsNs = 1'000;

// Fixed numbers.
inline constexpr int kHighpriNice = -20;
inline constexpr int kRescuerNice = -20;
inline constexpr int kBhNice = -10;             // between the workers and what is urgent; where permitted
inline constexpr int kBhRoundItems = 10;        // Kernel: BH_WORKER_RESTARTS
inline constexpr std::uint64_t kBhRoundNs = 2 * kMsNs;  // Kernel: BH_WORKER_JIFFIES
inline constexpr int kMaxBhBlockers = 128;      // functions remembered because they blocked in a BH item
inline constexpr int kBusyHashBuckets = 64;
inline constexpr int kPoolHashBuckets = 64;
inline constexpr int kMaxIdleWorkersRatio = 4;  // idle workers beyond two may be a quarter of the busy ones
inline constexpr int kWorkersPerSpare = 8;      // a growing pool gets one idle worker ahead for so many that it has,
inline constexpr int kMostSpares = 3;           // ... up to this
inline constexpr int kRescuerBatch = 16;        // items per share and turn while other shares wait

// A worker in the same item for this long is looked at by the watchdog.  One tick is what a foreign CPU hog
// can cost before the queue moves again.
inline constexpr std::uint64_t kWatchdogTickNs = 1 * kMsNs;

// Copied from domain_options and the environment when the domain starts; then constant.
struct domain_params {
  std::uint64_t idle_timeout_ticks = 300'000;         // I: ticks = ms.  Kernel: IDLE_WORKER_TIMEOUT
  std::uint64_t mayday_initial_ticks = 10;            // I: a thread normally takes well under 1 ms
  std::uint64_t mayday_interval_ticks = 100;          // I: then rarely enough not to add load
  std::uint64_t create_cooldown_ticks = 1000;         // I: Kernel: CREATE_COOLDOWN
  bool power_efficient = false;                       // I: WQ_POWER_EFFICIENT queues are unbound
  int cache_shard_size = 8;                           // I: cores.  Kernel: cache_shard_size
  std::uint64_t follow_interval_ns = 1000 * kMsNs;    // I: the least time between two looks at the CPUs
};

}  // namespace cmwq::detail
