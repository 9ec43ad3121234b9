// Calling a function on a CPU, on every CPU, or where it may block.
#include "cmwq/detail/api/run_on_cpu.h"

#include <cerrno>

#include "domain.h"

namespace cmwq {

using namespace detail;

namespace {

using P = std_policy;

struct call_on_cpu {
  work_struct work;
  long (*fn)(void*);
  void* arg;
  long result = 0;
};

void run_call(work_struct* work) {
  auto& call = *from_work<&call_on_cpu::work>(work);
  call.result = call.fn(call.arg);
}

}  // namespace

long work_on_cpu(int cpu, long (*fn)(void*), void* arg) noexcept {
  if (!fn) {
    log_warning("workqueue: work_on_cpu() without a function");
    return -EINVAL;
  }
  call_on_cpu call{work_struct(run_call), fn, arg};
  schedule_work_on(cpu, &call.work);
  flush_work(&call.work);
  return call.result;
}

long work_on_cpu_safe(int cpu, long (*fn)(void*), void* arg) noexcept {
  if (cpu < 0 || cpu >= domain_cpus(default_domain())) return -ENODEV;
  return work_on_cpu(cpu, fn, arg);
}

int schedule_on_each_cpu(work_func_t func) noexcept {
  if (!func) {
    log_warning("workqueue: schedule_on_each_cpu() without a function");
    return -EINVAL;
  }
  const int nr_cpus = domain_cpus(default_domain());
  auto* const works = static_cast<work_struct*>(
      P::allocate(sizeof(work_struct) * static_cast<std::size_t>(nr_cpus), alignof(work_struct)));
  if (!works) return -ENOMEM;
  for (int cpu = 0; cpu < nr_cpus; ++cpu) schedule_work_on(cpu, new (works + cpu) work_struct(func));
  for (int cpu = 0; cpu < nr_cpus; ++cpu) flush_work(works + cpu);
  P::release(works);
  return 0;
}

int execute_in_process_context(work_func_t func, execute_work* ew) noexcept {
  if (!P::blocking_forbidden()) {
    func(&ew->work);
    return 0;
  }
  INIT_WORK(&ew->work, func);
  schedule_work(&ew->work);
  return 1;
}

}  // namespace cmwq
