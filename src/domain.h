// A domain with its hook and its threads, as the doors see it.
#pragma once

#include "cmwq/detail/pool/concurrency.h"
#include "cmwq/workqueue.h"
#include "cpus/follow.h"
#include "eyes/stalls.h"
#include "sched/hooks.h"

namespace cmwq {

struct wq_domain {
  detail::std_domain core;
  detail::hook_receiver<detail::std_policy> events{core};
  std::unique_ptr<detail::own_hook> own_hook;  // I: unless the caller brought one
  detail::cpu_follower follower;
  detail::stall_settings stalls;
  bool threads_started = false;                // I

  wq_domain() = default;
  wq_domain(const wq_domain&) = delete;
  wq_domain& operator=(const wq_domain&) = delete;
  ~wq_domain();

  /* Return: false after a message. */
  bool start(const domain_options& options);
  void go_online() noexcept;

 private:
  bool read_machine(const domain_options& options);
  void set_cpus(const domain_options& options);
  void follow_cpus(const domain_options& options);
  bool choose_hook(const domain_options& options);
  void set_params(const domain_options& options);
  void set_up_watch(const domain_options& options);
  bool start_threads();
  void release_bound_pools() noexcept;
};

}  // namespace cmwq
