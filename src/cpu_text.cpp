// CPU sets as text: lists ("0-3,8") and the kernel's hexadecimal masks ("ff,00000001").
#include "cmwq/detail/base/cpu_text.h"

#include <cstdio>
#include <cstdlib>

namespace cmwq::detail {

bool parse_cpulist(const char* text, cpumask& mask) {
  cpumask parsed;
  const char* at = text;
  const auto number = [&at](long& value) {
    if (*at < '0' || *at > '9') return false;
    char* end;
    value = std::strtol(at, &end, 10);
    at = end;
    return value < kMaxCpus;
  };
  for (;;) {
    long first, last;
    if (!number(first)) return false;
    last = first;
    if (*at == '-' && (++at, !number(last))) return false;
    if (last < first) return false;
    for (long cpu = first; cpu <= last; ++cpu) parsed.set(static_cast<int>(cpu));
    if (*at == '\0') break;
    if (*at++ != ',') return false;
  }
  mask = parsed;
  return true;
}

namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr int kGroupBits = 32;  // of the kernel's format

}  // namespace

bool parse_cpumask(const char* text, cpumask& mask) {
  cpumask parsed;
  int base = 0;    // CPU of the lowest bit of the group being read
  int digits = 0;  // of that group
  const char* end = text;
  while (*end) ++end;
  if (end == text) return false;
  for (const char* at = end; at-- != text;) {  // from the lowest digit up
    if (*at == ',') {
      if (digits == 0 || at == text) return false;
      base += kGroupBits;
      digits = 0;
      continue;
    }
    const int digit = hex_digit(*at);
    if (digit < 0 || digits == kGroupBits / 4) return false;
    for (int bit = 0; bit < 4; ++bit) {
      if (!(digit >> bit & 1)) continue;
      const int cpu = base + digits * 4 + bit;
      if (cpu >= kMaxCpus) return false;
      parsed.set(cpu);
    }
    ++digits;
  }
  if (digits == 0) return false;
  mask = parsed;
  return true;
}

std::string cpulist_text(const cpumask& mask) {
  std::string text;
  for (int cpu = mask.first(); cpu >= 0;) {
    int last = cpu;
    while (mask.test(last + 1)) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(cpu);
    if (last > cpu) text += '-' + std::to_string(last);
    cpu = mask.next(last + 1);
  }
  return text;
}

std::string cpumask_text(const cpumask& mask, int nr_cpus) {
  std::string text;
  for (int group = (nr_cpus - 1) / kGroupBits; group >= 0; --group) {
    const std::uint64_t word = mask.word(static_cast<std::size_t>(group) / 2);
    const auto bits = static_cast<unsigned>(group % 2 ? word >> kGroupBits : word);
    char digits[16];
    // The highest group is as wide as the CPUs it has, all others are complete.
    const int width = text.empty() ? (nr_cpus - group * kGroupBits + 3) / 4 : kGroupBits / 4;
    std::snprintf(digits, sizeof digits, "%0*x", width, bits);
    if (!text.empty()) text += ',';
    text += digits;
  }
  return text;
}

}  // namespace cmwq::detail
