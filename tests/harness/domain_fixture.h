// The fixture of every test that executes something: one domain per test, over machines x hooks.
//
// A domain is made by the first call of domain(), so that a test may change `options` before.  Tear-down
// destroys the queues, asserts that nothing is left and that nothing was complained about that the test did
// not take from log().
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iosfwd>
#include <string>
#include <vector>

#include "cmwq/inspect.h"
#include "cmwq/workqueue.h"
#include "log_capture.h"
#include "patience.h"
#include "probe_work.h"

namespace cmwq::test {

struct machine {
  const char* name;
  const char* synthetic;  // null: the real one
  int nodes;              // 0: unknown
};

inline constexpr machine kMachines[] = {
    {"cpu1", "core:1 pu:1", 1},
    {"cpu4", "core:4 pu:1", 1},
    {"node2x2", "numa:2 l3:2 core:2 pu:1", 2},
    {"real", nullptr, 0},
};

inline constexpr const char* kHooks[] = {"sentinel", "declared", "none", "lying"};

struct domain_param {
  machine where;
  const char* hook;
};

void PrintTo(const domain_param& p, std::ostream* out);
std::vector<domain_param> all_domains();
std::string domain_param_name(const testing::TestParamInfo<domain_param>& info);

#define CMWQ_ON_ALL_DOMAINS(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(on, suite, testing::ValuesIn(cmwq::test::all_domains()), \
                           cmwq::test::domain_param_name)

// The kinds of queue that most contracts hold for alike.
struct queue_kind {
  const char* name;
  unsigned flags;
};
inline constexpr queue_kind kPerCpu{"percpu", WQ_PERCPU};
inline constexpr queue_kind kHighpri{"highpri", WQ_PERCPU | WQ_HIGHPRI};
inline constexpr queue_kind kUnbound{"unbound", WQ_UNBOUND};
inline constexpr queue_kind kReclaim{"reclaim", WQ_UNBOUND | WQ_MEM_RECLAIM};
inline constexpr queue_kind kKinds[] = {kPerCpu, kHighpri, kUnbound, kReclaim};

// The last line of defence: a library that hangs in a call of the test's own thread.
class hang_alarm {
 public:
  hang_alarm();
  ~hang_alarm();
};

class domain_test : public testing::TestWithParam<domain_param> {
 public:
  domain_options options;  // for the first call of domain()

  wq_domain* domain();
  int cpus();   // of the domain
  int nodes();  // of the machine; 1 if that is not known
  log_capture& log() { return log_; }

  // The hook keeps the number of running workers down.
  bool regulated() const;

  // ... and never takes a running worker for a blocked one.
  bool exact() const;

  // In a test in which nothing is meant to block: something did (a page fault beside the creation of a thread is
  // enough), the hook was mistaken, or others wanted the CPUs so much that it let more workers run.
  bool disturbed();

  // Destroyed at the end of the test, or by destroy().
  workqueue_struct* alloc(const char* name, unsigned flags, int max_active = 0);
  workqueue_struct* alloc_ordered(const char* name, unsigned flags = 0);
  void destroy(workqueue_struct* wq);

  // @body on a fresh queue of each kind.
  template <class Body>
  void on_each_kind(int max_active, Body body) {
    for (const queue_kind& kind : kKinds) {
      SCOPED_TRACE(kind.name);
      workqueue_struct* wq = alloc(kind.name, kind.flags, max_active);
      ASSERT_NE(wq, nullptr);
      body(wq);
      destroy(wq);
      if (HasFatalFailure()) return;
    }
  }

  // The pool of the normal or the high-priority items of @cpu.
  pool_snapshot bound_pool(int cpu, bool highpri = false);
  std::vector<pool_snapshot> unbound_pools();

  // A timer that just fired may be counted for a moment longer.
  void wait_until_none_is_armed(workqueue_struct* wq);

  // The CPUs of the bound pools that execute something.
  std::vector<int> busy_cpus();

 protected:
  void SetUp() override;
  void TearDown() override;

 private:
  workqueue_struct* keep(workqueue_struct* wq);

  hang_alarm alarm_;
  log_capture log_;
  wq_domain* domain_ = nullptr;
  std::vector<workqueue_struct*> queues_;
  int threads_before_ = 0;
};

}  // namespace cmwq::test
