# The rooms of the library and what each may include. Fails on a wrong arrow and names the header:
# cmake -DCOMPILER=g++ -DINCLUDE=include -P check.cmake
#
# The directives are read as they stand, so that the message can name the line; then the compiler lists all that a room
# really includes (-M), so that nothing comes in by a way round.

cmake_minimum_required(VERSION 3.20)
get_filename_component(INCLUDE "${INCLUDE}" ABSOLUTE)
set(libraries boost date/tz beast openssl sqlite3 libpq-fe fmt nlohmann CLI catch2)
find_path(libpq libpq-fe.h PATHS /usr/include /usr/local/include PATH_SUFFIXES postgresql)
set(problems "")
set(known "")

function(problem text)
  set(problems "${problems}\n  ${text}" PARENT_SCOPE)
endfunction()

# room(NAME [INCLUDES ROOM...] [LIBRARIES NAME...] [NEVER STANDARD_HEADER...] [ALL_OF ROOM...] [BUT HEADER...]
#      [EXCEPT FOLDER...] [SYSTEM_HEADERS] [SELECTS_SYSTEM_IN HEADER...])
#
# Beside the rooms that it INCLUDES a room gets the standard library and its LIBRARIES. Only a room that says so may
# include headers of the operating system, and only the headers that it names may ask which system this is. NAME may
# also be an umbrella, a header that is in no room: it must reach every header of the rooms that it is for (ALL_OF), except
# those that it leaves out (BUT).
function(room name)
  cmake_parse_arguments(PARSE_ARGV 1 may "SYSTEM_HEADERS" "" "SELECTS_SYSTEM_IN;INCLUDES;LIBRARIES;NEVER;ALL_OF;BUT;EXCEPT;DEFINES")
  set(known "${known}" "${name}" PARENT_SCOPE)
  string(REGEX REPLACE "/.*" "" folder "${name}")
  list(APPEND may_INCLUDES "${folder}" version.hpp needs_cpp20 ${may_ALL_OF})
  if(name MATCHES "[.]hpp$")
    set(headers "pawl/${name}")
  else()
    file(GLOB_RECURSE headers RELATIVE "${INCLUDE}" "${INCLUDE}/pawl/${name}/*.hpp")
  endif()
  foreach(folder_of_others IN LISTS may_EXCEPT)
    list(FILTER headers EXCLUDE REGEX "^pawl/${folder_of_others}(/|$)")
  endforeach()

  foreach(header IN LISTS headers)
    file(READ "${INCLUDE}/${header}" text)
    string(REGEX MATCH "__linux|__unix|__APPLE__|_WIN32|__FreeBSD__" system_macro "${text}")
    if(system_macro AND NOT header IN_LIST may_SELECTS_SYSTEM_IN)
      problem("${header} asks for ${system_macro}: only pawl/system/native.hpp, and posix/variant.hpp there, may ask which system this is")
    endif()
    string(REGEX MATCH "__PRETTY_FUNCTION__|__attribute__|__builtin_|__extension__|__int128|__typeof|gnu::" of_compiler "${text}")
    if(of_compiler AND NOT header STREQUAL "pawl/version.hpp" AND NOT header MATCHES "^pawl/system/(posix|linux|apple)/")
      problem("${header} has ${of_compiler}, which not every compiler knows: what is written so has a name in pawl/version.hpp")
    endif()
    string(REGEX MATCHALL "\n[ \t]*#[ \t]*include[^\n;]*" directives "\n${text}")
    foreach(directive IN LISTS directives)
      string(STRIP "${directive}" line)
      if(NOT directive MATCHES "^\n#include <([^>]+)>")
        problem("${header}: write '#include <...>' at column 0, not '${line}'")
        continue()
      endif()
      set(included "${CMAKE_MATCH_1}")
      string(REGEX MATCH "^pawl/([^/]+)" own "${included}")
      set(room "${CMAKE_MATCH_1}")
      string(REGEX MATCH "^[^/.]+" library "${included}")
      if(own AND NOT room IN_LIST may_INCLUDES)
        problem("${header} includes <${included}>: ${name} may not include ${room}")
      elseif(included IN_LIST may_NEVER)
        problem("${header} includes <${included}>: ${name} does without it")
      elseif(included STREQUAL "boost/asio.hpp")
        problem("${header} includes <${included}>: include the parts that it uses")
      elseif(NOT own AND included MATCHES "[./]" AND NOT library IN_LIST may_LIBRARIES
             AND NOT may_SYSTEM_HEADERS)
        list(JOIN may_LIBRARIES ", " allowed)
        problem("${header} includes <${included}>: ${name} may include only the standard library (and: ${allowed})")
      endif()
    endforeach()
  endforeach()

  list(TRANSFORM headers PREPEND "-include;" OUTPUT_VARIABLE forced)
  execute_process(COMMAND "${COMPILER}" -std=c++20 -M -I . ${may_DEFINES} ${forced} -x c++ /dev/null WORKING_DIRECTORY "${INCLUDE}"
                  RESULT_VARIABLE failed OUTPUT_VARIABLE listed ERROR_VARIABLE said)
  if(failed)
    problem("the compiler cannot list what ${name} includes:\n${said}")
  endif()
  string(REGEX MATCHALL "[^ \n\\:]+" listed "${listed}")
  list(TRANSFORM listed REPLACE "^[.]/" "")
  foreach(path IN LISTS listed)
    if(path MATCHES "^pawl/([^/]+)")
      if(NOT CMAKE_MATCH_1 IN_LIST may_INCLUDES)
        problem("${name} includes <${path}> by a way round")
      endif()
      continue()
    endif()
    foreach(library IN LISTS libraries)
      if(path MATCHES "/include/(.*/)?${library}(/|[.]h)" AND NOT library IN_LIST may_LIBRARIES)
        problem("${name} includes ${library} (${path})")
        break()
      endif()
    endforeach()
  endforeach()

  foreach(part IN LISTS may_ALL_OF)
    file(GLOB_RECURSE headers RELATIVE "${INCLUDE}" "${INCLUDE}/pawl/${part}/*.hpp")
    foreach(folder_of_others IN LISTS may_EXCEPT)
      list(FILTER headers EXCLUDE REGEX "^pawl/${folder_of_others}(/|$)")
    endforeach()
    foreach(header IN LISTS headers)
      if(header IN_LIST may_BUT AND header IN_LIST listed)
        problem("${name} includes <${header}>, which it is to leave out")
      elseif(NOT header IN_LIST may_BUT AND NOT header IN_LIST listed)
        problem("${name} does not include <${header}>")
      endif()
    endforeach()
  endforeach()
  set(problems "${problems}" PARENT_SCOPE)
endfunction()

room(version.hpp)
room(error.hpp)
room(fsm NEVER chrono functional iostream string)
room(latency INCLUDES error.hpp system)
room(adapter INCLUDES fsm latency)
room(store INCLUDES error.hpp fsm latency adapter)
set(without_loop recurring/due_ticks.hpp recurring/recurring.hpp recurring/recurring_options.hpp recurring/schedule_step.hpp
                 recurring/tick.hpp)  # for programs that ask by themselves, without Boost
set(other_systems system/apple system/windows)  # whose own headers are not here
room(system INCLUDES error.hpp EXCEPT ${other_systems} SYSTEM_HEADERS SELECTS_SYSTEM_IN pawl/system/native.hpp pawl/system/posix/variant.hpp)
room(calendar INCLUDES error.hpp store EXCEPT calendar/zone.hpp)
room(calendar/zone.hpp INCLUDES error.hpp store calendar LIBRARIES date date/tz DEFINES -DUSE_OS_TZDB=1)
room(recurring INCLUDES error.hpp fsm latency adapter store system loop queue runner calendar LIBRARIES boost
     EXCEPT ${without_loop})
foreach(header IN LISTS without_loop)
  room(${header} INCLUDES error.hpp fsm latency adapter store calendar)
endforeach()
room(sqlite INCLUDES error.hpp fsm latency adapter store system LIBRARIES sqlite3)
room(postgres INCLUDES error.hpp fsm latency adapter store system loop LIBRARIES boost libpq-fe
     DEFINES "-isystem${libpq}")
room(loop INCLUDES error.hpp system LIBRARIES boost)
room(queue INCLUDES error.hpp fsm latency adapter store system loop LIBRARIES boost)
room(runner INCLUDES error.hpp fsm latency adapter store system loop queue LIBRARIES boost)
room(http INCLUDES error.hpp fsm latency adapter system loop LIBRARIES boost EXCEPT http/beast http/beast_client.hpp)
room(http/beast INCLUDES error.hpp fsm latency adapter system loop http LIBRARIES boost beast openssl
     EXCEPT http/beast/field_finder.hpp)
room(http/beast/field_finder.hpp LIBRARIES nlohmann)
room(http/beast_client.hpp INCLUDES error.hpp fsm latency adapter system loop http LIBRARIES boost beast openssl nlohmann)
room(testing INCLUDES error.hpp fsm latency adapter store EXCEPT testing/http testing/http.hpp)
room(testing/http INCLUDES error.hpp fsm latency adapter system loop http testing LIBRARIES boost beast openssl)
room(report INCLUDES error.hpp fsm latency adapter store LIBRARIES fmt nlohmann)
set(consoles console/sqlite console/sqlite_console.hpp console/postgres console/postgres_console.hpp)  # each of a store
room(console INCLUDES error.hpp fsm latency adapter store system loop LIBRARIES boost EXCEPT ${consoles})
room(console/sqlite INCLUDES error.hpp fsm latency adapter store system loop sqlite LIBRARIES boost sqlite3)
room(console/sqlite_console.hpp INCLUDES error.hpp fsm latency adapter store system loop sqlite LIBRARIES boost sqlite3)
room(console/postgres INCLUDES error.hpp fsm latency adapter store system loop postgres LIBRARIES boost libpq-fe
     DEFINES "-isystem${libpq}")
room(console/postgres_console.hpp INCLUDES error.hpp fsm latency adapter store system loop postgres LIBRARIES boost libpq-fe
     DEFINES "-isystem${libpq}")
set(of_page error.hpp fsm latency adapter store system loop queue runner http report console)
room(page INCLUDES ${of_page} LIBRARIES boost beast openssl fmt nlohmann)
room(core.hpp ALL_OF fsm latency adapter store INCLUDES error.hpp BUT pawl/latency/per_thread.hpp pawl/latency/single_writer.hpp)
room(pawl.hpp ALL_OF fsm latency adapter store system sqlite loop queue runner INCLUDES error.hpp core.hpp LIBRARIES sqlite3 boost EXCEPT ${other_systems}
     BUT pawl/system/posix/file_system_kind.hpp pawl/loop/socket_wait.hpp)
room(compiled.hpp INCLUDES error.hpp core.hpp pawl.hpp fsm latency adapter store system sqlite loop queue runner LIBRARIES sqlite3 boost
     DEFINES -DPAWL_COMPILED -DBOOST_ASIO_SEPARATE_COMPILATION)
room(recurring.hpp ALL_OF calendar recurring INCLUDES error.hpp fsm latency adapter store system loop queue runner LIBRARIES boost
     EXCEPT calendar/zone.hpp)
room(report.hpp ALL_OF report INCLUDES error.hpp fsm latency adapter store LIBRARIES fmt nlohmann)
room(testing.hpp ALL_OF testing INCLUDES error.hpp fsm latency adapter store EXCEPT testing/http testing/http.hpp)
room(http.hpp ALL_OF http INCLUDES error.hpp fsm latency adapter system loop LIBRARIES boost EXCEPT http/beast http/beast_client.hpp)
room(page.hpp ALL_OF page INCLUDES ${of_page} LIBRARIES boost beast openssl fmt nlohmann)
room(testing/http.hpp ALL_OF testing/http INCLUDES error.hpp fsm latency adapter system loop http testing LIBRARIES boost beast openssl)
room(postgres.hpp ALL_OF postgres INCLUDES error.hpp fsm latency adapter store system loop LIBRARIES boost libpq-fe
     DEFINES "-isystem${libpq}")

# libpq's own names are behind one header.
file(GLOB_RECURSE headers RELATIVE "${INCLUDE}" "${INCLUDE}/pawl/postgres/*.hpp")
foreach(header IN LISTS headers)
  file(STRINGS "${INCLUDE}/${header}" found REGEX "^#include <libpq")
  if(found AND NOT header STREQUAL "pawl/postgres/libpq.hpp")
    problem("${header} includes <libpq-fe.h>: only pawl/postgres/libpq.hpp may")
  endif()
endforeach()

file(GLOB entries RELATIVE "${INCLUDE}/pawl" "${INCLUDE}/pawl/*")
foreach(entry IN LISTS entries)
  if(NOT entry IN_LIST known)
    problem("pawl/${entry}: no rule says what it may include")
  endif()
endforeach()

if(problems)
  message(FATAL_ERROR "wrong includes in ${INCLUDE}:${problems}")
endif()
