// Finds the regular files below what was named on the command line; every folder is a job of its own.
#pragma once

#include <cstdint>
#include <string>

#include "hash.h"

namespace treesum {

class engine;

// Who wants the files.
class walk_client {
 public:
  virtual ~walk_client() = default;

  // From execute() of a job: any thread, several at once.
  virtual void folder_found() = 0;
  virtual void file_found(std::string path, links follow, std::uint64_t size) = 0;

  // From report() of a job: one at a time.
  virtual void cannot_read(const std::string& path, int error) = 0;
  virtual void folder_done() = 0;
};

// Walks @path.  A symbolic link is followed here, as it was named, and nowhere below (find -H); what is
// named and is not a folder counts as a file, whatever its kind, as sha256sum sees it.
void submit_walk(engine& runs_on, walk_client& client, std::string path);

}  // namespace treesum
