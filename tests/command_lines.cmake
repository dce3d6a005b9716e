# What the proofs answer to a wrong command line: exit code 2, one sentence that names what is wrong, and nothing proved.
#   cmake -DTESTS=tests -DCRASH=crash_proof -DKILLS=kills -DSIMULATE=simulate -DMAKESPAN=makespan -P command_lines.cmake

cmake_minimum_required(VERSION 3.20)
set(problems "")

# refused("what it says" COMMAND...)
function(refused sentence)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE proved ERROR_VARIABLE said)
  string(FIND "${said}${proved}" "${sentence}" at)
  if(NOT code STREQUAL "2" OR at EQUAL -1 OR proved MATCHES "PROOF")
    list(JOIN ARGN " " command)
    string(APPEND problems "\n  ${command}: ${code}, and not 2 with '${sentence}': ${said}${proved}")
    set(problems "${problems}" PARENT_SCOPE)
  endif()
endfunction()

foreach(wrong IN ITEMS 0 -1 abc 010 99999999999999999999999)
  refused("'${wrong}' is no whole number from 1 to" "${SIMULATE}" --seeds "${wrong}")
  refused("'${wrong}' is no whole number from 4 to" "${KILLS}" --kills "${wrong}")
  refused("'${wrong}' is no whole number from 1 to" "${CRASH}" --files "${wrong}")
endforeach()
refused("'-1' is no whole number from 0 to" "${SIMULATE}" --seed -1)
refused("'3' is no whole number from 4 to" "${KILLS}" --kills 3) # each of the four ways has one
refused("nothing not in {crash-points,faults,allocations,queue}" "${CRASH}" nothing)
refused("--nothing" "${SIMULATE}" --nothing)
refused("takes no arguments, and was given '--nothing'" "${MAKESPAN}" --nothing)

refused("no option is called '--nothing'" bash "${TESTS}/proofs" --nothing)
refused("no proof is called 'nothing'" bash "${TESTS}/proofs" nothing)
refused("give address or thread" bash "${TESTS}/sanitized")
refused("no group is called 'nothing'" bash "${TESTS}/sanitized" address nothing)
refused("takes --missing or nothing" bash "${TESTS}/coverage" --nothing)
refused("give database, dictionary, report or sequences" bash "${TESTS}/fuzz/run" nothing)
refused("there may be --runs N" bash "${TESTS}/fuzz/run" report --runs 0)

if(problems)
  message(FATAL_ERROR "command lines:${problems}")
endif()
