// The bytes of a file in memory, in chunks that copies share until one of them is written.
#ifndef PAWL_TESTS_CRASH_CONTENTS_HPP
#define PAWL_TESTS_CRASH_CONTENTS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace crash {

// A copy costs a pointer a chunk: that is what makes an image of all files at every operation affordable.
class contents {
 public:
  std::size_t size() const noexcept { return size_; }

  // Copies what there is from `offset` on, and answers how many bytes that were.
  std::size_t read(std::size_t offset, char* into, std::size_t count) const {
    if (offset >= size_) return 0;
    count = (std::min)(count, size_ - offset);
    for_each_part(offset, count, [&](std::size_t chunk, std::size_t begin, std::size_t length, std::size_t done) {
      if (chunks_[chunk])
        std::memcpy(into + done, chunks_[chunk]->data() + begin, length);
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
                    std::memcpy(own(chunk).data() + begin, bytes.data() + done, length);
                  });
  }
  void truncate(std::size_t size) {
    if (size < size_ && size % chunk_size != 0) {
      auto& last = own(size / chunk_size);
      std::memset(last.data() + size % chunk_size, 0, chunk_size - size % chunk_size);
    }
    size_ = size;
    chunks_.resize((size + chunk_size - 1) / chunk_size);
  }

 private:
  static constexpr std::size_t chunk_size = 4096;
  using chunk_type = std::array<char, chunk_size>;

  template <class F> static void for_each_part(std::size_t offset, std::size_t count, F f) {
    for (std::size_t done = 0; done < count;) {
      std::size_t const begin = (offset + done) % chunk_size;
      std::size_t const length = (std::min)(count - done, chunk_size - begin);
      f((offset + done) / chunk_size, begin, length, done);
      done += length;
    }
  }
  chunk_type& own(std::size_t chunk) {
    auto& it = chunks_[chunk];
    if (!it)
      it = std::make_shared<chunk_type>();
    else if (it.use_count() > 1)
      it = std::make_shared<chunk_type>(*it);
    return *it;
  }

  std::vector<std::shared_ptr<chunk_type>> chunks_{};  // nothing: zeros
  std::size_t size_ = 0;
};

}  // namespace crash

#endif
