// An open folder that closes itself.
#pragma once

#include <dirent.h>

#include <memory>

namespace treesum {

struct dir_closer {
  void operator()(DIR* dir) const { closedir(dir); }
};
using open_dir = std::unique_ptr<DIR, dir_closer>;

}  // namespace treesum
