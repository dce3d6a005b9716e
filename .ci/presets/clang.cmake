# clang, not optimised, without assertions, as programs are shipped, and without what g++ does in .ci/run:   cmake -C .ci/presets/clang.cmake -S . -B build/clang
set(CMAKE_CXX_COMPILER clang++ CACHE STRING "" FORCE)
set(CMAKE_BUILD_TYPE Debug CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -DNDEBUG" CACHE STRING "" FORCE)
set(PAWL_BUILD_EXAMPLES ON CACHE BOOL "" FORCE)
set(PAWL_BUILD_TESTS ON CACHE BOOL "" FORCE)
set(PAWL_WARNINGS_AS_ERRORS ON CACHE BOOL "" FORCE)
set(PAWL_TESTS single CACHE STRING "" FORCE)
