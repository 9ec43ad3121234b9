# Configures, builds and runs the project beside this script, which uses cmwq in the given way.
#   cmake -D way=find_package|fetch_content -D source=... -D binary=... -D work=... -P run.cmake
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(way STREQUAL "find_package")
  run(${CMAKE_COMMAND} --install ${binary} --prefix ${work}/prefix)
  set(options -D CMAKE_PREFIX_PATH=${work}/prefix)
else()
  set(options -D FETCHCONTENT_SOURCE_DIR_CMWQ=${source})
endif()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G ${generator}
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=Debug -D way=${way} ${options})
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer)
