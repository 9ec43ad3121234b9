# How a test program is built and registered.

# gcc 12's ThreadSanitizer cannot place its shadow memory where newer kernels randomise addresses widely.
set(cmwq_test_launcher "")
if(CMWQ_SANITIZER STREQUAL "thread")
  set(launcher setarch ${CMAKE_HOST_SYSTEM_PROCESSOR} -R)
  execute_process(COMMAND ${launcher} true RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
  if(result EQUAL 0)
    set(cmwq_test_launcher ${launcher})
  else()
    message(WARNING "setarch -R is not permitted here; the tests run with randomised addresses")
  endif()
endif()

set(cmwq_test_environment
  "CMWQ_TEST_DATA=${PROJECT_SOURCE_DIR}/tests/data"
  "TSAN_OPTIONS=halt_on_error=1 second_deadlock_stack=1"
  "ASAN_OPTIONS=detect_stack_use_after_return=1 strict_string_checks=1"
  "UBSAN_OPTIONS=print_stacktrace=1")

# What every test target shares: tests see the library's private headers too.
function(cmwq_setup_test_target target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/harness ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC cmwq::cmwq GTest::gmock GTest::gtest PRIVATE cmwq_dev_flags)
  # gcc sees malloc() and free() through the operators new and delete that some tests replace.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
endfunction()

# cmwq_add_test(NAME SOURCE... [LABELS label...] [TIMEOUT seconds] [SERIAL])
# One ctest that runs the whole program: asking each program for its list of tests costs more than it
# gives.  SERIAL: nothing else runs meanwhile.  A source may ask for linker options in a comment:
#   // link: -Wl,--wrap=pthread_create
function(cmwq_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "SERIAL" "TIMEOUT" "LABELS")
  string(REPLACE "." "_" target ${name})
  set(target cmwq_test_${target})

  add_executable(${target} ${test_UNPARSED_ARGUMENTS})
  cmwq_setup_test_target(${target})
  target_link_libraries(${target} PRIVATE cmwq_test_harness GTest::gtest_main)
  foreach(source IN LISTS test_UNPARSED_ARGUMENTS)
    file(STRINGS ${source} options REGEX "^// link: ")
    list(TRANSFORM options REPLACE "^// link: " "")
    target_link_options(${target} PRIVATE ${options})
  endforeach()

  add_test(NAME ${name} COMMAND ${cmwq_test_launcher} $<TARGET_FILE:${target}>)
  cmwq_test_properties(${name} TIMEOUT ${test_TIMEOUT} LABELS ${test_LABELS})
  set_tests_properties(${name} PROPERTIES RUN_SERIAL ${test_SERIAL})
endfunction()

# cmwq_test_properties(NAME [LABELS label...] [TIMEOUT seconds])
function(cmwq_test_properties name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "LABELS")
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 60)
  endif()
  if(CMWQ_SANITIZER)
    math(EXPR test_TIMEOUT "4 * ${test_TIMEOUT}")
  endif()
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${test_TIMEOUT} LABELS "${test_LABELS}" SKIP_RETURN_CODE 77
    ENVIRONMENT "${cmwq_test_environment}")
endfunction()

# cmwq_test_name(RESULT FILE): tests/unit/base/list_test.cpp -> unit.base.list
function(cmwq_test_name result file)
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests OUTPUT_VARIABLE name)
  string(REGEX REPLACE "_test\\.cpp$" "" name ${name})
  string(REPLACE "/" "." name ${name})
  set(${result} ${name} PARENT_SCOPE)
endfunction()
