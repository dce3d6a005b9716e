# Compiles a header that many mistakes share, once for all of them:
#   cmake -DCOMPILER=g++ -DINCLUDES=include -DHEADER=shared.hpp -DPRECOMPILED=folder/shared.hpp -P precompile.cmake
# Both compilers find PRECOMPILED.gch where PRECOMPILED is included with -include.

list(TRANSFORM INCLUDES PREPEND -I)
get_filename_component(folder "${PRECOMPILED}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND "${COMPILER}" -std=c++20 -x c++-header ${INCLUDES} "${HEADER}" -o "${PRECOMPILED}.gch"
                RESULT_VARIABLE failed ERROR_VARIABLE said)
file(REMOVE_RECURSE "${PRECOMPILED}.mended")  # what compiled against the header of before: see check.cmake
file(MAKE_DIRECTORY "${PRECOMPILED}.mended")
if(failed)
  message(FATAL_ERROR "${HEADER} does not compile:\n${said}")
endif()
