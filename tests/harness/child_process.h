// Runs a part of a test in a process of its own, for what cannot be undone.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "domain_fixture.h"

namespace cmwq::test {

// @body in a child.  Its failures are printed there and fail the test here; so does a signal.  The calling
// process must have no threads but this one: only that one goes on in the child.
template <class Body>
void in_child(Body body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    {
      const hang_alarm alarm;  // a child does not inherit one
      body();
    }
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "the child was ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the child failed, see above";
}

}  // namespace cmwq::test
