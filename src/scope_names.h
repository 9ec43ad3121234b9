// The names of affinity scopes, as attributes and options spell them.
#pragma once

#include "cmwq/detail/core/constants.h"

namespace cmwq {

/* "default", "cpu", "smt", "cache", "cache_shard", "numa" or "system". */
const char* scope_name(wq_affn_scope scope) noexcept;

/* Return: WQ_AFFN_NR_TYPES if @name is none of these. */
wq_affn_scope scope_named(const char* name) noexcept;

}  // namespace cmwq
