# Sets cmwq_version to "major.minor.patch" as the header says.
set(cmwq_version_header ${CMAKE_CURRENT_LIST_DIR}/../include/cmwq/detail/base/config.h)

set(cmwq_version "")
foreach(part MAJOR MINOR PATCH)
  file(STRINGS ${cmwq_version_header} line REGEX "^#define CMWQ_VERSION_${part} [0-9]+$")
  if(NOT line MATCHES " ([0-9]+)$")
    message(FATAL_ERROR "cmwq: no CMWQ_VERSION_${part} in ${cmwq_version_header}")
  endif()
  list(APPEND cmwq_version ${CMAKE_MATCH_1})
endforeach()
list(JOIN cmwq_version "." cmwq_version)

# A new version configures anew.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${cmwq_version_header})
