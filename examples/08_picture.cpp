// parallel_for: draws the Mandelbrot set into picture.png (or the file named), without any other library.
#include <cmwq/cmwq.hpp>

#include <array>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

constexpr std::uint32_t kWidth = 480, kHeight = 320;

std::uint8_t shade(std::uint32_t x, std::uint32_t y) {
  const std::complex<double> c(3.0 * x / kWidth - 2.25, 2.0 * y / kHeight - 1.0);
  std::complex<double> z = 0;
  unsigned n = 0;
  while (n < 255 && std::norm(z) < 4) {
    z = z * z + c;
    ++n;
  }
  return static_cast<std::uint8_t>(255 - n);
}

std::string be32(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

std::string chunk(const std::string& kind_and_data) {
  std::uint32_t crc = ~0u;
  for (const char byte : kind_and_data) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return be32(static_cast<std::uint32_t>(kind_and_data.size() - 4)) + kind_and_data + be32(~crc);
}

// Rows in stored (not compressed) deflate blocks, each with a leading 0: no filter.
std::string zlib_stored(const std::vector<std::string>& rows) {
  std::string out = "\x78\x01";
  std::uint32_t a = 1, b = 0;  // Adler-32
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto n = static_cast<std::uint16_t>(rows[i].size());
    for (const std::uint16_t word : {n, static_cast<std::uint16_t>(~n)}) {
      if (word == n) out += static_cast<char>(i + 1 == rows.size());  // the last block?
      out += static_cast<char>(word & 0xff);
      out += static_cast<char>(word >> 8);
    }
    out += rows[i];
    for (const char byte : rows[i]) {
      a = (a + static_cast<std::uint8_t>(byte)) % 65521;
      b = (b + a) % 65521;
    }
  }
  return out + be32(b << 16 | a);
}

int main(int argc, char** argv) {
  std::vector<std::string> rows(kHeight, std::string(kWidth + 1, '\0'));
  // Rows cost different amounts of time: small chunks balance.
  cmwq::parallel_for(0u, kHeight, [&](std::uint32_t y) {
    for (std::uint32_t x = 0; x < kWidth; ++x) rows[y][x + 1] = static_cast<char>(shade(x, y));
  }, cmwq::grain{4});

  const std::string png = "\x89PNG\r\n\x1a\n" + chunk("IHDR" + be32(kWidth) + be32(kHeight) + std::string("\x08\0\0\0\0", 5)) +
                          chunk("IDAT" + zlib_stored(rows)) + chunk("IEND");
  std::FILE* file = std::fopen(argc > 1 ? argv[1] : "picture.png", "wb");
  const bool written = file && std::fwrite(png.data(), 1, png.size(), file) == png.size();
  if (!file || std::fclose(file) != 0 || !written) return 1;
  std::printf("%s: %zu bytes\n", argc > 1 ? argv[1] : "picture.png", png.size());
}
