# SPDX-License-Identifier: GPL-3.0-or-later
# Language level, warnings and sanitizers, carried by the interface target `sotto_compiler`.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(SOTTO_CCACHE ccache)
if(SOTTO_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${SOTTO_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SOTTO_CCACHE})
endif()

add_library(sotto_compiler INTERFACE)
target_include_directories(sotto_compiler INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(sotto_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # GCC 12 reports overlapping copies inside std::string that cannot happen (bug 105651), and when it optimises also
  # copies out of bounds inside std::vector (such as bug 105329). The sanitizers find the real ones.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>
  $<$<BOOL:${SOTTO_WERROR}>:-Werror>
  -fstack-protector-strong)
target_compile_definitions(sotto_compiler INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(SOTTO_SANITIZE)
  add_compile_options(-fsanitize=${SOTTO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SOTTO_SANITIZE})
else()
  # The sanitizers do not see the checked copies that this swaps in.
  target_compile_definitions(sotto_compiler INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()
if(SOTTO_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SOTTO_FUZZ needs clang's libFuzzer: configure with `cmake --preset fuzz`.")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# Full RELRO and PIE for everything that is linked.
include(CheckPIESupported)
check_pie_supported()
add_link_options(-Wl,-z,relro,-z,now)
