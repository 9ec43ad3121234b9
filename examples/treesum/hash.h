// SHA-256 of one file, read with plain blocking read().
#pragma once

#include <array>
#include <string>

namespace treesum {

class progress;

using digest = std::array<unsigned char, 32>;

enum class links { follow, refuse };

// Tells @shown about every piece read.  The buffer belongs to the calling thread and is used again.
// Return: 0, or the errno of what failed.
int hash_file(const std::string& path, links follow, progress& shown, digest& result);

}  // namespace treesum
