# Puts a CMake block of README.md or examples/README.md into the project that it speaks of, and builds and runs that:
#   cmake -DREADME=README.md -DBLOCK=install_1.cmake -DCOMPILER=g++ -P project.cmake
# pawl stands in its folder `pawl`, and is installed in ~/.local.

cmake_minimum_required(VERSION 3.20)
include("${CMAKE_CURRENT_LIST_DIR}/snippets.cmake")
readme_snippets("${README}" readme)
readme_folder("${BLOCK}" pawl)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    message(FATAL_ERROR "${BLOCK} of ${README}: ${ARGN}\n${said}")
  endif()
endfunction()

set(compiler "-DCMAKE_CXX_COMPILER=${COMPILER}")
run("${CMAKE_COMMAND}" -S "${pawl}" -B "${pawl}/build" ${compiler} -DPAWL_BUILD_EXAMPLES=OFF -DPAWL_BUILD_TESTS=OFF)
run("${CMAKE_COMMAND}" --install "${pawl}/build" --prefix "${pawl}/.local")

set(project "${pawl}/project")
file(WRITE "${project}/CMakeLists.txt"
     "cmake_minimum_required(VERSION 3.20)\nproject(letters LANGUAGES CXX)\nadd_executable(letters pawl/examples/hello_machine.cpp)\n"
     "${readme_${BLOCK}}")
file(CREATE_LINK "${pawl}" "${project}/pawl" SYMBOLIC)
run("${CMAKE_COMMAND}" -S "${project}" -B "${project}/build" ${compiler} "-DCMAKE_PREFIX_PATH=${pawl}/.local")
run("${CMAKE_COMMAND}" --build "${project}/build")
run("${project}/build/letters")
file(REMOVE_RECURSE "${pawl}")
