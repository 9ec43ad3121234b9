# cmake --install: the library, its headers, and a package for find_package(cmwq).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(cmwq_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cmwq)

install(TARGETS cmwq EXPORT cmwqTargets FILE_SET HEADERS)
install(TARGETS cmwq_kernel_compat EXPORT cmwqTargets)
install(EXPORT cmwqTargets NAMESPACE cmwq:: DESTINATION ${cmwq_package_dir})

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/cmwqConfig.cmake.in ${PROJECT_BINARY_DIR}/cmwqConfig.cmake
  INSTALL_DESTINATION ${cmwq_package_dir})

# Before 1.0 a minor version may break what came before.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmwqConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(
  FILES ${PROJECT_BINARY_DIR}/cmwqConfig.cmake ${PROJECT_BINARY_DIR}/cmwqConfigVersion.cmake
  DESTINATION ${cmwq_package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
