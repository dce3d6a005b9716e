# What is reached is counted, under ThreadSanitizer:   cmake -C .ci/presets/coverage.cmake -S . -B build/coverage
# One build for both, because the tests run under ThreadSanitizer anyway; tests/coverage adds up what gcov says.
include("${CMAKE_CURRENT_LIST_DIR}/tsan.cmake")
set(CMAKE_CXX_FLAGS "${CMAKE_CXX_FLAGS} --coverage -fprofile-update=atomic" CACHE STRING "" FORCE)
set(CMAKE_EXE_LINKER_FLAGS -Wl,-u,__gcov_dump CACHE STRING "" FORCE)  # child_process.hpp calls it
