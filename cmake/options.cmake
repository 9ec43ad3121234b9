# Every switch of the build.  The defaults are what a project that only uses the library wants;
# cmake/cache/*.cmake holds the sets that cmake/dev.sh uses.
option(CMWQ_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(CMWQ_BUILD_BENCH "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(CMWQ_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(CMWQ_INSTALL "Make the install rules" ${PROJECT_IS_TOP_LEVEL})
option(CMWQ_PARANOID "Check the library's own invariants while it runs (slow)" OFF)
option(CMWQ_DEBUG_WORK "Check at run time how items are initialised and destroyed (part of CMWQ_PARANOID)" OFF)
set(CMWQ_USDT AUTO CACHE STRING "Static probes for tracers: ON, OFF, or AUTO (if <sys/sdt.h> is there)")
set_property(CACHE CMWQ_USDT PROPERTY STRINGS AUTO ON OFF)
option(CMWQ_WERROR "Treat warnings of our own code as errors" OFF)

set(CMWQ_SANITIZER "" CACHE STRING "Instrument everything: thread, address, undefined, or address,undefined")
set_property(CACHE CMWQ_SANITIZER PROPERTY STRINGS "" thread address undefined "address,undefined")
if(NOT CMWQ_SANITIZER MATCHES "^(thread|address|undefined|address,undefined)?$")
  message(FATAL_ERROR "CMWQ_SANITIZER: \"${CMWQ_SANITIZER}\" is not one of "
                      "thread, address, undefined, \"address,undefined\", or empty")
endif()

# A build without a type would have neither optimisation nor debug information.
get_property(cmwq_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_IS_TOP_LEVEL AND NOT cmwq_multi_config AND NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()
