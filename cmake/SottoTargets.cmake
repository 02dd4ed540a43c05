# SPDX-License-Identifier: GPL-3.0-or-later
# One way to declare a library, a program, a test and a bench.

# sotto_library(NAME SOURCES a.cpp … PUBLIC lib … PRIVATE lib …)
function(sotto_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE sotto_compiler ${ARG_PRIVATE})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# sotto_program(NAME SOURCES a.cpp … LIBS lib …)
function(sotto_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE sotto_compiler ${ARG_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# sotto_test(NAME SOURCES a.cpp … LIBS lib … [TIMEOUT seconds] [MOC])
# One QtTest executable that CTest runs; MOC for the QObject that holds the test slots.
function(sotto_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE sotto_compiler ${ARG_LIBS} Qt6::Core Qt6::Test)
  if("world" IN_LIST ARG_LIBS) # parsing its headers is most of what compiling such a test takes
    target_precompile_headers(${name} REUSE_FROM world)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;SOTTO_BIN_DIR=${CMAKE_BINARY_DIR}/bin;SOTTO_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()

# sotto_fuzzer(NAME SOURCES a.cpp … LIBS lib …)
# One fuzz target. With SOTTO_FUZZ it is a libFuzzer program that CTest runs for a few seconds from its corpus in
# tests/fuzz/corpus/NAME/; else a program that replays that corpus in every test run.
function(sotto_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  if(SOTTO_FUZZ)
    add_executable(${name} ${ARG_SOURCES} libfuzzer_entry.cpp)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set(found ${CMAKE_BINARY_DIR}/fuzz/corpus/${name})
    file(MAKE_DIRECTORY ${found})
    add_test(NAME ${name} COMMAND ${name} -max_total_time=10 -timeout=5 -print_final_stats=1 ${found} ${corpus})
  else()
    add_executable(${name} ${ARG_SOURCES} replay.cpp)
    add_test(NAME ${name} COMMAND ${name} ${corpus})
  endif()
  target_link_libraries(${name} PRIVATE sotto_compiler ${ARG_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
endfunction()
