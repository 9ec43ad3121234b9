# What the library links.  The targets are made global, so that they are known wherever a parent
# project links a static cmwq.
if(NOT TARGET Threads::Threads)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED GLOBAL)
endif()

if(NOT TARGET fmt::fmt)
  find_package(fmt 9 QUIET CONFIG GLOBAL)
  if(NOT TARGET fmt::fmt)
    message(FATAL_ERROR "cmwq needs fmt 9 or newer.  Debian, Ubuntu: apt-get install libfmt-dev")
  endif()
endif()

# Probes need a header only.
set(cmwq_have_usdt OFF)
if(CMWQ_USDT STREQUAL "AUTO" OR CMWQ_USDT)
  include(CheckIncludeFileCXX)
  check_include_file_cxx(sys/sdt.h CMWQ_HAVE_SYS_SDT_H)
  if(CMWQ_HAVE_SYS_SDT_H)
    set(cmwq_have_usdt ON)
  elseif(NOT CMWQ_USDT STREQUAL "AUTO")
    message(FATAL_ERROR "CMWQ_USDT needs <sys/sdt.h>.  Debian, Ubuntu: apt-get install systemtap-sdt-dev")
  endif()
endif()

# hwloc has no CMake package of its own.
if(NOT TARGET PkgConfig::hwloc)
  find_package(PkgConfig QUIET)
  if(NOT PkgConfig_FOUND)
    message(FATAL_ERROR "cmwq needs pkg-config to find hwloc.  Debian, Ubuntu: apt-get install pkg-config")
  endif()
  pkg_check_modules(hwloc QUIET IMPORTED_TARGET GLOBAL hwloc>=2.1)
  if(NOT TARGET PkgConfig::hwloc)
    message(FATAL_ERROR "cmwq needs hwloc 2.1 or newer.  Debian, Ubuntu: apt-get install libhwloc-dev")
  endif()
endif()
