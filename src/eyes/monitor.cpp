// What each queue has done so far, as a table or as JSON.  Kernel: tools/workqueue/wq_monitor.py.
#include <fmt/format.h>

#include "domain.h"

#include "cmwq/inspect.h"

namespace cmwq {
namespace {

// "-" where a number cannot be anything but 0.
std::string applicable(bool applies, std::uint64_t n) { return applies ? fmt::format("{}", n) : "-"; }

std::string table_line(const wq_snapshot& wq) {
  const wq_stats& s = wq.stats;
  const bool unbound = wq.flags & WQ_UNBOUND, rescuer = wq.flags & WQ_MEM_RECLAIM;
  return fmt::format("{:<24} {:>9} {:>5} {:>8.1f} {:>7} {:>7} {:>7} {:>7} {:>7}\n", wq.name, s.started,
                     s.started - s.completed, static_cast<double>(s.cpu_time_us) / 1e6, s.cpu_intensive, s.cm_wakeup,
                     applicable(unbound, s.repatriated), applicable(rescuer, s.mayday), applicable(rescuer, s.rescued));
}

std::string json_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string json_object(const wq_snapshot& wq) {
  const wq_stats& s = wq.stats;
  return fmt::format(
      "{{\"name\": {}, \"flags\": {}, \"max_active\": {}, \"started\": {}, \"completed\": {}, \"infl\": {}, "
      "\"active\": {}, \"inactive\": {}, \"armed\": {}, \"cpu_time_us\": {}, \"cpu_intensive\": {}, \"cm_wakeup\": {}, "
      "\"repatriated\": {}, \"mayday\": {}, \"rescued\": {}}}",
      json_string(wq.name), wq.flags, wq.max_active, s.started, s.completed, s.started - s.completed, wq.nr_active,
      wq.nr_inactive, wq.nr_armed, s.cpu_time_us, s.cpu_intensive, s.cm_wakeup, s.repatriated, s.mayday, s.rescued);
}

}  // namespace

std::string wq_monitor(wq_domain* domain) {
  std::string text = fmt::format("{:<24} {:>9} {:>5} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7}\n", "", "total", "infl",
                                 "CPUtime", "CPUhog", "CMW", "RPR", "mayday", "rescued");
  for (const wq_snapshot& wq : snapshot_workqueues(domain)) text += table_line(wq);
  return text;
}

std::string wq_monitor_json(wq_domain* domain) {
  std::string text;
  for (const wq_snapshot& wq : snapshot_workqueues(domain))
    text += (text.empty() ? "\n  " : ",\n  ") + json_object(wq);
  return fmt::format("{{\"time_ns\": {}, \"domain\": {}, \"workqueues\": [{}\n]}}\n", detail::std_policy::now(),
                     json_string(domain->core.name), text);
}

}  // namespace cmwq
