# g++, a warning being an error, and six files at a time compiled as one, which takes half the time of a build that is made
# once; clang sees each file and each header alone:   cmake -C .ci/presets/gcc.cmake -S . -B build/gcc
set(CMAKE_CXX_COMPILER g++ CACHE STRING "" FORCE)
set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS "-Wno-subobject-linkage" CACHE STRING "" FORCE)  # of a file that is included in another
set(CMAKE_UNITY_BUILD ON CACHE BOOL "" FORCE)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6 CACHE STRING "" FORCE)
set(PAWL_BUILD_EXAMPLES ON CACHE BOOL "" FORCE)
set(PAWL_BUILD_TESTS ON CACHE BOOL "" FORCE)
set(PAWL_WARNINGS_AS_ERRORS ON CACHE BOOL "" FORCE)
set(PAWL_HEADERS_ALONE OFF CACHE BOOL "" FORCE)
