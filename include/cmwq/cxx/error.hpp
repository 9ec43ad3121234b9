// What the C++ layer throws on its own account.
#pragma once

#include <exception>

#include "cmwq/detail/base/config.h"

namespace cmwq {

// A request that cannot be met: a queue that cannot be created, one that refuses an item, a wait for oneself.
class CMWQ_API error : public std::exception {
 public:
  // @text lives as long as the program.
  explicit error(const char* text) noexcept : text_(text) {}
  const char* what() const noexcept override { return text_; }

 private:
  const char* text_;
};

// The result of an item that was taken back before it started, or of a wait that was stopped.
class CMWQ_API canceled : public std::exception {
 public:
  const char* what() const noexcept override { return "cmwq: canceled before it started"; }
};

}  // namespace cmwq
