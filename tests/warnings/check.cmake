# The headers are clean in a stranger's build: with every warning that pawl's own build asks for and -Weffc++ on g++,
# with -Weverything on clang, no warning points into them. What the program itself does wrong is its own affair.
#   cmake -DCOMPILER=g++ "-DFLAGS=-Wall;-Wextra" -DINCLUDE=include "-DINCLUDES=of;libraries" -DSOURCE=main.cpp \
#     -P check.cmake

# What -Weverything says and is not followed:
set(not_followed
    -Wno-c++98-compat -Wno-c++98-compat-pedantic  # this is C++20
    -Wno-pre-c++14-compat -Wno-pre-c++17-compat -Wno-pre-c++17-compat-pedantic
    -Wno-pre-c++20-compat-pedantic -Wno-c++20-compat
    -Wno-padded                      # it warns of every struct that has holes
    -Wno-weak-vtables                # no header-only class has another file for its vtable
    -Wno-float-equal                 # a quantile is found by the very double that was asked for
    -Wno-disabled-macro-expansion    # the C library's sa_handler
)

execute_process(COMMAND "${COMPILER}" --version OUTPUT_VARIABLE version)
if(version MATCHES "clang")
  list(APPEND FLAGS -Weverything ${not_followed})
else()
  list(APPEND FLAGS -Weffc++)
endif()
list(REMOVE_ITEM INCLUDES "${INCLUDE}")
list(TRANSFORM INCLUDES PREPEND "-idirafter;")

execute_process(COMMAND "${CMAKE_COMMAND}" -E env LC_ALL=C "${COMPILER}" -std=c++20 -fsyntax-only ${FLAGS} -I "${INCLUDE}"
                        ${INCLUDES} "${SOURCE}"
                RESULT_VARIABLE failed ERROR_VARIABLE said)
if(failed)
  message("${said}")
  message(FATAL_ERROR "${SOURCE} does not compile")
endif()
string(REPLACE ";" "," said "${said}")
string(REPLACE "\n" ";" said "${said}")
set(ours "")
foreach(line IN LISTS said)
  string(FIND "${line}" "${INCLUDE}/" place)
  if(place EQUAL 0 AND line MATCHES " warning: ")
    string(APPEND ours "\n  ${line}")
  endif()
endforeach()
if(ours)
  message(FATAL_ERROR "${COMPILER} warns of pawl's headers, seen from ${SOURCE}:${ours}")
endif()
