# g++, a warning being an error, with assertions, in half the time that a build made once takes otherwise: six files at a
# time are compiled as one, of a suite all, and what clang does in .ci/run is left out:
#   cmake -C .ci/presets/gcc.cmake -S . -B build/gcc
set(CMAKE_CXX_COMPILER g++ CACHE STRING "" FORCE)
set(CMAKE_BUILD_TYPE Debug CACHE STRING "" FORCE)  # benchmarks are only run
set(CMAKE_CXX_FLAGS_DEBUG -O0 CACHE STRING "" FORCE)  # but for what computes: see tests/CMakeLists.txt
set(CMAKE_CXX_FLAGS "-Wno-subobject-linkage" CACHE STRING "" FORCE)  # of a file that is included in another
set(CMAKE_UNITY_BUILD ON CACHE BOOL "" FORCE)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6 CACHE STRING "" FORCE)
set(PAWL_BUILD_EXAMPLES ON CACHE BOOL "" FORCE)
set(PAWL_BUILD_TESTS ON CACHE BOOL "" FORCE)
set(PAWL_WARNINGS_AS_ERRORS ON CACHE BOOL "" FORCE)
set(PAWL_TESTS compiled CACHE STRING "" FORCE)
