// A set of CPU numbers, 0 .. kMaxCpus-1.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>

namespace cmwq::detail {

inline constexpr int kMaxCpus = 1024;

class cpumask {
 public:
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
  constexpr bool contains(const cpumask& other) const noexcept { return (*this & other) == other; }

  std::uint64_t hash() const noexcept {
    std::uint64_t h = 0x9e3779b97f4a7c15ULL;
    for (std::uint64_t word : words_) h = (h ^ word) * 0xff51afd7ed558ccdULL + (h >> 29);
    return h;
  }

  // "0-3,8"
  std::string list() const {
    std::string text;
    for (int cpu = first(); cpu >= 0;) {
      int last = cpu;
      while (test(last + 1)) ++last;
      if (!text.empty()) text += ',';
      text += std::to_string(cpu);
      if (last > cpu) text += '-' + std::to_string(last);
      cpu = next(last + 1);
    }
    return text;
  }

 private:
  static constexpr std::size_t index(int cpu) noexcept { return static_cast<std::size_t>(cpu) / 64; }
  static constexpr std::uint64_t bit(int cpu) noexcept { return 1ULL << (cpu % 64); }

  std::array<std::uint64_t, kMaxCpus / 64> words_{};
};

/* Parses a CPU list as taskset and the kernel write it ("0-3,8,10-11").
 * Return: false, and @mask unchanged, if @text is not one. */
bool parse_cpulist(const char* text, cpumask& mask);

}  // namespace cmwq::detail
