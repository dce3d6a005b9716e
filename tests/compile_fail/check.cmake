# Compiles one mistake: cmake -DCOMPILER=g++ -DINCLUDES=include -DSOURCE=mistake.cpp -P check.cmake
#
# The first line of the source is `// expect: REGEX`. Compiling must fail with exactly one error, whose line matches
# REGEX (a CMake regular expression): the reader meets that sentence and nothing else. A second line
# `// errors: several` allows more than one. The same file must compile with -DPAWL_FIXED, so that a wrong path cannot
# pass for the expected failure.
#
# With -DPRECOMPILED=header (precompile.cmake) the source begins with what that header includes. Many mistakes of one header
# are the same text once they are mended, which is compiled once.

file(READ "${SOURCE}" text)
if(NOT text MATCHES "^// expect: ([^\n]+)\n")
  message(FATAL_ERROR "${SOURCE}: the first line is not '// expect: REGEX'")
endif()
set(expected "${CMAKE_MATCH_1}")
string(REGEX MATCH "^[^\n]*\n// errors: several\n" several "${text}")

list(TRANSFORM INCLUDES PREPEND -I)
if(PRECOMPILED)
  set(begins_with -include "${PRECOMPILED}")
endif()
set(compile "${CMAKE_COMMAND}" -E env LC_ALL=C "${COMPILER}" -std=c++20 -fsyntax-only ${INCLUDES} ${begins_with} "${SOURCE}")

execute_process(COMMAND ${compile} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT failed)
  message(FATAL_ERROR "${SOURCE} compiles, and must not")
endif()
string(REGEX MATCHALL "[^\n;]*error:" errors "${said}")
list(LENGTH errors count)
if(NOT said MATCHES "error:[^\n]*(${expected})")
  message("${said}")
  message(FATAL_ERROR "${SOURCE}: no error matches '${expected}'")
elseif(count GREATER 1 AND NOT several)
  message("${said}")
  message(FATAL_ERROR "${SOURCE}: ${count} errors instead of one")
endif()

string(REGEX REPLACE "^(// [^\n]*\n)+" "" mended "${text}")
string(REGEX REPLACE "#ifndef PAWL_FIXED\n([^#]|#[^e])*#endif\n" "" mended "${mended}")
string(MD5 mended "${mended}")
if(PRECOMPILED AND EXISTS "${PRECOMPILED}.mended/${mended}")
  return()
endif()
execute_process(COMMAND ${compile} -DPAWL_FIXED RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message("${said}")
  message(FATAL_ERROR "${SOURCE} does not compile with -DPAWL_FIXED")
endif()
if(PRECOMPILED)
  file(TOUCH "${PRECOMPILED}.mended/${mended}")
endif()
