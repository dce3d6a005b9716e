# AddressSanitizer, its leak checker and UBSan:   cmake -C .ci/presets/asan.cmake -S . -B build/asan
# A call for each access instead of a check in its place: less to compile. A finding ends the program.
set(CMAKE_CXX_COMPILER g++ CACHE STRING "" FORCE)
set(CMAKE_BUILD_TYPE Debug CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS "-fsanitize=address,undefined -fno-sanitize-recover=undefined --param asan-instrumentation-with-call-threshold=0" CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_DEBUG "-g1 -ffold-simple-inlines" CACHE STRING "" FORCE)
set(CMAKE_UNITY_BUILD ON CACHE BOOL "" FORCE)
set(PAWL_BUILD_EXAMPLES ON CACHE BOOL "" FORCE)
set(PAWL_BUILD_TESTS ON CACHE BOOL "" FORCE)
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON CACHE BOOL "" FORCE)  # unity builds have few files
