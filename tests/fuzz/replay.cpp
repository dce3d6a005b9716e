// Runs a fuzzer's target on the inputs of its corpus, without a fuzzer: replay NAME FILE-OR-FOLDER...
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "files.hpp"
#include "fuzz/input.hpp"
#include "proof.hpp"

namespace fuzz {

// In an order that is the same everywhere.
inline std::vector<std::filesystem::path> files_of(int count, char** given) {
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < count; ++i) {
    if (std::filesystem::is_directory(given[i]))
      for (auto const& entry : std::filesystem::recursive_directory_iterator(given[i])) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
    else
      files.emplace_back(given[i]);
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The input, and each of its beginnings and single changed bytes at up to 64 places: what a fuzzer tries first.
inline std::size_t run_around(std::string const& bytes) {
  auto const run = [](std::string const& given) {
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(given.data()), given.size());
  };
  run(bytes);
  std::size_t const step = bytes.size() / 64 + 1;
  std::size_t done = 1;
  for (std::size_t at = 0; at < bytes.size(); at += step, done += 2) {
    run(bytes.substr(0, at));
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    run(changed);
  }
  return done;
}

}  // namespace fuzz

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "replay NAME FILE-OR-FOLDER...\n");
    return 2;
  }
  auto const files = fuzz::files_of(argc - 2, argv + 2);
  std::size_t inputs = 0;
  for (auto const& file : files) {
    std::fprintf(stderr, "%s\n", file.c_str());  // the last one is to blame where this ends
    inputs += fuzz::run_around(text_of(file));
  }
  bool const holds =
      ::proof::report("fuzz corpus", argv[1],
                      std::to_string(files.size()) + " seeds, " + std::to_string(inputs) + " inputs", !files.empty());
  return holds ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "an exception that is none of pawl's promises: %s\n", e.what());
  return 2;
}
