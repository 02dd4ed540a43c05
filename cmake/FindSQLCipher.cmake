# SPDX-License-Identifier: GPL-3.0-or-later
# SQLCipher::SQLCipher: SQLite with encrypted pages and full-text search.
#
# The system's library is taken if it is 4.5 or newer and an FTS5 table works, which a small program tries at
# configure time (Debian 12 ships 3.4.1 without FTS5). Otherwise the amalgamation of a pinned npm package is
# fetched once by `npm pack`, checked against its SHA-512 and kept in SOTTO_CACHE_DIR, so that later configures
# need no network. It is always compiled with the same flags (cmake/sqlcipher/), whatever the build type.
#
# SOTTO_SYSTEM_SQLCIPHER=OFF skips the system's library. Users include <sqlite3.h>.
include_guard(GLOBAL)

set(sqlcipher_package "@journeyapps/sqlcipher@6.0.0")
set(sqlcipher_archive "journeyapps-sqlcipher-6.0.0.tgz")
set(sqlcipher_archive_sha512
  "626592408478727bfee4bdfc9582684bf74817ff9b11905a0020136de4f2ab85ca8cc1dcc5d22516712504b888a9af6bc2c78e222988623b9d80e382a2fb9ddd")
set(sqlcipher_c_sha256 "2ba87bbc92caf02c0ac640198c537c24bdda899a18bbba289f3d3f44d56795e4")
set(sqlcipher_h_sha256 "c7253bc5d2ba0fad5236fc10ed959f99374bdbc224c200250c9c4a90edf56023")

if(DEFINED ENV{XDG_CACHE_HOME} AND IS_ABSOLUTE "$ENV{XDG_CACHE_HOME}")
  set(sqlcipher_cache "$ENV{XDG_CACHE_HOME}/sotto")
elseif(DEFINED ENV{HOME})
  set(sqlcipher_cache "$ENV{HOME}/.cache/sotto")
else()
  set(sqlcipher_cache "${CMAKE_BINARY_DIR}/cache")
endif()
set(SOTTO_CACHE_DIR "${sqlcipher_cache}" CACHE PATH "Where fetched sources are kept between builds")
option(SOTTO_SYSTEM_SQLCIPHER "Use the system's SQLCipher if it is good enough" ON)

# Sets `result` to whether the file is there and has the hash.
function(sqlcipher_has_hash result file algorithm expected)
  set(actual "")
  if(EXISTS "${file}")
    file(${algorithm} "${file}" actual)
  endif()
  if(actual STREQUAL expected)
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# Sets `result` to whether the system's library is new enough and can do what we need.
function(sqlcipher_probe_system result)
  set(${result} FALSE PARENT_SCOPE)
  find_package(PkgConfig QUIET)
  if(NOT PKG_CONFIG_FOUND)
    return()
  endif()
  pkg_check_modules(system_sqlcipher QUIET IMPORTED_TARGET GLOBAL sqlcipher)
  if(NOT system_sqlcipher_FOUND)
    return()
  endif()
  try_run(exit_code compiled
    SOURCES "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/sqlcipher/probe.c"
    NO_CACHE
    COMPILE_DEFINITIONS -DSQLITE_HAS_CODEC
    LINK_LIBRARIES PkgConfig::system_sqlcipher
    RUN_OUTPUT_VARIABLE output)
  if(compiled AND exit_code STREQUAL "0")
    message(STATUS "SQLCipher: the system's (${output})")
    set(${result} TRUE PARENT_SCOPE)
  elseif(compiled)
    message(STATUS "SQLCipher: not the system's: ${output}")
  else()
    message(STATUS "SQLCipher: not the system's: a program against it does not build")
  endif()
endfunction()

# Leaves the checked archive at `archive`, by npm if the cache does not have it.
function(sqlcipher_fetch archive)
  sqlcipher_has_hash(cached "${archive}" SHA512 "${sqlcipher_archive_sha512}")
  if(cached)
    return()
  endif()
  # Only PATH: the npm that the person would get by typing its name.
  find_program(npm NAMES npm PATHS ENV PATH NO_DEFAULT_PATH NO_CACHE)
  if(NOT npm)
    message(FATAL_ERROR "SQLCipher >= 4.5 with FTS5 is not installed, and npm, which fetches its source, is not on PATH: "
      "run scripts/setup or install npm, or put ${sqlcipher_archive} into ${SOTTO_CACHE_DIR}, then configure again.")
  endif()
  message(STATUS "SQLCipher: fetching ${sqlcipher_package} by npm")
  set(download "${SOTTO_CACHE_DIR}/download")
  file(REMOVE_RECURSE "${download}")
  file(MAKE_DIRECTORY "${download}")
  execute_process(
    COMMAND "${npm}" pack --silent --ignore-scripts "${sqlcipher_package}"
    WORKING_DIRECTORY "${download}" RESULT_VARIABLE exit_code ERROR_VARIABLE output OUTPUT_QUIET TIMEOUT 300)
  if(NOT exit_code EQUAL 0 OR NOT EXISTS "${download}/${sqlcipher_archive}")
    string(STRIP "${output}" output)
    string(REGEX REPLACE "[\r\n].*" "" output "${output}")
    file(REMOVE_RECURSE "${download}")
    message(FATAL_ERROR "Fetching SQLCipher's source by `npm pack ${sqlcipher_package}` failed (${exit_code}) ${output}: "
      "check the network and npm's registry setting, or put ${sqlcipher_archive} into ${SOTTO_CACHE_DIR}, then configure again.")
  endif()
  sqlcipher_has_hash(genuine "${download}/${sqlcipher_archive}" SHA512 "${sqlcipher_archive_sha512}")
  if(NOT genuine)
    file(REMOVE_RECURSE "${download}")
    message(FATAL_ERROR "What npm fetched as ${sqlcipher_package} does not have the pinned SHA-512 and was thrown away: "
      "check npm's registry setting, or put the genuine ${sqlcipher_archive} into ${SOTTO_CACHE_DIR}, then configure again.")
  endif()
  file(RENAME "${download}/${sqlcipher_archive}" "${archive}")
  file(REMOVE_RECURSE "${download}")
endfunction()

# Sets `result` to the folder that holds the checked sqlite3.c and sqlite3.h. The same folder for every build tree, so
# that ccache compiles the library once for all of them.
function(sqlcipher_sources result)
  set(sources "${SOTTO_CACHE_DIR}/sqlcipher-6.0.0")
  set(${result} "${sources}" PARENT_SCOPE)
  file(MAKE_DIRECTORY "${SOTTO_CACHE_DIR}")
  file(LOCK "${SOTTO_CACHE_DIR}/lock" GUARD FUNCTION TIMEOUT 330)
  sqlcipher_has_hash(source_good "${sources}/sqlite3.c" SHA256 "${sqlcipher_c_sha256}")
  sqlcipher_has_hash(header_good "${sources}/sqlite3.h" SHA256 "${sqlcipher_h_sha256}")
  if(source_good AND header_good)
    return()
  endif()
  set(archive "${SOTTO_CACHE_DIR}/${sqlcipher_archive}")
  sqlcipher_fetch("${archive}")
  set(unpacked "${SOTTO_CACHE_DIR}/unpacked")
  file(REMOVE_RECURSE "${unpacked}" "${sources}")
  file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${unpacked}"
    PATTERNS "package/LICENSE" "package/deps/sqlcipher-amalgamation/sqlite3.[ch]")
  file(RENAME "${unpacked}/package/LICENSE" "${unpacked}/package/deps/sqlcipher-amalgamation/LICENSE")
  file(RENAME "${unpacked}/package/deps/sqlcipher-amalgamation" "${sources}")
  file(REMOVE_RECURSE "${unpacked}")
endfunction()

set(sqlcipher_from_system FALSE)
if(SOTTO_SYSTEM_SQLCIPHER)
  sqlcipher_probe_system(sqlcipher_from_system)
endif()
if(sqlcipher_from_system)
  add_library(SQLCipher::SQLCipher INTERFACE IMPORTED GLOBAL)
  target_link_libraries(SQLCipher::SQLCipher INTERFACE PkgConfig::system_sqlcipher)
  # Declares sqlite3_key() in the system's header.
  target_compile_definitions(SQLCipher::SQLCipher INTERFACE SQLITE_HAS_CODEC)
else()
  find_package(OpenSSL REQUIRED COMPONENTS Crypto)
  find_package(Threads REQUIRED)
  sqlcipher_sources(SQLCIPHER_SOURCE_DIR)
  add_subdirectory("${CMAKE_CURRENT_LIST_DIR}/sqlcipher" "${CMAKE_BINARY_DIR}/sqlcipher" EXCLUDE_FROM_ALL)
  message(STATUS "SQLCipher: ${SQLCIPHER_SOURCE_DIR}")
endif()
set(SQLCipher_FOUND TRUE)
