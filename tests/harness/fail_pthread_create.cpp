#include "fail_pthread_create.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include <atomic>

namespace {

std::atomic<long> first_to_fail{LONG_MAX};
std::atomic<long> first_to_work_again{LONG_MAX};
std::atomic<long> attempt_count{0};
std::atomic<long> failure_count{0};

}  // namespace

extern "C" {

int __real_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attr, void* (*start)(void*), void* arg) {
  const long nth = attempt_count.fetch_add(1) + 1;
  if (nth < first_to_fail.load() || nth >= first_to_work_again.load())
    return __real_pthread_create(thread, attr, start, arg);
  failure_count.fetch_add(1);
  return EAGAIN;
}
}

namespace cmwq::test {

thread_creation_fails::thread_creation_fails(long from_nth, long how_many) {
  first_to_work_again.store(from_nth + how_many);
  attempt_count.store(0);
  failure_count.store(0);
  first_to_fail.store(from_nth);
}
thread_creation_fails::~thread_creation_fails() { stop(); }
void thread_creation_fails::stop() { first_to_fail.store(LONG_MAX); }
long thread_creation_fails::attempts() { return attempt_count.load(); }
long thread_creation_fails::failures() { return failure_count.load(); }

}  // namespace cmwq::test
