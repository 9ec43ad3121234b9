// Makes the library's thread creation fail on demand.
//
// For test programs linked with -Wl,--wrap=pthread_create.  The library and the test's own direct calls are
// affected; std::thread is not, as the C++ runtime is linked already.
#pragma once

namespace cmwq::test {

// While one exists, creations fail with EAGAIN: all of them, or from the nth on, or only so many.
class thread_creation_fails {
 public:
  explicit thread_creation_fails(long from_nth = 1, long how_many = kAll);
  ~thread_creation_fails();
  thread_creation_fails(const thread_creation_fails&) = delete;
  thread_creation_fails& operator=(const thread_creation_fails&) = delete;

  void stop();  // before its end; creation works again

  static constexpr long kAll = 1L << 40;

  static long attempts();  // since the last one was constructed
  static long failures();
};

}  // namespace cmwq::test
