# clang-tidy beside the compiler, over every file that is built:   cmake -C .ci/presets/tidy.cmake -S . -B build/tidy
# .ci/tidy takes from this build how each source is compiled, and looks at what has changed alone.
include("${CMAKE_CURRENT_LIST_DIR}/clang.cmake")
set(CMAKE_CXX_CLANG_TIDY clang-tidy CACHE STRING "" FORCE)
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON CACHE BOOL "" FORCE)  # each file with what it includes itself
