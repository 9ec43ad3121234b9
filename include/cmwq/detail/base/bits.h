// A named range of bits in a word: pack, unpack, and a static check that the ranges fit.
#pragma once

#include <cstdint>

namespace cmwq::detail {

template <unsigned Shift, unsigned Width>
struct bit_field {
  static_assert(Width > 0 && Shift + Width <= 64);
  static constexpr unsigned shift = Shift;
  static constexpr std::uint64_t max = Width == 64 ? ~0ULL : (1ULL << Width) - 1;
  static constexpr std::uint64_t mask = max << Shift;

  static constexpr std::uint64_t pack(std::uint64_t value) noexcept { return (value & max) << Shift; }
  static constexpr std::uint64_t unpack(std::uint64_t word) noexcept { return (word >> Shift) & max; }
};

}  // namespace cmwq::detail
