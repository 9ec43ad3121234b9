// The fixture of the C++ layer's tests.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "../harness/domain_fixture.h"
#include "../harness/threads.h"
#include "cmwq/cmwq.hpp"

namespace cmwq::test {

inline constexpr queue_type kTypes[] = {queue_type::unbound, queue_type::per_cpu, queue_type::ordered};

class cxx_test : public domain_test {
 public:
  // @wanted, for a queue in the domain of the test.
  workqueue_options in_domain(workqueue_options wanted) {
    wanted.domain = domain();
    return wanted;
  }
};

}  // namespace cmwq::test
