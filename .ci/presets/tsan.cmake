# ThreadSanitizer:   cmake -C .ci/presets/tsan.cmake -S . -B build/tsan
# g++ warns that it does not watch Asio's fences. Function entries and exits are not noted, because that would add
# branches to each function, which coverage.cmake would count: a report has the innermost frame of each side, and the
# others where the program is built without that parameter.
set(CMAKE_CXX_COMPILER g++ CACHE STRING "" FORCE)
set(CMAKE_BUILD_TYPE Debug CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS "-fsanitize=thread -Wno-tsan --param tsan-instrument-func-entry-exit=0" CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_DEBUG "-g1 -ffold-simple-inlines" CACHE STRING "" FORCE)
set(CMAKE_UNITY_BUILD ON CACHE BOOL "" FORCE)
set(PAWL_BUILD_EXAMPLES ON CACHE BOOL "" FORCE)
set(PAWL_BUILD_TESTS ON CACHE BOOL "" FORCE)
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON CACHE BOOL "" FORCE)  # unity builds have few files
