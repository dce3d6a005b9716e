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
page_of_driver(page)
file(READ "${CMAKE_CURRENT_LIST_DIR}/measure.js" script)
framed_page("${page}" "<script>//<![CDATA[\n${script}//]]>\n</script>")

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
