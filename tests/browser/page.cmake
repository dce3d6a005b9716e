# The driver's page in a real browser, at two widths and in two colour schemes:
#   cmake -DDRIVER=... -DWORK=... -P page.cmake
# A copy of the page gets a script that measures what a reader would see, and tells its findings to the page around it.
# Prints SKIPPED where there is no Chromium.

include("${CMAKE_CURRENT_LIST_DIR}/chromium.cmake")
if(NOT CHROMIUM)
  message("SKIPPED: no Chromium on this machine (Debian: chromium), so nobody has looked at the page")
  return()
endif()

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
execute_process(COMMAND "${DRIVER}" --files 200 --progress none --html "${WORK}/run.html" WORKING_DIRECTORY "${WORK}"
                OUTPUT_QUIET RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the driver ended with ${failed}")
endif()
file(READ "${WORK}/run.html" page)
file(READ "${CMAKE_CURRENT_LIST_DIR}/measure.js" script)
string(REPLACE "</body>" "<script>//<![CDATA[\n${script}//]]>\n</script></body>" page "${page}")
file(WRITE "${WORK}/measured.html" "${page}")
# A window is at least 500 px wide; a frame in it is as narrow as a phone.
file(WRITE "${WORK}/frame.html"
     "<!DOCTYPE html><meta name=\"color-scheme\" content=\"light dark\"><pre id=\"findings\"></pre><script>
      const width = location.hash.slice(1), frame = document.createElement('iframe')
      frame.style = 'border:0;height:844px;width:' + width + 'px'
      addEventListener('message', (said) => findings.textContent = said.data)
      frame.src = 'measured.html'
      document.body.append(frame)</script>")

# looks_as(WIDTH SCHEME BACKGROUND): SCHEME as Chromium numbers them, 0 dark and 1 light.
function(looks_as width scheme background)
  findings_of(findings "file://${WORK}/frame.html#${width}" --window-size=1400,900 --virtual-time-budget=5000
              "--blink-settings=preferredColorScheme=${scheme}")
  if(NOT findings STREQUAL "width ${width}, background ${background}, 22 charts, PASS")
    message(FATAL_ERROR "at ${width} px, scheme ${scheme}:\n${findings}")
  endif()
endfunction()

looks_as(1280 1 "rgb(255, 255, 255)")
looks_as(1280 0 "rgb(13, 17, 23)")
looks_as(390 1 "rgb(255, 255, 255)")
looks_as(390 0 "rgb(13, 17, 23)")
