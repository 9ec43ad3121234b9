# cmwq_dev_flags: what only our own targets are compiled with; nobody inherits it.
add_library(cmwq_dev_flags INTERFACE)

if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(cmwq_dev_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # clang counts -Wsign-conversion among -Wconversion; gcc does not.
    target_compile_options(cmwq_dev_flags INTERFACE -Wno-sign-conversion -Wthread-safety)
  endif()
  if(CMWQ_WERROR)
    target_compile_options(cmwq_dev_flags INTERFACE -Werror)
  endif()
endif()

# Instrumentation reaches users too: code that is not instrumented hides the synchronisation of code
# that is, and the programs must link the run-time library.
add_library(cmwq_sanitizer INTERFACE)
if(CMWQ_SANITIZER)
  target_compile_options(cmwq_sanitizer INTERFACE
    -fsanitize=${CMWQ_SANITIZER} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cmwq_sanitizer INTERFACE -fsanitize=${CMWQ_SANITIZER})
endif()
