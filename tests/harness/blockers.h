// The ways an item blocks without telling anybody, each ending only when release() is called.
#pragma once

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "patience.h"

namespace cmwq::test {

class blocker {
 public:
  virtual ~blocker() = default;
  virtual bool available() const { return true; }
  virtual void block() = 0;    // in any number of items at once, up to 64
  virtual void release() = 0;  // once, from any thread
};

// Sleeps again and again: the only way that needs nobody to wake it.
class nanosleep_blocker : public blocker {
 public:
  void block() override {
    const deadline end;
    while (!released_.load() && !end.passed()) pause_briefly(5'000'000);
  }
  void release() override { released_.store(true); }

 private:
  std::atomic<bool> released_{false};
};

class pipe_blocker : public blocker {
 public:
  pipe_blocker() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~pipe_blocker() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  void block() override {
    char byte;
    EXPECT_EQ(read(ends_[0], &byte, 1), 1);
  }
  void release() override {
    const char bytes[64] = {};
    EXPECT_EQ(write(ends_[1], bytes, sizeof bytes), static_cast<ssize_t>(sizeof bytes));
  }

 protected:
  int ends_[2] = {-1, -1};
};

class poll_blocker : public pipe_blocker {
 public:
  void block() override {
    pollfd readable{ends_[0], POLLIN, 0};
    EXPECT_EQ(poll(&readable, 1, -1), 1);
  }
};

// Held by a thread of the blocker's own, as only the owner of a mutex may unlock it.
class mutex_blocker : public blocker {
 public:
  mutex_blocker() {
    pthread_create(&owner_, nullptr, &mutex_blocker::own, this);
    wait_until("the mutex to be held", [this] { return held_.load(); });
  }
  ~mutex_blocker() override {
    released_.store(true);
    pthread_join(owner_, nullptr);
  }
  void block() override {
    pthread_mutex_lock(&mutex_);
    pthread_mutex_unlock(&mutex_);
  }
  void release() override { released_.store(true); }

 private:
  static void* own(void* context) {
    auto* self = static_cast<mutex_blocker*>(context);
    pthread_mutex_lock(&self->mutex_);
    self->held_.store(true);
    wait_until("the mutex to be released", [self] { return self->released_.load(); });
    pthread_mutex_unlock(&self->mutex_);
    return nullptr;
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  std::atomic<bool> held_{false};
  std::atomic<bool> released_{false};
  pthread_t owner_{};
};

class condition_blocker : public blocker {
 public:
  void block() override {
    std::unique_lock lock(mutex_);
    released_cv_.wait(lock, [this] { return released_; });
  }
  void release() override {
    std::lock_guard lock(mutex_);
    released_ = true;
    released_cv_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable released_cv_;
  bool released_ = false;
};

class atomic_blocker : public blocker {
 public:
  void block() override { released_.wait(0); }
  void release() override {
    released_.store(1);
    released_.notify_all();
  }

 private:
  std::atomic<int> released_{0};
};

// Pages that exist only when the test says so: a page fault that lasts.
class page_fault_blocker : public blocker {
 public:
  page_fault_blocker() {
    fd_ = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
    if (fd_ < 0) return;
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    pages_ = static_cast<volatile char*>(memory);
    uffdio_api api{UFFD_API, 0, 0};
    uffdio_register area{range(), UFFDIO_REGISTER_MODE_MISSING, 0};
    ready_ = ioctl(fd_, UFFDIO_API, &api) == 0 && ioctl(fd_, UFFDIO_REGISTER, &area) == 0;
  }
  ~page_fault_blocker() override {
    if (fd_ >= 0) close(fd_);
    if (pages_) munmap(const_cast<char*>(pages_), kBytes);
  }
  bool available() const override { return ready_; }
  void block() override { EXPECT_EQ(pages_[kPage * next_.fetch_add(1)], 0); }
  void release() override {
    uffdio_zeropage fill{range(), 0, 0};
    EXPECT_EQ(ioctl(fd_, UFFDIO_ZEROPAGE, &fill), 0);
  }

 private:
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kBytes = 64 * kPage;
  uffdio_range range() const { return {reinterpret_cast<__u64>(pages_), kBytes}; }

  int fd_ = -1;
  volatile char* pages_ = nullptr;
  bool ready_ = false;
  std::atomic<std::size_t> next_{0};
};

struct way_to_block {
  const char* name;
  std::unique_ptr<blocker> (*make)();
};

template <class Blocker>
std::unique_ptr<blocker> make_blocker() {
  return std::make_unique<Blocker>();
}

inline constexpr way_to_block kWaysToBlock[] = {
    {"nanosleep", &make_blocker<nanosleep_blocker>},
    {"read", &make_blocker<pipe_blocker>},
    {"poll", &make_blocker<poll_blocker>},
    {"pthread_mutex", &make_blocker<mutex_blocker>},
    {"condition_variable", &make_blocker<condition_blocker>},
    {"atomic_wait", &make_blocker<atomic_blocker>},
    {"page_fault", &make_blocker<page_fault_blocker>},
};

}  // namespace cmwq::test
