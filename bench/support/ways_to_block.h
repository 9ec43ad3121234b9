// The ways a thread blocks without telling anybody.
//
// block() is called by the item under test: it takes the time stamp as the last thing before the call that
// blocks.  prepare() and release() are called by the main thread, before the item is queued and after the
// next item was seen to run.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "cmwq/cxx/blocking_section.hpp"
#include "support/clock.h"

namespace bench {

class way_to_block {
 public:
  virtual ~way_to_block() = default;
  virtual const char* name() const = 0;
  virtual bool available() const { return true; }
  virtual void prepare() {}
  virtual std::uint64_t block() = 0;  // Return: when it was about to block
  virtual void release() {}
};

class block_in_nanosleep : public way_to_block {
 public:
  const char* name() const override { return "nanosleep"; }
  std::uint64_t block() override {
    const std::uint64_t stamp = now_ns();
    nap_us(1000);
    return stamp;
  }
};

// The declared rung, for comparison.
class block_announced : public way_to_block {
 public:
  const char* name() const override { return "nanosleep, announced"; }
  std::uint64_t block() override {
    const std::uint64_t stamp = now_ns();
    cmwq::blocking_section section;
    nap_us(1000);
    return stamp;
  }
};

class pipe_way : public way_to_block {
 public:
  pipe_way() : open_(pipe(ends_) == 0) {}
  ~pipe_way() override {
    if (!open_) return;
    close(ends_[0]);
    close(ends_[1]);
  }
  bool available() const override { return open_; }
  void release() override {
    const char byte = 0;
    if (write(ends_[1], &byte, 1) != 1) std::perror("pipe write");
  }

 protected:
  void take_byte() {
    char byte;
    if (read(ends_[0], &byte, 1) != 1) std::perror("pipe read");
  }
  int ends_[2] = {-1, -1};

 private:
  bool open_;
};

class block_in_read : public pipe_way {
 public:
  const char* name() const override { return "pipe read"; }
  std::uint64_t block() override {
    const std::uint64_t stamp = now_ns();
    take_byte();
    return stamp;
  }
};

class block_in_poll : public pipe_way {
 public:
  const char* name() const override { return "poll"; }
  std::uint64_t block() override {
    pollfd fd{ends_[0], POLLIN, 0};
    const std::uint64_t stamp = now_ns();
    poll(&fd, 1, -1);
    take_byte();
    return stamp;
  }
};

class block_in_mutex : public way_to_block {
 public:
  const char* name() const override { return "pthread mutex"; }
  void prepare() override { pthread_mutex_lock(&mutex_); }
  std::uint64_t block() override {
    const std::uint64_t stamp = now_ns();
    pthread_mutex_lock(&mutex_);
    pthread_mutex_unlock(&mutex_);
    return stamp;
  }
  void release() override { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

class block_in_condvar : public way_to_block {
 public:
  const char* name() const override { return "pthread condvar"; }
  void prepare() override { released_ = false; }
  std::uint64_t block() override {
    pthread_mutex_lock(&mutex_);
    const std::uint64_t stamp = now_ns();
    while (!released_) pthread_cond_wait(&condition_, &mutex_);
    pthread_mutex_unlock(&mutex_);
    return stamp;
  }
  void release() override {
    pthread_mutex_lock(&mutex_);
    released_ = true;
    pthread_mutex_unlock(&mutex_);
    pthread_cond_signal(&condition_);
  }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
  bool released_ = false;  // L: mutex_
};

class block_in_atomic_wait : public way_to_block {
 public:
  const char* name() const override { return "std::atomic::wait"; }
  void prepare() override { word_.store(0); }
  std::uint64_t block() override {
    const std::uint64_t stamp = now_ns();
    word_.wait(0);
    return stamp;
  }
  void release() override {
    word_.store(1);
    word_.notify_one();
  }

 private:
  std::atomic<int> word_{0};
};

// Touches one page of a mapped file after another; all of them are evicted whenever they are used up.
class block_in_page_fault : public way_to_block {
 public:
  block_in_page_fault() : fd_(open(".", O_TMPFILE | O_RDWR, 0600)) {
    std::vector<char> chunk(1 << 20, 'x');
    bool ok = fd_ >= 0;
    for (std::size_t at = 0; ok && at < kBytes; at += chunk.size()) {
      ok = write(fd_, chunk.data(), chunk.size()) == static_cast<ssize_t>(chunk.size());
    }
    if (ok) evict();
  }
  ~block_in_page_fault() override {
    unmap();
    if (fd_ >= 0) close(fd_);
  }
  const char* name() const override { return "major page fault"; }

  /* False on a file system without pages to evict, such as tmpfs. */
  bool available() const override {
    unsigned char resident = 1;
    return map_ && mincore(map_, 1, &resident) == 0 && !(resident & 1);
  }
  void prepare() override {
    next_ += kStride;
    if (next_ >= kBytes) evict();
  }
  std::uint64_t block() override {
    const long before = major_faults();
    const std::uint64_t stamp = now_ns();
    static_cast<void>(*static_cast<volatile char*>(map_ + next_));
    real_ += major_faults() - before;
    return stamp;
  }
  long real_faults() const { return real_; }

 private:
  static constexpr std::size_t kBytes = 64u << 20, kStride = 32u << 10;

  static long major_faults() {
    rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_majflt;
  }
  void unmap() {
    if (map_) munmap(map_, kBytes);
    map_ = nullptr;
  }
  void evict() {
    unmap();
    fdatasync(fd_);
    posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED);
    void* at = mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, fd_, 0);
    if (at == MAP_FAILED) return;
    map_ = static_cast<char*>(at);
    madvise(map_, kBytes, MADV_RANDOM);
    next_ = kStride;
  }

  int fd_;
  char* map_ = nullptr;
  std::size_t next_ = 0;
  long real_ = 0;  // written by the item, read when it has ended
};

inline std::vector<std::unique_ptr<way_to_block>> make_ways_to_block() {
  std::vector<std::unique_ptr<way_to_block>> ways;
  ways.push_back(std::make_unique<block_in_nanosleep>());
  ways.push_back(std::make_unique<block_in_read>());
  ways.push_back(std::make_unique<block_in_poll>());
  ways.push_back(std::make_unique<block_in_mutex>());
  ways.push_back(std::make_unique<block_in_condvar>());
  ways.push_back(std::make_unique<block_in_atomic_wait>());
  ways.push_back(std::make_unique<block_in_page_fault>());
  ways.push_back(std::make_unique<block_announced>());
  return ways;
}

}  // namespace bench
