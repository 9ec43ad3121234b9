// Where is this item?  The pool that an item's word names, locked.
#pragma once

#include "cmwq/detail/pool/busy.h"
#include "cmwq/detail/core/domain.h"

namespace cmwq::detail {

// The pool on whose list the item is or was last, with its lock held for the life of this object; none if the
// item was never queued, or if its pool or domain is gone.  Kernel: get_work_pool() and the lock after it.
//
// The item may have moved on when the lock is got: what pwq() says is true as long as this object lives,
// because a word changes between its forms only under the lock of the pool it names.
template <class P>
class locked_pool_of {
 public:
  explicit locked_pool_of(basic_work<P>& work) noexcept : locked_pool_of(work, work.data.read()) {}
  ~locked_pool_of() {
    if (pool_) pool_->lock.unlock();
  }
  locked_pool_of(const locked_pool_of&) = delete;
  locked_pool_of& operator=(const locked_pool_of&) = delete;

  worker_pool<P>* pool() const noexcept { return pool_; }

  // The pwq the item is queued on, if it is queued on this pool.
  pool_workqueue<P>* pwq() const noexcept {
    pool_workqueue<P>* pwq = work_.data.read().template pwq<P>();
    return pwq && pwq->pool.load(kRelaxed) == pool_ ? pwq : nullptr;  // relaxed: our lock orders it
  }

  execution<P>* running() const noexcept { return pool_ ? find_execution_locked(*pool_, work_) : nullptr; }

  // Drops the lock early.
  void unlock() noexcept {
    if (pool_) pool_->lock.unlock();
    pool_ = nullptr;
  }

 private:
  locked_pool_of(basic_work<P>& work, work_bits bits) noexcept
      : work_(work), pin_(bits.on_pwq() ? WORK_OFFQ_POOL_NONE : bits.pool_id()) {
    if (pool_workqueue<P>* pwq = bits.template pwq<P>())
      pool_ = pwq->pool.load(kAcquire);  // (Q1) acquire, with (Q2) in life/pwq_table.h
    else if (pin_.dom())
      pool_ = pin_.dom()->pool_by_id(bits.pool_id());
    if (pool_) pool_->lock.lock();
  }

  basic_work<P>& work_;
  domain_pin<P> pin_;
  worker_pool<P>* pool_ = nullptr;
};

}  // namespace cmwq::detail
