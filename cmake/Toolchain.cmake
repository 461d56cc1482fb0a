# Warnings, sanitizers, the faster linker and ccache: what every target of this tree is built with.
add_library(ostraka_options INTERFACE)
target_compile_options(ostraka_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror=unused-result
                       -Werror=return-type -Werror=switch)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # It takes a class of a file that another file includes for one of a header.
  target_compile_options(ostraka_options INTERFACE -Wno-subobject-linkage)
endif()
target_compile_definitions(ostraka_options INTERFACE OSTRAKA_VERSION="${PROJECT_VERSION}")

set(OSTRAKA_SANITIZE "" CACHE STRING "comma-separated sanitizers, for example address,undefined")
if(OSTRAKA_SANITIZE)
  add_compile_options(-fsanitize=${OSTRAKA_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OSTRAKA_SANITIZE})
  if(OSTRAKA_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)  # Asio's fences: gcc warns about each that it does not model
  endif()
  if(OSTRAKA_SANITIZE MATCHES undefined)
    # Without two checks that cost a fifth of the build, and whose findings the address sanitizer has too.
    add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=null,object-size)
  endif()
endif()

# Every library is built to say which of its branches an input reached (ostraka_fuzzer in OstrakaModule.cmake).
option(OSTRAKA_FUZZ "build the fuzzers (needs clang)" OFF)
if(OSTRAKA_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND NOT OSTRAKA_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()
