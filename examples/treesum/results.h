// The lines of sha256sum, sorted by path, and the names in messages.
#pragma once

#include <string>
#include <vector>

#include "hash.h"

namespace treesum {

struct file_sum {
  std::string path;
  digest sum;
};

// As sha256sum writes names: backslash, newline and carriage return escaped.
std::string escaped(const std::string& path);

// Writes the lines to stdout in the order of LC_ALL=C sort over the paths: the order of a depth-first walk
// in which a folder counts as its name with '/' behind it.  Only whole lines are written.
// Return: 0, or the errno of what failed.
int print_sorted(std::vector<file_sum>& sums);

}  // namespace treesum
