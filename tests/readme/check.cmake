# The README's first program is the one of examples/first_run, and what it prints is what the README says:
#   cmake -DREADME=README.md -DSOURCE=main.cpp -DPROGRAM=first_run -P check.cmake

file(READ "${README}" readme)
file(READ "${SOURCE}" source)
string(FIND "${readme}" "```cpp\n${source}```" place)
if(place EQUAL -1)
  message(FATAL_ERROR "${README}: its first program is not ${SOURCE}")
endif()

set(folder "${CMAKE_CURRENT_BINARY_DIR}/readme_first_run")
file(REMOVE_RECURSE "${folder}")
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${folder}" OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE failed)
file(REMOVE_RECURSE "${folder}")
string(FIND "${readme}" "./a.out\n${said}```" place)
if(failed OR place EQUAL -1)
  message(FATAL_ERROR "${README} does not show what ${PROGRAM} prints:\n${said}")
endif()
