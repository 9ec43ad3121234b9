// Messages.  Never call with a lock held: a sink may queue work.
#pragma once

#include <cstdarg>

#include "cmwq/detail/base/config.h"

namespace cmwq::detail {

void log_info(const char* fmt, ...) noexcept CMWQ_PRINTF(1, 2);
void log_warning(const char* fmt, ...) noexcept CMWQ_PRINTF(1, 2);
void log_error(const char* fmt, ...) noexcept CMWQ_PRINTF(1, 2);

// Each line of @text is a message of its own, however long.
void log_info_lines(const char* text) noexcept;

// "name" or "name+0x10" if the program exports the symbol, else the address; for messages.
struct function_name {
  explicit function_name(const void* address) noexcept;
  const char* c_str() const noexcept { return text_; }

 private:
  char text_[160];
};

template <class R, class... A>
function_name name_of(R (*function)(A...)) noexcept {
  return function_name(reinterpret_cast<const void*>(function));
}

}  // namespace cmwq::detail
