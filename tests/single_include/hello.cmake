# The promise of the single header: one compiler command, nothing linked, no warning, and the program runs.
# cmake -DCOMPILER=g++ -DWARNINGS=-Wall -DINCLUDE=single_include -DSOURCE=hello_machine.cpp -DPROGRAM=hello \
#   -P hello.cmake

get_filename_component(program "${PROGRAM}" ABSOLUTE)
execute_process(COMMAND "${COMPILER}" -std=c++20 ${WARNINGS} -Werror -I "${INCLUDE}" "${SOURCE}" -o "${program}"
                RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${SOURCE} does not compile against ${INCLUDE}")
endif()
execute_process(COMMAND "${program}" RESULT_VARIABLE failed OUTPUT_VARIABLE said)
if(failed OR NOT said MATCHES "stateDiagram-v2\n")
  message("${said}")
  message(FATAL_ERROR "${program} answered ${failed} and printed the above")
endif()
