// Affinity scopes: how far the CPUs of one unbound pool reach.
#pragma once

namespace cmwq::detail {

// In the order of the public wq_affn_scope, without its DFL.
enum class scope : int { cpu, smt, cache, cache_shard, numa, system, count };

}  // namespace cmwq::detail
