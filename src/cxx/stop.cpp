// Which stop token belongs to what this thread executes.
#include "cmwq/cxx/stop.hpp"

namespace cmwq {
namespace {

struct holder {
  const std::stop_token* token;
  const work_struct* item;  // an item that runs in place on top of another does not see that one's token
};
thread_local holder now;

}  // namespace

std::stop_token current_stop_token() noexcept {
  return now.token && now.item == current_work() ? *now.token : std::stop_token{};
}

detail::token_scope::token_scope(const std::stop_token* token) noexcept
    : outer_token_(now.token), outer_item_(now.item) {
  now = {token, current_work()};
}

detail::token_scope::~token_scope() { now = {outer_token_, outer_item_}; }

}  // namespace cmwq
