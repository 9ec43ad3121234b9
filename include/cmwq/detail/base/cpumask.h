// A set of CPU numbers, 0 .. kMaxCpus-1.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace cmwq::detail {

inline constexpr int kMaxCpus = 1024;

class cpumask {
 public:
  // Every number there can be.
  static constexpr cpumask all() noexcept {
    cpumask mask;
    for (std::uint64_t& word : mask.words_) word = ~0ULL;
    return mask;
  }

  constexpr void set(int cpu) noexcept { words_[index(cpu)] |= bit(cpu); }
  constexpr void clear(int cpu) noexcept { words_[index(cpu)] &= ~bit(cpu); }
  constexpr bool test(int cpu) const noexcept {
    return cpu >= 0 && cpu < kMaxCpus && (words_[index(cpu)] & bit(cpu));
  }

  constexpr int count() const noexcept {
    int n = 0;
    for (std::uint64_t word : words_) n += std::popcount(word);
    return n;
  }
  constexpr bool empty() const noexcept { return *this == cpumask{}; }

  // The first member >= @from, or -1.
  constexpr int next(int from) const noexcept {
    for (int cpu = from < 0 ? 0 : from; cpu < kMaxCpus; cpu = (cpu / 64 + 1) * 64) {
      const std::uint64_t rest = words_[index(cpu)] >> (cpu % 64);
      if (rest) return cpu + std::countr_zero(rest);
    }
    return -1;
  }
  constexpr int first() const noexcept { return next(0); }

  // The member after @cpu, round and round; -1 if the set is empty.
  constexpr int next_wrapped(int cpu) const noexcept {
    const int after = next(cpu + 1);
    return after >= 0 ? after : first();
  }

  constexpr bool operator==(const cpumask&) const noexcept = default;
  constexpr cpumask operator&(const cpumask& other) const noexcept {
    cpumask both;
    for (std::size_t i = 0; i < words_.size(); ++i) both.words_[i] = words_[i] & other.words_[i];
    return both;
  }
  constexpr cpumask operator|(const cpumask& other) const noexcept {
    cpumask either;
    for (std::size_t i = 0; i < words_.size(); ++i) either.words_[i] = words_[i] | other.words_[i];
    return either;
  }
  constexpr cpumask without(const cpumask& other) const noexcept {
    cpumask rest;
    for (std::size_t i = 0; i < words_.size(); ++i) rest.words_[i] = words_[i] & ~other.words_[i];
    return rest;
  }
  constexpr bool intersects(const cpumask& other) const noexcept { return !(*this & other).empty(); }
  constexpr bool contains(const cpumask& other) const noexcept { return (*this & other) == other; }

  // The set as words of 64 CPUs, lowest first.
  static constexpr std::size_t kWords = kMaxCpus / 64;
  constexpr std::uint64_t word(std::size_t i) const noexcept { return words_[i]; }
  constexpr void set_word(std::size_t i, std::uint64_t value) noexcept { words_[i] = value; }

  std::uint64_t hash() const noexcept {
    std::uint64_t h = 0x9e3779b97f4a7c15ULL;
    for (std::uint64_t word : words_) h = (h ^ word) * 0xff51afd7ed558ccdULL + (h >> 29);
    return h;
  }

 private:
  static constexpr std::size_t index(int cpu) noexcept { return static_cast<std::size_t>(cpu) / 64; }
  static constexpr std::uint64_t bit(int cpu) noexcept { return 1ULL << (cpu % 64); }

  std::array<std::uint64_t, kMaxCpus / 64> words_{};
};

}  // namespace cmwq::detail
