# The ways into other people's builds, each as one of them would go it:
#   cmake -DWAY=core -DPAWL=. -DCOMPILER=g++ -DGENERATOR=Ninja -DVERSION=0.1.0 -P check.cmake
#
# `install` installs pawl into a folder and then moves that folder; most other ways start from what it leaves behind.
# All happens in the folder consumer of the current one.

cmake_minimum_required(VERSION 3.20)
set(here "${CMAKE_CURRENT_LIST_DIR}")
set(prefix "${CMAKE_CURRENT_BINARY_DIR}/consumer/moved")
set(work "${CMAKE_CURRENT_BINARY_DIR}/consumer/${WAY}")
file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}")

# do(WHAT COMMAND...): runs it in the work folder, and all is over where it fails.
function(do what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${work}" RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    message("${said}")
    message(FATAL_ERROR "${WAY}: ${what} failed")
  endif()
endfunction()

set(configure "${CMAKE_COMMAND}" -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_PREFIX_PATH=${prefix}")

# consume(PROJECT OPTION...): configures, builds and runs one of the projects beside this file.
function(consume project)
  do("configuring" ${configure} -S "${here}/${project}" -B "${work}/build" ${ARGN})
  do("building" "${CMAKE_COMMAND}" --build "${work}/build")
  do("the program" "${work}/build/consumer")
endfunction()

# refuse(SENTENCE ARGUMENT...): a project that asks for find_package(pawl ARGUMENT...) is told so. What CMake prints is
# folded to lines, so SENTENCE, a regular expression, is matched with every run of white space as one blank.
function(refuse sentence)
  list(JOIN ARGN " " arguments)
  string(MD5 name "${arguments}")
  file(WRITE "${work}/${name}/CMakeLists.txt"
       "cmake_minimum_required(VERSION 3.20)\nproject(consumer LANGUAGES CXX)\nfind_package(pawl ${arguments})\n")
  execute_process(COMMAND ${configure} -S "${work}/${name}" -B "${work}/${name}/build" ${options}
                  RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  string(REGEX REPLACE "[ \n]+" " " folded "${said}")
  if(NOT failed)
    message(FATAL_ERROR "find_package(pawl ${arguments}) is content, and must not be")
  elseif(NOT folded MATCHES "${sentence}")
    message("${said}")
    message(FATAL_ERROR "find_package(pawl ${arguments}) does not say '${sentence}'")
  endif()
endfunction()

# Modules that CMake finds first, and that end the configuration when anybody looks for a library.
function(lay_traps folder)
  foreach(library IN ITEMS SQLite3 Boost Threads fmt nlohmann_json OpenSSL PostgreSQL)
    file(WRITE "${folder}/Find${library}.cmake" "message(FATAL_ERROR \"somebody looks for ${library}\")\n")
  endforeach()
endfunction()

if(WAY STREQUAL "install")
  do("configuring" ${configure} -S "${PAWL}" -B build -DPAWL_BUILD_TESTS=OFF -DPAWL_BUILD_EXAMPLES=OFF)
  do("installing" "${CMAKE_COMMAND}" --install build --prefix "${work}/prefix")
  file(REMOVE_RECURSE "${prefix}")
  file(RENAME "${work}/prefix" "${prefix}")
  file(REMOVE_RECURSE "${work}")

elseif(WAY STREQUAL "core")
  lay_traps("${work}/traps")
  consume(core "-DCMAKE_MODULE_PATH=${work}/traps")
  set(options "-DCMAKE_MODULE_PATH=${work}/traps")
  refuse("somebody looks for SQLite3" REQUIRED COMPONENTS sqlite)  # so the traps are where CMake steps

elseif(WAY STREQUAL "all")
  consume(all)

elseif(WAY STREQUAL "http")
  lay_traps("${work}/traps")  # but for what it needs
  foreach(library IN ITEMS Boost Threads nlohmann_json OpenSSL)
    file(REMOVE "${work}/traps/Find${library}.cmake")
  endforeach()
  consume(http "-DCMAKE_MODULE_PATH=${work}/traps")

elseif(WAY STREQUAL "postgres")
  lay_traps("${work}/traps")  # but for what it needs
  foreach(library IN ITEMS Boost Threads PostgreSQL)
    file(REMOVE "${work}/traps/Find${library}.cmake")
  endforeach()
  consume(postgres "-DCMAKE_MODULE_PATH=${work}/traps")

elseif(WAY STREQUAL "page")
  consume(page)

elseif(WAY STREQUAL "recurring")
  consume(recurring)

elseif(WAY STREQUAL "refusals")
  refuse("pawl: there is no component 'telepathy'; there are core, sqlite, asio, report, http, postgres, zones, page, pawl and compiled" REQUIRED COMPONENTS core telepathy)
  set(options -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)
  refuse("pawl: its component sqlite needs what was not found: SQLite 3.37 or newer \\(Debian: libsqlite3-dev\\)" REQUIRED COMPONENTS sqlite)
  set(options -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON)
  refuse("pawl: its component http needs what was not found: OpenSSL \\(Debian: libssl-dev\\)" REQUIRED COMPONENTS http)
  set(options -DCMAKE_DISABLE_FIND_PACKAGE_PostgreSQL=ON)
  refuse("pawl: its component postgres needs what was not found: libpq \\(Debian: libpq-dev\\)" REQUIRED COMPONENTS postgres)
  set(options -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)
  refuse("pawl: its component pawl needs what was not found: SQLite" REQUIRED)
  set(options "")
  string(REGEX MATCH "^([0-9]+)[.]([0-9]+)" minor "${VERSION}")
  math(EXPR next "${CMAKE_MATCH_2} + 1")
  refuse("compatible with requested version" ${CMAKE_MATCH_1}.${next} REQUIRED COMPONENTS core)
  if(CMAKE_MATCH_2 GREATER 0)
    math(EXPR last "${CMAKE_MATCH_2} - 1")
    refuse("compatible with requested version" ${CMAKE_MATCH_1}.${last} REQUIRED COMPONENTS core)
  endif()

elseif(WAY STREQUAL "subdirectory")
  consume(subdirectory "-DPAWL=${PAWL}")
  do("installing" "${CMAKE_COMMAND}" --install "${work}/build" --prefix "${work}/prefix")
  file(GLOB_RECURSE installed RELATIVE "${work}/prefix" "${work}/prefix/*")
  if(NOT installed STREQUAL "bin/consumer")
    message(FATAL_ERROR "installing the stranger's project installs more than his program: ${installed}")
  endif()

elseif(WAY STREQUAL "pkg_config")
  set(ENV{PKG_CONFIG_PATH} "${prefix}/share/pkgconfig")
  foreach(pair IN ITEMS "core;pawl-core" "all;pawl;pawl-report" "http;pawl-http" "postgres;pawl-postgres" "page;pawl-page")
    list(POP_FRONT pair program)
    list(JOIN pair " " packages)
    do("compiling with ${packages}" sh -c
       "'${COMPILER}' -std=c++20 '${here}/${program}/main.cpp' -o ${program} $(pkg-config --cflags --libs ${packages})")
    do("the program of ${packages}" "${work}/${program}")
  endforeach()
  do("the version" pkg-config --exact-version=${VERSION} pawl-core pawl pawl-report pawl-http pawl-postgres pawl-page)

elseif(WAY STREQUAL "single_include")
  do("compiling core" "${COMPILER}" -std=c++20 -I "${PAWL}/single_include" "${here}/core/main.cpp" -o core)
  do("the program of core" "${work}/core")
  do("compiling all" "${COMPILER}" -std=c++20 -I "${PAWL}/single_include" "${here}/all/main.cpp" -o all -lsqlite3 -lfmt)
  do("the program of all" "${work}/all")
  do("compiling http" "${COMPILER}" -std=c++20 -I "${PAWL}/single_include" "${here}/http/main.cpp" -o http -lssl -lcrypto)
  do("the program of http" "${work}/http")
  do("compiling postgres" sh -c "'${COMPILER}' -std=c++20 -I '${PAWL}/single_include' '${here}/postgres/main.cpp' -o postgres $(pkg-config --cflags --libs libpq)")
  do("the program of postgres" "${work}/postgres")
  do("compiling page" "${COMPILER}" -std=c++20 -I "${PAWL}/single_include" "${here}/page/main.cpp" -o page -lssl -lcrypto -lfmt)
  do("the program of page" "${work}/page")

else()
  message(FATAL_ERROR "no way is called '${WAY}'")
endif()
