// Messages: formatted here, sent to the sink or to standard error.
#include <dlfcn.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <cxxabi.h>

#include "cmwq/detail/os/log.h"
#include "cmwq/detail/os/mutex.h"
#include "cmwq/inspect.h"

namespace cmwq {
namespace detail {
namespace {

struct sink_slot {
  mutex<std_policy, lock_rank::jobs_lock> lock;
  log_sink sink = nullptr;
  void* context = nullptr;
};
constinit sink_slot current;

void send(log_level level, const char* text) noexcept {
  std_policy::excuse_block();
  log_sink sink;
  void* context;
  {
    lock_guard guard(current.lock);
    sink = current.sink;
    context = current.context;
  }
  if (sink) return sink(level, text, context);
  // One write, so that lines of several threads do not mix.
  char newline[] = "\n";
  const iovec parts[] = {{const_cast<char*>(text), std::strlen(text)}, {newline, 1}};
  (void)!writev(STDERR_FILENO, parts, 2);
}

void format_and_send(log_level level, const char* fmt, va_list args) noexcept {
  char text[1024];
  std::vsnprintf(text, sizeof text, fmt, args);
  send(level, text);
}

}  // namespace

void log_info(const char* fmt, ...) noexcept {
  va_list args;
  va_start(args, fmt);
  format_and_send(log_level::info, fmt, args);
  va_end(args);
}

void log_warning(const char* fmt, ...) noexcept {
  va_list args;
  va_start(args, fmt);
  format_and_send(log_level::warning, fmt, args);
  va_end(args);
}

void log_error(const char* fmt, ...) noexcept {
  va_list args;
  va_start(args, fmt);
  format_and_send(log_level::error, fmt, args);
  va_end(args);
}

void log_info_lines(const char* text) noexcept {
  while (*text) {
    const std::size_t length = std::strcspn(text, "\n");
    send(log_level::info, std::string(text, length).c_str());
    text += length + (text[length] == '\n');
  }
}

function_name::function_name(const void* address) noexcept {
  Dl_info info{};
  if (!dladdr(address, &info) || !info.dli_sname) {
    std::snprintf(text_, sizeof text_, "%p", address);
    return;
  }
  const std::unique_ptr<char, void (*)(void*)> plain(abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, nullptr),
                                                     std::free);
  const auto offset = static_cast<const char*>(address) - static_cast<const char*>(info.dli_saddr);
  const char* name = plain ? plain.get() : info.dli_sname;
  if (offset)
    std::snprintf(text_, sizeof text_, "%s+0x%tx", name, offset);
  else
    std::snprintf(text_, sizeof text_, "%s", name);
}

}  // namespace detail

void set_log_sink(log_sink sink, void* context) noexcept {
  detail::lock_guard guard(detail::current.lock);
  detail::current.sink = sink;
  detail::current.context = context;
}

}  // namespace cmwq
