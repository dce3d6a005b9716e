// Makes photos for tests, and reads what became of them.
#ifndef PAWL_TESTS_EXAMPLES_JPEGS_HPP
#define PAWL_TESTS_EXAMPLES_JPEGS_HPP

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <turbojpeg.h>

using tj_handle = std::unique_ptr<void, int (*)(tjhandle)>;

// A photo of a slope of colours, another one for each `motif`.
inline std::string jpeg_of(int width, int height, int motif, int options = 0) {
  std::vector<unsigned char> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int part : {x * 255 / width, y * 255 / height, motif * 37})
        pixels.push_back(static_cast<unsigned char>(part & 255));
  tj_handle const writer(tjInitCompress(), tjDestroy);
  unsigned char* made = nullptr;
  unsigned long size = 0;
  bool const ok =
      tjCompress2(writer.get(), pixels.data(), width, 0, height, TJPF_RGB, &made, &size, TJSAMP_420, 90, options) == 0;
  std::unique_ptr<unsigned char, void (*)(unsigned char*)> const owned(made, tjFree);
  if (!ok) throw std::runtime_error(tjGetErrorStr2(writer.get()));
  return {reinterpret_cast<char const*>(made), size};
}

// Width and height, where all of it can be decoded without a warning; else 0 and 0.
inline std::pair<int, int> size_of_jpeg(std::string_view jpeg) {
  auto const* const bytes = reinterpret_cast<unsigned char const*>(jpeg.data());
  auto const size = static_cast<unsigned long>(jpeg.size());
  tj_handle const reader(tjInitDecompress(), tjDestroy);
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(reader.get(), bytes, size, &width, &height, &subsampling, &colours) != 0) return {0, 0};
  std::vector<unsigned char> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  if (tjDecompress2(reader.get(), bytes, size, pixels.data(), width, 0, height, TJPF_RGB, TJFLAG_STOPONWARNING) != 0)
    return {0, 0};
  return {width, height};
}

#endif
