// R36: two internal flags shared a bit.  Here every set of flags is checked; those of queues in core/constants.h.
#include <gtest/gtest.h>

#include <initializer_list>

#include "cmwq/detail/core/work_word.h"
#include "cmwq/detail/eyes/pool_flags.h"
#include "cmwq/workqueue.h"

namespace cmwq::detail {
namespace {

constexpr bool distinct(std::initializer_list<unsigned long long> flags) {
  unsigned long long seen = 0;
  for (const unsigned long long flag : flags) {
    if (flag == 0 || (seen & flag)) return false;
    seen |= flag;
  }
  return true;
}

static_assert(!distinct({1, 2, 2}));
static_assert(distinct({WQ_BH, WQ_UNBOUND, WQ_FREEZABLE, WQ_MEM_RECLAIM, WQ_HIGHPRI, WQ_CPU_INTENSIVE, WQ_SYSFS,
                        WQ_POWER_EFFICIENT, WQ_PERCPU, __WQ_DESTROYING, __WQ_DRAINING, __WQ_ORDERED, __WQ_LEGACY}));
static_assert(distinct({POOL_BH, POOL_MANAGER_ACTIVE, POOL_DISASSOCIATED, POOL_BH_DRAINING}));
static_assert(distinct({WORK_BUSY_PENDING, WORK_BUSY_RUNNING}));
// The word of an item: flags and fields, in both of its forms.
static_assert(distinct({WORK_STRUCT_PENDING, WORK_STRUCT_INACTIVE, WORK_STRUCT_PWQ, WORK_STRUCT_LINKED,
                        work_color_field::pack(work_color_field::max), WORK_STRUCT_PWQ_MASK}));
static_assert(distinct({WORK_STRUCT_PENDING, WORK_STRUCT_INACTIVE, WORK_STRUCT_PWQ, WORK_STRUCT_LINKED,
                        work_disable_field::pack(work_disable_field::max), work_pool_field::pack(work_pool_field::max)}));

TEST(Flags, R36_every_flag_has_a_bit_of_its_own) { SUCCEED() << "checked when this file was compiled"; }

}  // namespace
}  // namespace cmwq::detail
