# The status page in a real browser, driven by Playwright and judged by axe: cmake -DPROGRAM=... -DWORK=... -P status_page.cmake
# Prints SKIPPED where there is no Chromium, Node.js or npm.

include("${CMAKE_CURRENT_LIST_DIR}/chromium.cmake")
find_program(NODE node)
if(NOT CHROMIUM OR NOT NPM OR NOT NODE)
  message("SKIPPED: no Chromium, Node.js and npm on this machine (Debian: chromium, nodejs, npm), so nobody has looked at the status page")
  return()
endif()
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
npm_package(axe axe-core 4.14.1)
npm_package(playwright playwright-core 1.65.1)
if(NOT axe OR NOT playwright)
  return()
endif()

execute_process(COMMAND "${PROGRAM}" "${NODE}" "${CMAKE_CURRENT_LIST_DIR}/status_page.js" "${playwright}" "${axe}" "${CHROMIUM}"
                TIMEOUT 900 OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE failed)
message("${said}")
if(failed OR said MATCHES "WRONG: ")
  message(FATAL_ERROR "the status page is not as it should be (${failed})")
endif()
