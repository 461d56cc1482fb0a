include(GoogleTest)

# Every module's unit tests, and nothing else: what the sanitizers are given to build.
add_custom_target(unit_tests)

# ostraka_module(NAME [PURE] [DEPENDS target...] [TEST_DEPENDS target...])
#   One folder, one library ostraka_NAME of its *.cc files; x_test.cc files become one test binary
#   NAME_test (labelled `unit`); x_fuzz.cc and x_bench.cc are left to their own targets; main.cc to
#   ostraka_binary. PURE: no thread, file, socket or clock (tests/structure holds it to that), so that
#   its tests need not run under every preset (OSTRAKA_PURE_TESTS).
function(ostraka_module NAME)
  cmake_parse_arguments(ARG "PURE" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(ostraka_${NAME} STATIC ${sources})
    target_include_directories(ostraka_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(ostraka_${NAME} PUBLIC ${ARG_DEPENDS} PRIVATE ostraka_options)
  else()
    add_library(ostraka_${NAME} INTERFACE)
    target_include_directories(ostraka_${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(ostraka_${NAME} INTERFACE ${ARG_DEPENDS})
  endif()
  if(tests AND BUILD_TESTING AND (OSTRAKA_PURE_TESTS OR NOT ARG_PURE))
    add_executable(${NAME}_test ${tests})
    # Tests are built to be read by the compiler quickly: what they test is optimised, they are not.
    target_compile_options(${NAME}_test PRIVATE -O0)
    target_link_libraries(${NAME}_test PRIVATE ostraka_${NAME} ${ARG_TEST_DEPENDS} ostraka_options GTest::gmock_main)
    add_dependencies(unit_tests ${NAME}_test)
    target_compile_definitions(${NAME}_test PRIVATE OSTRAKA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    # A test that skips says SKIPPED by name in ctest's summary; it never counts as passed.
    gtest_discover_tests(${NAME}_test PROPERTIES LABELS unit TIMEOUT 300 DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# All fuzzers: what scripts/fuzz builds.
add_custom_target(fuzzers)

# ostraka_fuzzer(NAME MODULE [SOURCES file...] [DEPENDS target...])
#   NAME_fuzz.cc of this folder, with its module, becomes build/fuzz/bin/NAME_fuzz; seeds are in tests/fuzz/corpus/NAME,
#   words in tests/fuzz/NAME.dict. MODULE may be a smaller library than the folder's; SOURCES are then the files of this
#   folder that it needs.
function(ostraka_fuzzer NAME MODULE)
  if(NOT OSTRAKA_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${NAME}_fuzz ${NAME}_fuzz.cc ${ARG_SOURCES})
  target_link_libraries(${NAME}_fuzz PRIVATE ostraka_${MODULE} ${ARG_DEPENDS} ostraka_options)
  target_link_options(${NAME}_fuzz PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${NAME}_fuzz)
endfunction()

# ostraka_binary(FILE_NAME MODULE): a binary from this folder's main.cc and its module.
function(ostraka_binary FILE_NAME MODULE)
  add_executable(${FILE_NAME} main.cc)
  target_link_libraries(${FILE_NAME} PRIVATE ostraka_${MODULE} ostraka_options)
endfunction()
