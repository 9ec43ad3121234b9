# cmake -C: the build that is shown and measured.
set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
set(CMWQ_BUILD_TESTS OFF CACHE BOOL "" FORCE)
