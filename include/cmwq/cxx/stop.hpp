// Cancellation by std::stop_token.
#pragma once

#include <stop_token>

#include "cmwq/workqueue.h"

namespace cmwq {

/* The token of the item that the calling thread executes: what it was submitted with, or that of its work<F>,
 * periodic<F> or task_group.  A token that never stops if it has none, or outside of items. */
CMWQ_API std::stop_token current_stop_token() noexcept;

namespace detail {

// While it lives, @token is what current_stop_token() returns on this thread for the current item.  nullptr: none.
class CMWQ_API token_scope {
 public:
  explicit token_scope(const std::stop_token* token) noexcept;
  ~token_scope();
  token_scope(const token_scope&) = delete;
  token_scope& operator=(const token_scope&) = delete;

 private:
  const std::stop_token* outer_token_;
  const work_struct* outer_item_;
};

}  // namespace detail
}  // namespace cmwq
