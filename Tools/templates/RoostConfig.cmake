# find_package(Roost) defines Roost::roost, the shared library, which brings its own needs.
get_filename_component(_roost_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET Roost::roost)
  add_library(Roost::roost SHARED IMPORTED)
  set_target_properties(Roost::roost PROPERTIES
    IMPORTED_LOCATION "${_roost_prefix}/lib/libroost.so.@VERSION@"
    IMPORTED_SONAME "@SONAME@"
    INTERFACE_INCLUDE_DIRECTORIES "${_roost_prefix}/include")
endif()

unset(_roost_prefix)
