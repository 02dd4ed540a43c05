# SPDX-License-Identifier: GPL-3.0-or-later
# Configures the project beside this file on machines made up from a PATH of our own: with an npm that fetches the wrong
# thing, without npm, with a broken network, and with system libraries that are good or too old.
set(archive "${CACHE_DIR}/journeyapps-sqlcipher-6.0.0.tgz")
if(NOT EXISTS "${archive}")
  message("nothing was fetched here")
  return()
endif()
file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}/tools" "${WORK_DIR}/npm")
# A compiler finds its assembler and linker by PATH.
foreach(tool as ld)
  find_program(found ${tool} NO_CACHE REQUIRED)
  file(CREATE_LINK "${found}" "${WORK_DIR}/tools/${tool}" SYMBOLIC)
  unset(found)
endforeach()

# npm, as a script of these shell lines.
function(npm_does)
  string(JOIN "\n" script "#!/bin/sh" ${ARGN} "")
  file(WRITE "${WORK_DIR}/npm/npm" "${script}")
  file(CHMOD "${WORK_DIR}/npm/npm" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

# configure(NAME PATH option…) sets `exit_code` and, as one line, `output`.
function(configure name path)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env "PATH=${path}" "PKG_CONFIG_PATH=${WORK_DIR}/pkgconfig"
      ${CMAKE_COMMAND} -S "${SOURCE_DIR}" -B "${WORK_DIR}/${name}" -G "${GENERATOR}" -D CMAKE_MAKE_PROGRAM=${MAKE_PROGRAM}
      -D CMAKE_C_COMPILER=${C_COMPILER} -D CMAKE_BUILD_TYPE=Release -D SOTTO_SYSTEM_SQLCIPHER=OFF ${ARGN}
    RESULT_VARIABLE exit_code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \r\n]+" " " output "${output}")
  set(exit_code ${exit_code} PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()


function(expect_failure what text)
  if(exit_code EQUAL 0)
    message(SEND_ERROR "${what}: configured all the same")
  elseif(NOT output MATCHES "${text}")
    message(SEND_ERROR "${what}: the error does not say \"${text}\"\n--- output: ${output}")
  endif()
endfunction()

function(expect_success what text)
  if(NOT exit_code EQUAL 0 OR NOT output MATCHES "${text}")
    message(SEND_ERROR "${what}\n--- output: ${output}")
  endif()
endfunction()

set(with_npm "${WORK_DIR}/npm:${WORK_DIR}/tools")
set(own_cache -D SOTTO_CACHE_DIR=${WORK_DIR}/cache)

# Something else under the right name.
npm_does("echo not the archive > journeyapps-sqlcipher-6.0.0.tgz")
configure(wrong_hash "${with_npm}" ${own_cache})
expect_failure("a wrong archive" "does not have the pinned SHA-512 and was thrown away: check npm's registry setting")
if(EXISTS "${WORK_DIR}/cache/journeyapps-sqlcipher-6.0.0.tgz" OR EXISTS "${WORK_DIR}/cache/download")
  message(SEND_ERROR "a wrong archive stayed in the cache")
endif()

# No npm at all.
configure(no_npm "${WORK_DIR}/tools" ${own_cache})
expect_failure("no npm" "npm, which fetches its source, is not on PATH: run scripts/setup or install npm")

# npm without network.
npm_does("echo 'npm ERR! network unreachable' >&2" "exit 7")
configure(no_network "${with_npm}" ${own_cache})
expect_failure("no network" "failed \\(7\\) npm ERR! network unreachable: check the network")

# The genuine archive, once; from then on without network, in the same build tree and in a new one.
npm_does("echo \"$@\" >> '${WORK_DIR}/npm.log'" "/bin/cp '${archive}' .")
configure(first "${with_npm}" ${own_cache})
expect_success("the first configure" "fetching @journeyapps/sqlcipher@6.0.0 by npm")
npm_does("echo again >> '${WORK_DIR}/npm.log'" "exit 7")
foreach(tree first second)
  configure(${tree} "${with_npm}" ${own_cache})
  expect_success("a second configure without network" "SQLCipher: ${WORK_DIR}/cache/sqlcipher-6.0.0")
endforeach()
file(STRINGS "${WORK_DIR}/npm.log" calls)
if(NOT calls STREQUAL "pack --silent --ignore-scripts @journeyapps/sqlcipher@6.0.0")
  message(SEND_ERROR "npm was not called exactly once: ${calls}")
endif()

# A source that changed on disk is not compiled: the archive is unpacked again.
file(APPEND "${WORK_DIR}/cache/sqlcipher-6.0.0/sqlite3.c" "damage")
configure(second "${with_npm}" ${own_cache})
expect_success("a damaged source" "SQLCipher: ${WORK_DIR}/cache/sqlcipher-6.0.0")
file(SHA256 "${WORK_DIR}/cache/sqlcipher-6.0.0/sqlite3.c" damaged_and_repaired)
file(SHA256 "${CACHE_DIR}/sqlcipher-6.0.0/sqlite3.c" genuine)
if(NOT damaged_and_repaired STREQUAL genuine)
  message(SEND_ERROR "the damaged source stayed")
endif()
file(APPEND "${WORK_DIR}/cache/sqlcipher-6.0.0/sqlite3.c" "damage")
file(APPEND "${WORK_DIR}/cache/journeyapps-sqlcipher-6.0.0.tgz" "damage")
configure(second "${with_npm}" ${own_cache})
expect_failure("a damaged source and archive" "failed \\(7\\)")

# The system's library: ours under its name is good enough, and then npm is not needed; something else is not.
find_program(pkg_config pkg-config NO_CACHE REQUIRED)
set(system -D SOTTO_SYSTEM_SQLCIPHER=ON -D PKG_CONFIG_EXECUTABLE=${pkg_config})
function(system_library cflags libs)
  file(WRITE "${WORK_DIR}/pkgconfig/sqlcipher.pc" "Name: SQLCipher\nDescription: test\nVersion: 3\nCflags: ${cflags}\nLibs: ${libs}\n")
endfunction()
if(EXISTS "${LIBRARY_DIR}/libsqlcipher.a")
  system_library("-I${CACHE_DIR}/sqlcipher-6.0.0" "-L${LIBRARY_DIR} -lsqlcipher -lcrypto -ldl -lm")
  configure(good_system "${WORK_DIR}/tools" ${own_cache} ${system})
  expect_success("a good system library" "SQLCipher: the system's \\(4\\.")
endif()
file(WRITE "${WORK_DIR}/old/sqlite3.h" [[
typedef struct sqlite3 sqlite3;
#define SQLITE_OK 0
static int sqlite3_open(const char* n, sqlite3** d) { (void)n; (void)d; return 0; }
static int sqlite3_key(sqlite3* d, const void* k, int n) { (void)d; (void)k; (void)n; return 0; }
static int sqlite3_exec(sqlite3* d, const char* s, int (*f)(void*, int, char**, char**), void* a, char** e)
{
    char* version = "3.4.1";
    (void)d; (void)s; (void)e;
    return f ? f(a, 1, &version, &version) : 0;
}
]])
system_library("-I${WORK_DIR}/old" "")
configure(old_system "${WORK_DIR}/tools" ${own_cache} ${system})
expect_failure("an old system library" "not the system's: cipher_version is 3\\.4\\.1, 4\\.5 is needed.*npm")
