// The version of pawl, and the inline namespace that keeps two versions of it apart in one program.
#ifndef PAWL_VERSION_HPP
#define PAWL_VERSION_HPP

// Every header includes this one before any code of its own, so an older language is met by this sentence alone. g++ and
// clang read on after an #error, and would add a thousand of their own; a file that does not exist is where they stop.
#if defined _MSVC_LANG ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "pawl needs C++20: compile with -std=c++20 (g++ 12, clang 14 or newer)"
#include <pawl/needs_cpp20>
#endif

#define PAWL_VERSION_MAJOR 0
#define PAWL_VERSION_MINOR 1
#define PAWL_VERSION_PATCH 0
#define PAWL_VERSION_STRING "0.1.0"

// Every public name lives in `pawl::PAWL_ABI` and is written `pawl::name`. The namespace changes with the minor
// version: objects of two releases linked into one program are then different types, and not one type with two layouts.
#define PAWL_ABI v0_1

// One for all shared objects of a process, whatever each of them hides: an error is caught by its type in another one, and
// what a process has open is known to all.
#if defined __ELF__ || defined __MACH__
#define PAWL_OF_PROCESS [[gnu::visibility("default")]]
#else
#define PAWL_OF_PROCESS
#endif

// The text of the enclosing function's signature, in which the compiler spells its template arguments.
#if defined _MSC_VER && !defined __clang__
#define PAWL_SIGNATURE __FUNCSIG__
#define PAWL_NOINLINE [[msvc::noinline]]
#else
#define PAWL_SIGNATURE __PRETTY_FUNCTION__
#define PAWL_NOINLINE [[gnu::noinline]]
#endif

// pawl is header-only. With PAWL_COMPILED, which the CMake target pawl::compiled sets, the larger functions are declared
// only, and are defined once in the library that compiles pawl/compiled.hpp.
#ifdef PAWL_COMPILED
#define PAWL_INLINE
#else
#define PAWL_INLINE inline
#endif

#endif
