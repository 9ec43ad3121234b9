// "I am about to block": the declared rung of the scheduler hook.
#pragma once

#include "cmwq/detail/base/config.h"

namespace cmwq {

/* Says that the calling thread is about to block, or has stopped blocking.  In a worker that executes
 * an item the pool may start the next one at once; elsewhere nothing happens.  Pairs may nest.
 * Never needed for correctness: undeclared blocks are found too, a little later.
 * Kernel: wq_worker_sleeping() / wq_worker_running(), which its scheduler calls. */
CMWQ_API void blocking_begin() noexcept;
CMWQ_API void blocking_end() noexcept;

// Declares that the enclosed scope blocks.
class blocking_section {
 public:
  blocking_section() noexcept { blocking_begin(); }
  ~blocking_section() { blocking_end(); }
  blocking_section(const blocking_section&) = delete;
  blocking_section& operator=(const blocking_section&) = delete;
};

}  // namespace cmwq
