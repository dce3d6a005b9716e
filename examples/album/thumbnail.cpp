#include "thumbnail.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include <turbojpeg.h>

namespace photo_album {

template <auto Free> struct freed_by {
  template <class T> void operator()(T* what) const { Free(what); }
};
using handle = std::unique_ptr<void, freed_by<tjDestroy>>;
using buffer = std::unique_ptr<unsigned char, freed_by<tjFree>>;

static handle checked(tjhandle made) {
  if (made == nullptr) throw std::bad_alloc();
  return handle(made);
}
static pawl::trouble trouble_of(handle const& tool) { return pawl::trouble::permanent(tjGetErrorStr2(tool.get())); }

// libjpeg-turbo leaves out pixels while it decodes: n eighths of them are as good as free.
static tjscalingfactor scale_of(int width, int height) {
  constexpr int wanted = 480;
  tjscalingfactor scale{1, 8};
  while (scale.num < scale.denom && TJSCALED((std::max)(width, height), scale) < wanted) ++scale.num;
  return scale;
}

pawl::outcome<thumbnail> thumbnail_of(std::string_view jpeg) {
  if (jpeg.empty()) return pawl::trouble::permanent("it is empty");
  auto const* const bytes = reinterpret_cast<unsigned char const*>(jpeg.data());
  auto const size = static_cast<unsigned long>(jpeg.size());
  auto const reader = checked(tjInitDecompress()), writer = checked(tjInitCompress());

  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(reader.get(), bytes, size, &width, &height, &subsampling, &colours) != 0)
    return trouble_of(reader);
  // A few bytes can claim to be a photo of 65500 x 65500 pixels.
  if (constexpr double most = 250e6; double{1} * width * height > most)
    return pawl::trouble::permanent("it has more than 250 million pixels");

  auto const scale = scale_of(width, height);
  thumbnail made{{}, TJSCALED(width, scale), TJSCALED(height, scale)};
  std::vector<unsigned char> pixels(std::size_t{3} * static_cast<std::size_t>(made.width) *
                                    static_cast<std::size_t>(made.height));
  // A photo that ends too early is a warning to the library, which would fill up with grey.
  if (tjDecompress2(reader.get(), bytes, size, pixels.data(), made.width, 0, made.height, TJPF_RGB,
                    TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0)
    return trouble_of(reader);

  constexpr int quality = 80;  // of 100
  unsigned char* written = nullptr;
  unsigned long written_size = 0;
  int const failed = tjCompress2(writer.get(), pixels.data(), made.width, 0, made.height, TJPF_RGB, &written,
                                 &written_size, TJSAMP_420, quality, 0);
  buffer const owned(written);
  if (failed != 0) return trouble_of(writer);
  made.jpeg.assign(reinterpret_cast<char const*>(written), written_size);
  return made;
}

}  // namespace photo_album
