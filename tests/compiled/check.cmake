# The first program of the README, in the compiled form, prints what it prints in the header-only one:
# cmake -DPROGRAM=... -DWORK=... -P check.cmake
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE failed OUTPUT_VARIABLE said)
string(REGEX REPLACE "key [0-9a-f]+/" "key IDENTITY/" said "${said}")  # another one for each database
set(expected "mailing ada under key IDENTITY/letter/written/0/1/ada
mailing grace under key IDENTITY/letter/written/0/2/grace
delivering ada by the receipt of ada
delivering grace by the receipt of grace
2 delivered
")
if(failed OR NOT said STREQUAL expected)
  message(FATAL_ERROR "the program in the compiled form ended with ${failed} and said:\n${said}")
endif()
