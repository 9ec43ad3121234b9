#include "results.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace treesum {
namespace {

std::string hex(const digest& sum) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned byte : sum) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

// What stands behind the backslash if @c is escaped in names; otherwise 0.
char escape_letter(char c) {
  switch (c) {
    case '\\':
      return '\\';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    default:
      return 0;
  }
}

// A backslash before the sum tells sha256sum -c that the name is escaped.
std::string line_of(const file_sum& file) {
  const std::string name = escaped(file.path);
  std::string line = name == file.path ? "" : "\\";
  line += hex(file.sum);
  line += "  ";
  line += name;
  line += '\n';
  return line;
}

}  // namespace

std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    const char letter = escape_letter(c);
    if (letter != 0) text += '\\';
    text += letter != 0 ? letter : c;
  }
  return text;
}

int print_sorted(std::vector<file_sum>& sums) {
  std::sort(sums.begin(), sums.end(), [](const file_sum& a, const file_sum& b) { return a.path < b.path; });
  for (const file_sum& file : sums) {
    const std::string line = line_of(file);
    if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) return errno;
  }
  return std::fflush(stdout) == 0 ? 0 : errno;
}

}  // namespace treesum
