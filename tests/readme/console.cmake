# Types the commands of a console block of README.md or examples/README.md, and compares what they print with what stands below them, if
# anything does:
#   cmake -DREADME=README.md -DBLOCK=first_screen_2.console -P console.cmake

cmake_minimum_required(VERSION 3.20)
include("${CMAKE_CURRENT_LIST_DIR}/snippets.cmake")
readme_snippets("${README}" readme)

readme_folder("${BLOCK}" folder)

set(rest "\n${readme_${BLOCK}}")
if(NOT rest MATCHES "^\n[$] ")
  message(FATAL_ERROR "${BLOCK} does not begin with a command")
endif()
while(rest MATCHES "^\n[$] ([^\n]*)\n")
  set(command "${CMAKE_MATCH_1}")
  string(LENGTH "\n$ ${command}" length)
  string(SUBSTRING "${rest}" ${length} -1 rest)
  string(FIND "${rest}" "\n$ " next)
  string(SUBSTRING "${rest}" 1 ${next} expected)
  if(NOT next EQUAL -1)
    string(SUBSTRING "${rest}" ${next} -1 rest)
  else()
    set(rest "")
  endif()
  execute_process(COMMAND bash -c "${command}" WORKING_DIRECTORY "${folder}" OUTPUT_VARIABLE said ERROR_VARIABLE said
                  RESULT_VARIABLE failed)
  # The identity of a database is another one each time.
  foreach(text IN ITEMS expected said)
    string(REGEX REPLACE "key [0-9a-f]+/" "key IDENTITY/" ${text} "${${text}}")
  endforeach()
  if(failed OR NOT (expected STREQUAL "" OR said STREQUAL expected))
    message(FATAL_ERROR "${README} shows this after '${command}':\n${expected}\nand it ends with ${failed} and prints:\n${said}")
  endif()
endwhile()
file(REMOVE_RECURSE "${folder}")
