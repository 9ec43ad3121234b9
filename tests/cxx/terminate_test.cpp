// What ends the program: an exception that nobody is there to get.
#include <sys/resource.h>

#include "cxx_fixture.h"

namespace cmwq::test {
namespace {

void keep_no_core() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

// In a process of its own.
template <class Body>
void expect_death(Body body, const char* message) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH((keep_no_core(), body()), message);
}

TEST(CxxTerminate, an_exception_of_a_posted_item_names_the_queue_if_it_has_no_handler) {
  expect_death(
      [] {
        workqueue wq("careless");
        wq.post([] { throw 1; });
      },
      "careless: an exception escaped");
}

TEST(CxxTerminate, so_does_one_of_a_group_that_nobody_waits_for) {
  expect_death(
      [] {
        workqueue wq("careless");
        task_group group(wq);
        group.run([] { throw 1; });
      },
      "careless: an item of a task_group threw");
}

TEST(CxxTerminate, a_queue_is_not_destroyed_inside_its_own_item) {
  expect_death(
      [] {
        auto* wq = new workqueue("suicidal");
        wq->submit([wq] { delete wq; }).get();
      },
      "suicidal: destroyed in one of its own items");
}

}  // namespace
}  // namespace cmwq::test
