// Drops the pages of files from memory, so that reading them blocks.
#pragma once

#include <string>
#include <vector>

namespace treesum {

// All files a walk of @paths finds.  Pages that are mapped or locked somewhere stay; what cannot be opened
// is left for the walk that follows to report.
void evict_pages(const std::vector<std::string>& paths);

}  // namespace treesum
