# What the debugger views print of the values of a program:
#   cmake -DPROGRAM=... -DVIEWS=.packaging/debugger -P check.cmake
# Prints SKIPPED where there is no gdb with Python, or where it may not watch a program.

cmake_minimum_required(VERSION 3.20)
find_program(GDB gdb)
if(NOT GDB)
  message("SKIPPED: no gdb on this machine (Debian: gdb), so nobody has looked at the debugger views")
  return()
endif()

set(expected
    fresh_machine "machine in open"
    moved_machine "machine in locked"
    first "item \"front\" in open at version 0"
    moved "moved: item \"front\" in closed at version 1"
    stale "conflict: the row is in closed at version 1"
    any "item \"front\" in closed at version 1"
    gone "no row"
    unknown "a row in a state that is not known: \"painted\""
    why "conflict: no row"
    number "outcome: 42"
    failed "outcome: trouble: transient, \"no route\""
    trouble "trouble: cancelled")

set(commands -ex "source ${VIEWS}/pawl.py" -ex "break debugger_test::look" -ex run -ex up)
set(rest ${expected})
while(rest)
  list(POP_FRONT rest name text)
  list(APPEND commands -ex "print ${name}")
endwhile()
list(APPEND commands -ex "source ${CMAKE_CURRENT_LIST_DIR}/natvis.py")
execute_process(COMMAND "${CMAKE_COMMAND}" -E env "NATVIS=${VIEWS}/pawl.natvis"
                        "${GDB}" -nx -batch ${commands} "${PROGRAM}"
                OUTPUT_VARIABLE printed ERROR_VARIABLE said)
if(said MATCHES "ptrace: Operation not permitted|Python scripting is not supported")
  message("SKIPPED: ${CMAKE_MATCH_0}, so nobody has looked at the debugger views")
  return()
endif()

set(problems "")
set(rest ${expected})
set(number 0)
while(rest)
  list(POP_FRONT rest name text)
  math(EXPR number "${number} + 1")
  string(FIND "${printed}" "\n$${number} = ${text}\n" found)
  if(found EQUAL -1)
    string(APPEND problems "\n  ${name} is not shown as: ${text}")
  endif()
endwhile()
if(NOT printed MATCHES "natvis shows [1-9][0-9] fields\n" OR printed MATCHES "natvis: ")
  string(APPEND problems "\n  pawl.natvis does not fit the types")
endif()
if(problems)
  message(FATAL_ERROR "debugger views:${problems}\n${printed}${said}")
endif()
