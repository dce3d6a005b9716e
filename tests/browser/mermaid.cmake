# Diagrams of awkward names in the real Mermaid: cmake -DPROGRAM=... -DWORK=... -P mermaid.cmake
# PROGRAM prints the diagrams, and mermaid.js says what they show otherwise than they should.

include("${CMAKE_CURRENT_LIST_DIR}/chromium.cmake")
if(NOT CHROMIUM OR NOT NPM)
  message("SKIPPED: no Chromium and npm on this machine (Debian: chromium, npm), so the diagrams are checked by rules alone")
  return()
endif()
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
npm_package(mermaid mermaid 12.3.0)
if(NOT mermaid)
  return()
endif()

execute_process(COMMAND "${PROGRAM}" OUTPUT_FILE "${WORK}/diagrams.json" RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${PROGRAM} ended with ${failed}")
endif()
file(READ "${WORK}/diagrams.json" diagrams)
string(REPLACE "</" "<\\/" diagrams "${diagrams}")
file(WRITE "${WORK}/diagrams.js" "const diagrams = ${diagrams};\n")
file(WRITE "${WORK}/diagrams.html"
     "<!DOCTYPE html><meta charset=\"utf-8\"><pre id=\"findings\"></pre><div id=\"drawn\"></div>
      <script src=\"file://${mermaid}/dist/mermaid.min.js\"></script><script src=\"diagrams.js\"></script>
      <script src=\"file://${CMAKE_CURRENT_LIST_DIR}/mermaid.js\"></script>\n")
findings_of(findings "file://${WORK}/diagrams.html" --virtual-time-budget=120000)
if(NOT findings MATCHES "^[1-9][0-9]* diagrams$")
  message(FATAL_ERROR "Mermaid 12.3 shows:\n${findings}")
endif()
