// The process's table of domains: the one mutable thing beside the default domain that is not in a domain.
//
// An item that is off every list names its last pool by number, and the number names the domain: that is all
// cancel_work() and flush_work() have to go by.  A reader pins the domain while it looks.
#pragma once

#include "cmwq/detail/os/mutex.h"

namespace cmwq::detail {

// Pool numbers are 31 bits wide: the domain's index above, the pool's index within the domain below.
inline constexpr int kPoolIndexBits = 20;
inline constexpr int kMaxDomains = (1 << (31 - kPoolIndexBits)) - 1;  // the last index is part of "no pool"

// Warnings about items that may never have been on a queue; printed once per process (rearm_warnings() prints
// them again).
enum class item_warning : unsigned { enable_unbalanced, disable_overflow };

template <class P>
class domain_directory {
 public:
  // True for the first caller since the start or since rearm_warnings().
  bool first_time(item_warning what) noexcept {
    const unsigned bit = 1u << static_cast<unsigned>(what);
    return !(warned_.fetch_or(bit, kRelaxed) & bit);  // relaxed: publishes nothing
  }
  void rearm_warnings() noexcept { warned_.store(0, kRelaxed); /* relaxed: publishes nothing */ }

  // Return: the index, or -1 if there are too many domains.
  int add(domain<P>* dom) noexcept {
    lock_guard guard(lock_);
    for (int i = 0; i < kMaxDomains; ++i) {
      if (entries_[i].dom) continue;
      entries_[i].dom = dom;
      return i;
    }
    return -1;
  }

  // Waits until nobody looks at the domain any more.
  void remove(int index) noexcept {
    {
      lock_guard guard(lock_);
      entries_[index].dom = nullptr;
    }
    while (pinned(index)) P::yield();
  }

  domain<P>* pin(int index) noexcept {
    lock_guard guard(lock_);
    if (index < 0 || index >= kMaxDomains || !entries_[index].dom) return nullptr;
    ++entries_[index].pins;
    return entries_[index].dom;
  }

  void unpin(int index) noexcept {
    lock_guard guard(lock_);
    --entries_[index].pins;
  }

 private:
  struct entry {
    domain<P>* dom = nullptr;  // D: lock_
    int pins = 0;              // D: readers that look
  };

  bool pinned(int index) noexcept {
    lock_guard guard(lock_);
    return entries_[index].pins != 0;
  }

  mutex<P, lock_rank::directory> lock_;
  typename P::template atomic<unsigned> warned_{0};  // AT: relaxed, which warnings were printed
  entry entries_[kMaxDomains];  // D: lock_
};

// Keeps the domain of pool number @pool_id in being; dom() is nullptr if there is none.
template <class P>
class domain_pin {
 public:
  explicit domain_pin(std::uint64_t pool_id) noexcept
      : index_(static_cast<int>(pool_id >> kPoolIndexBits)), dom_(P::directory().pin(index_)) {}
  ~domain_pin() {
    if (dom_) P::directory().unpin(index_);
  }
  domain_pin(const domain_pin&) = delete;
  domain_pin& operator=(const domain_pin&) = delete;

  domain<P>* dom() const noexcept { return dom_; }

 private:
  int index_;       // I
  domain<P>* dom_;  // I: in being as long as this is
};

}  // namespace cmwq::detail
