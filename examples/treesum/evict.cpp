#include "evict.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine.h"
#include "walk.h"

namespace treesum {
namespace {

bool is_regular(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

// Dirty pages cannot be dropped: they are written first.
void evict_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

class evicting : public walk_client {
 public:
  void file_found(std::string path, links follow, std::uint64_t) override {
    if (follow == links::refuse || is_regular(path)) evict_file(path);  // not a pipe that was named
  }
  void folder_found() override {}
  void folder_done() override {}
  void cannot_read(const std::string&, int) override {}
};

}  // namespace

void evict_pages(const std::vector<std::string>& paths) {
  evicting client;
  const auto one_by_one = make_serial_engine();
  for (const std::string& path : paths) submit_walk(*one_by_one, client, path);
  one_by_one->finish();
}

}  // namespace treesum
