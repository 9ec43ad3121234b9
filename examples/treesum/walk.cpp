#include "walk.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "engine.h"
#include "job.h"
#include "open_dir.h"
#include "stop.h"

namespace treesum {
namespace {

struct failure {
  std::string path;
  int error;
};

std::string join(const std::string& folder, const char* name) {
  return !folder.empty() && folder.back() == '/' ? folder + name : folder + '/' + name;
}

bool is_dots(const char* name) { return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0; }

class folder_job : public job {
 public:
  folder_job(engine& runs_on, walk_client& client, std::string path, bool named)
      : engine_(runs_on), client_(client), path_(std::move(path)), named_(named) {}

  void execute() override {
    if (stop_signal() == 0) named_ ? look() : list();
    engine_.report(*this);
  }

  void report() override {
    for (const failure& f : failures_) client_.cannot_read(f.path, f.error);
    client_.folder_done();
    delete this;
  }

 private:
  // What was named on the command line: of any kind.
  void look() {
    struct stat st {};
    if (stat(path_.c_str(), &st) != 0) {
      fails(path_, errno);
    } else if (S_ISDIR(st.st_mode)) {
      list();
    } else {
      client_.file_found(path_, links::follow, static_cast<std::uint64_t>(st.st_size));
    }
  }

  void list() {
    const open_dir dir(opendir(path_.c_str()));
    if (dir == nullptr) return fails(path_, errno);
    for (errno = 0; const dirent* entry = readdir(dir.get()); errno = 0) {
      if (!is_dots(entry->d_name)) visit(dirfd(dir.get()), entry->d_name);
    }
    if (errno != 0) fails(path_, errno);
  }

  // One stat for each entry: it gives the size for the progress bar, and works where d_type does not.
  void visit(int folder, const char* name) {
    struct stat st {};
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
      fails(join(path_, name), errno);
    } else if (S_ISDIR(st.st_mode)) {
      client_.folder_found();
      engine_.submit(*new folder_job(engine_, client_, join(path_, name), false));
    } else if (S_ISREG(st.st_mode)) {
      client_.file_found(join(path_, name), links::refuse, static_cast<std::uint64_t>(st.st_size));
    }
  }

  void fails(std::string path, int error) { failures_.push_back({std::move(path), error}); }

  engine& engine_;
  walk_client& client_;
  const std::string path_;
  const bool named_;
  std::vector<failure> failures_;
};

}  // namespace

void submit_walk(engine& runs_on, walk_client& client, std::string path) {
  client.folder_found();
  runs_on.submit(*new folder_job(runs_on, client, std::move(path), true));
}

}  // namespace treesum
