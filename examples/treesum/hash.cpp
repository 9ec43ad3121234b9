#include "hash.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "progress.h"

namespace treesum {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

void require(bool ok) {
  if (ok) return;
  std::fputs("treesum: libcrypto cannot do SHA-256\n", stderr);
  std::_Exit(EXIT_FAILURE);
}

// Threads that have hashed may still be ending while the process exits: libcrypto must not tear itself
// down under them.
const EVP_MD* fetch_sha256() {
  require(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1);
  return EVP_MD_fetch(nullptr, "SHA256", nullptr);
}

// Looking an algorithm up takes longer than hashing a small file: once is enough.
const EVP_MD* sha256() {
  static const EVP_MD* const md = fetch_sha256();
  require(md != nullptr);
  return md;
}

// What a thread needs to hash; kept between files, so that reading allocates nothing.
struct hasher {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::unique_ptr<unsigned char[]> buffer{new unsigned char[kBufferBytes]};  // not touched until needed
};

int hash_descriptor(int fd, progress& shown, digest& result) {
  thread_local hasher mine;
  require(EVP_DigestInit_ex2(mine.context.get(), sha256(), nullptr) == 1);
  for (;;) {
    const ssize_t got = read(fd, mine.buffer.get(), kBufferBytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    const auto bytes = static_cast<std::size_t>(got);
    require(EVP_DigestUpdate(mine.context.get(), mine.buffer.get(), bytes) == 1);
    shown.bytes_read(bytes);
  }
  require(EVP_DigestFinal_ex(mine.context.get(), result.data(), nullptr) == 1);
  return 0;
}

}  // namespace

int hash_file(const std::string& path, links follow, progress& shown, digest& result) {
  const int no_links = follow == links::refuse ? O_NOFOLLOW : 0;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | no_links);
  if (fd < 0) return errno;
  const int error = hash_descriptor(fd, shown, result);
  close(fd);
  return error;
}

}  // namespace treesum
