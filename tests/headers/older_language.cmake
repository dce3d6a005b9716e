# What a language that is too old is met by: cmake -DCOMPILER=g++ -DINCLUDE=include
#   -DSINGLE_INCLUDE=single_include -DINCLUDES=... -DWORK=folder -P older_language.cmake
#
# Of an umbrella the first error must be pawl's sentence, and at most the end of the translation may follow it. And each
# header must include version.hpp, which has the sentence, before any code of its own.

cmake_minimum_required(VERSION 3.20)
set(problems "")
file(MAKE_DIRECTORY "${WORK}")
list(TRANSFORM INCLUDES PREPEND -I)

# refuse(HEADER FLAG...): what the compiler says of a file that includes it.
function(refuse header)
  set(command "${CMAKE_COMMAND}" -E env LC_ALL=C "${COMPILER}" ${ARGN} ${INCLUDES} "${WORK}/older.cpp")
  file(WRITE "${WORK}/older.cpp" "#include \"${header}\"\n")
  execute_process(COMMAND ${command} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE said)
  string(REGEX MATCH "[^\n]*error:[^\n]*" first "${said}")
  string(REGEX MATCHALL "error:" errors "${said}")
  list(LENGTH errors count)
  list(JOIN ARGN " " flags)
  if(NOT failed)
    set(problems "${problems}\n  ${header}, ${flags}: compiles" PARENT_SCOPE)
  elseif(count GREATER 2 OR NOT first MATCHES "pawl needs C[+][+]20: compile with -std=c[+][+]20")
    set(problems "${problems}\n  ${header}, ${flags}: ${count} errors, of which the first is ${first}" PARENT_SCOPE)
  endif()
endfunction()

# Nothing but the directives of the preprocessor stands in a header before version.hpp.
file(GLOB_RECURSE headers RELATIVE "${INCLUDE}" "${INCLUDE}/*.hpp")
list(REMOVE_ITEM headers pawl/version.hpp)
foreach(header IN LISTS headers)
  file(READ "${INCLUDE}/${header}" text)
  string(FIND "${text}" "\n#include <pawl/version.hpp>\n" at)
  if(at EQUAL -1)
    set(problems "${problems}\n  ${header} does not include <pawl/version.hpp>")
    continue()
  endif()
  string(SUBSTRING "${text}" 0 ${at} before)
  string(REGEX REPLACE "(^|\n)(//|#include |#if |#ifdef |#ifndef |#define PAWL_[A-Z0-9_]+_HPP|#error |#endif)[^\n]*" "" code "${before}")
  string(STRIP "${code}" code)
  if(code)
    set(problems "${problems}\n  ${header} has code before it includes <pawl/version.hpp>: ${code}")
  endif()
endforeach()
foreach(name IN ITEMS core pawl report testing)
  foreach(standard IN ITEMS c++11 c++17 gnu++17)
    refuse("${INCLUDE}/pawl/${name}.hpp" -std=${standard} -fsyntax-only "-I${INCLUDE}")
    refuse("${SINGLE_INCLUDE}/pawl/${name}.hpp" -std=${standard} -fsyntax-only)
  endforeach()
endforeach()

if(problems)
  message(FATAL_ERROR "met in an older language, with ${COMPILER}:${problems}")
endif()
