// One item in the course of being executed.
//
// A worker has one execution, and one more for each item it runs in place while it waits (flush_work() from
// a worker).  They form a stack; each stands in the pool's busy hash by the address of its item, so that
// "who executes this item?" finds the outer ones too.
#pragma once

#include <cstdint>

#include "cmwq/detail/base/list.h"
#include "cmwq/detail/core/work.h"

namespace cmwq::detail {

inline constexpr int kWorkerDescLength = 32;

template <class P>
struct execution {
  list_head busy_entry;                               // L: a bucket of pool->busy_hash
  basic_work<P>* work = nullptr;                      // L: compared, never followed once func has begun
  typename basic_work<P>::func_type func = nullptr;   // L: part of the item's identity
  pool_workqueue<P>* pwq = nullptr;                   // L: written by the worker, read by others
  worker<P>* owner = nullptr;                         // I: who executes
  execution* outer = nullptr;                         // S: the one that waits for this one
  list_head scheduled;                                // L: what must run right after: barriers, collided items
  std::uint64_t started_at = 0;                       // L: ns
  int color = 0;                                      // L: the item's flush colour
  bool barrier = false;                               // L: the library's own: holds no slot, is not counted
  char desc[kWorkerDescLength] = {};                  // K: what set_worker_desc() said; empty: the queue's name
};

}  // namespace cmwq::detail
