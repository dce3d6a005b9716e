# The sizes of the single headers that the README tells are those of the files, within a tenth:
#   cmake -DREADME=README.md -P figures.cmake

cmake_minimum_required(VERSION 3.20)
get_filename_component(project "${README}" DIRECTORY)
file(GLOB headers RELATIVE "${project}" "${project}/single_include/pawl/*.hpp")
file(STRINGS "${README}" rows REGEX "^[|] `single_include/")
foreach(header IN LISTS headers)
  file(SIZE "${project}/${header}" bytes)
  file(READ "${project}/${header}" text)
  string(REGEX MATCHALL "\n" lines "${text}")
  list(LENGTH lines lines)
  math(EXPR tenths "(${lines} + 50) / 100")  # of a thousand lines
  math(EXPR kilobytes "(${bytes} + 500) / 1000")
  string(REGEX REPLACE "(.)$" ".\\1" thousands "${tenths}")
  set(right "| `${header}` | ${thousands} thousand lines, ${kilobytes} KB |")

  if(NOT rows MATCHES "`${header}` [|] ([0-9]+)[.]([0-9]) thousand lines, ([0-9]+) KB [|]")
    message(FATAL_ERROR "${README} does not tell how big ${header} is; it is\n${right}")
  endif()
  math(EXPR lines_off "10 * (${CMAKE_MATCH_1}${CMAKE_MATCH_2} - ${tenths})")
  math(EXPR bytes_off "10 * (${CMAKE_MATCH_3} - ${kilobytes})")
  if(lines_off GREATER tenths OR lines_off LESS "-${tenths}" OR bytes_off GREATER kilobytes OR bytes_off LESS "-${kilobytes}")
    message(FATAL_ERROR "${README} tells another size than ${header} has:\n${right}")
  endif()
endforeach()
