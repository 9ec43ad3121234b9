#include "eyes/thread_proc.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace cmwq::detail {
namespace {

// The beginning of /proc/self/task/@tid/@file; empty if it cannot be read.
std::string proc_file(int tid, const char* file) {
  char path[64], text[512];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/%s", tid, file);
  const int saved = errno;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t length = fd >= 0 ? read(fd, text, sizeof text) : -1;
  if (fd >= 0) close(fd);
  errno = saved;
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

std::string proc_text_of_thread(int tid) {
  const std::string stat = proc_file(tid, "stat");
  const std::size_t name_end = stat.rfind(')');  // the name may contain anything
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) return "gone";
  std::string text = std::string("state=") + stat[name_end + 2];
  const std::string call = proc_file(tid, "syscall");  // "running", or the number first
  if (!call.empty()) text += " syscall=" + call.substr(0, call.find_first_of(" \n"));
  const std::string where = proc_file(tid, "wchan");
  if (!where.empty() && where != "0") text += " wchan=" + where.substr(0, where.find('\n'));
  return text;
}

}  // namespace cmwq::detail
