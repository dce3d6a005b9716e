# What the tests in a real browser share. Each prints SKIPPED and ends where what it needs is not on this machine.

cmake_minimum_required(VERSION 3.20)
find_program(CHROMIUM NAMES chromium chromium-browser google-chrome)
find_program(NPM npm)

# findings_of(OUT URL [ARGUMENTS...]): the text of the page's <pre id="findings"> when its scripts are done.
function(findings_of out url)
  execute_process(
    COMMAND "${CHROMIUM}" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run
            --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars
            "--user-data-dir=${WORK}/profile" ${ARGN} --dump-dom "${url}"
    TIMEOUT 240 OUTPUT_VARIABLE dom ERROR_VARIABLE said RESULT_VARIABLE failed)
  string(FIND "${dom}" "<pre id=\"findings\">" begin)
  string(FIND "${dom}" "</pre>" end)
  if(failed OR begin EQUAL -1 OR end LESS begin)
    message(FATAL_ERROR "${CHROMIUM} did not show the page (${failed}):\n${said}")
  endif()
  math(EXPR begin "${begin} + 19")
  math(EXPR length "${end} - ${begin}")
  string(SUBSTRING "${dom}" ${begin} ${length} findings)
  set(${out} "${findings}" PARENT_SCOPE)
endfunction()

# npm_package(OUT NAME VERSION): the folder of a package of npm's registry, which is kept in the build; empty where it
# cannot be had.
function(npm_package out name version)
  set(folder "${WORK}/../npm/${name}-${version}")
  if(NOT EXISTS "${folder}/package/package.json")
    file(MAKE_DIRECTORY "${folder}")
    execute_process(COMMAND "${NPM}" pack --silent --fetch-retries=1 "${name}@${version}" WORKING_DIRECTORY "${folder}"
                    TIMEOUT 240 OUTPUT_QUIET ERROR_VARIABLE said RESULT_VARIABLE failed)
    file(GLOB archive "${folder}/*.tgz")
    if(failed OR NOT archive)
      message("SKIPPED: npm cannot fetch ${name} ${version}: ${said}")
      set(${out} "" PARENT_SCOPE)
      return()
    endif()
    file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${folder}")
    file(REMOVE "${archive}")
  endif()
  set(${out} "${folder}/package" PARENT_SCOPE)
endfunction()
