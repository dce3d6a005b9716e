// The bytes of a file in memory, in copy-on-write chunks.
#ifndef PAWL_TESTS_CRASH_CONTENTS_HPP
#define PAWL_TESTS_CRASH_CONTENTS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace crash {

// A copy costs a pointer a chunk, and a fingerprint a number a chunk: that is what makes an image of all files at every
// operation affordable. Belongs, with all its copies, to one thread.
class contents {
 public:
  std::size_t size() const noexcept { return size_; }

  // The same for the same bytes.
  std::size_t fingerprint() const {
    std::size_t mixed = size_;
    for (auto const& it : chunks_) mixed = mix(mixed, it ? it->fingerprint() : fingerprint_of_zeros());
    return mixed;
  }
  static std::size_t mix(std::size_t all, std::size_t next) {
    all = (all ^ next) * std::size_t{0x9E3779B97F4A7C15u};
    return all ^ (all >> 29);
  }

  // Copies what there is from `offset` on, and answers how many bytes that were.
  std::size_t read(std::size_t offset, char* into, std::size_t count) const {
    if (offset >= size_) return 0;
    count = (std::min)(count, size_ - offset);
    for_each_part(offset, count, [&](std::size_t chunk, std::size_t begin, std::size_t length, std::size_t done) {
      if (chunks_[chunk])
        std::memcpy(into + done, chunks_[chunk]->bytes.data() + begin, length);
      else
        std::memset(into + done, 0, length);
    });
    return count;
  }
  // Grows the file where needed; what is skipped reads as zeros.
  void write(std::size_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    size_ = (std::max)(size_, offset + bytes.size());
    chunks_.resize((size_ + chunk_size - 1) / chunk_size);
    for_each_part(offset, bytes.size(),
                  [&](std::size_t chunk, std::size_t begin, std::size_t length, std::size_t done) {
                    std::memcpy(own(chunk).bytes.data() + begin, bytes.data() + done, length);
                  });
  }
  void truncate(std::size_t size) {
    if (size < size_ && size % chunk_size != 0) {
      auto& last = own(size / chunk_size);
      std::memset(last.bytes.data() + size % chunk_size, 0, chunk_size - size % chunk_size);
    }
    size_ = size;
    chunks_.resize((size + chunk_size - 1) / chunk_size);
  }

 private:
  static constexpr std::size_t chunk_size = 4096;
  struct chunk_type {
    std::array<char, chunk_size> bytes{};
    mutable std::size_t known_fingerprint = 0;  // 0: of other bytes, or of none yet

    std::size_t fingerprint() const {
      if (known_fingerprint == 0) known_fingerprint = std::hash<std::string_view>{}({bytes.data(), bytes.size()}) | 1;
      return known_fingerprint;
    }
  };
  static std::size_t fingerprint_of_zeros() {
    static std::size_t const known = chunk_type{}.fingerprint();
    return known;
  }

  template <class F> static void for_each_part(std::size_t offset, std::size_t count, F f) {
    for (std::size_t done = 0; done < count;) {
      std::size_t const begin = (offset + done) % chunk_size;
      std::size_t const length = (std::min)(count - done, chunk_size - begin);
      f((offset + done) / chunk_size, begin, length, done);
      done += length;
    }
  }
  // To be written to.
  chunk_type& own(std::size_t chunk) {
    auto& it = chunks_[chunk];
    if (!it)
      it = std::make_shared<chunk_type>();
    else if (it.use_count() > 1)
      it = std::make_shared<chunk_type>(*it);
    it->known_fingerprint = 0;
    return *it;
  }

  std::vector<std::shared_ptr<chunk_type>> chunks_{};  // nothing: zeros
  std::size_t size_ = 0;
};

}  // namespace crash

#endif
