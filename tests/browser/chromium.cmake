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

# page_of_driver(OUT): the text of the page of a small run.
function(page_of_driver out)
  execute_process(COMMAND "${DRIVER}" --files 200 --progress none --html "${WORK}/run.html" WORKING_DIRECTORY "${WORK}"
                  OUTPUT_QUIET RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "the driver ended with ${failed}")
  endif()
  file(READ "${WORK}/run.html" page)
  set(${out} "${page}" PARENT_SCOPE)
endfunction()

# framed_page(PAGE SCRIPTS): frame.html#WIDTH is the page at that width, with SCRIPTS in it that post their findings to
# the page around it. A window is at least 500 px wide; a frame in it is as narrow as a phone.
function(framed_page page scripts)
  string(REPLACE "</body>" "${scripts}</body>" page "${page}")
  file(WRITE "${WORK}/measured.html" "${page}")
  file(WRITE "${WORK}/frame.html"
       "<!DOCTYPE html><meta name=\"color-scheme\" content=\"light dark\"><pre id=\"findings\"></pre><script>
        const width = location.hash.slice(1), frame = document.createElement('iframe')
        frame.style = 'border:0;height:844px;width:' + width + 'px'
        addEventListener('message', (said) => typeof said.data === 'string' && (findings.textContent = said.data))
        frame.src = 'measured.html'
        document.body.append(frame)</script>")
endfunction()
