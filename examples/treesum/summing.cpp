#include "summing.h"

#include <cstring>

#include "engine.h"
#include "job.h"
#include "stop.h"

namespace treesum {

class summing::file_job : public job {
 public:
  file_job(summing& owner, std::string path, links follow)
      : owner_(owner), file_{std::move(path), {}}, follow_(follow) {}

  void execute() override {
    skipped_ = stop_signal() != 0;
    if (!skipped_) error_ = hash_file(file_.path, follow_, owner_.progress_, file_.sum);
    owner_.engine_.report(*this);
  }

  void report() override {
    owner_.progress_.file_done();
    if (skipped_) {
      ++owner_.skipped_;
    } else if (error_ != 0) {
      owner_.cannot_read(file_.path, error_);
    } else {
      owner_.sums_.push_back(std::move(file_));
    }
    delete this;
  }

 private:
  summing& owner_;
  file_sum file_;
  const links follow_;
  bool skipped_ = false;
  int error_ = 0;
};

void summing::file_found(std::string path, links follow, std::uint64_t size) {
  progress_.file_found(size);
  engine_.submit(*new file_job(*this, std::move(path), follow));
}

void summing::cannot_read(const std::string& path, int error) {
  ++errors_;
  progress_.message(escaped(path) + ": " + std::strerror(error));
}

}  // namespace treesum
