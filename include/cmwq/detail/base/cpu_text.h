// CPU sets as text.
#pragma once

#include <string>

#include "cmwq/detail/base/cpumask.h"

namespace cmwq::detail {

/* Parses a CPU list as taskset and the kernel write it ("0-3,8,10-11").
 * Return: false, and @mask unchanged, if @text is not one. */
bool parse_cpulist(const char* text, cpumask& mask);

/* Parses a hexadecimal mask as the kernel writes it ("3", "ffffffff,00000001": groups of 32 CPUs, highest first).
 * Return: false, and @mask unchanged, if @text is not one or names a CPU beyond kMaxCpus. */
bool parse_cpumask(const char* text, cpumask& mask);

/* "0-3,8" */
std::string cpulist_text(const cpumask& mask);

/* @mask as parse_cpumask() reads it; @nr_cpus: how many CPUs to write. */
std::string cpumask_text(const cpumask& mask, int nr_cpus);

}  // namespace cmwq::detail
