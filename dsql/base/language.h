// SPDX-License-Identifier: Apache-2.0

// Stops a compiler that is not told to compile C++17 or later. Headers of users
// include it first: the language's version in the place of the pages of errors
// that follow from it.

#ifndef DSQL_BASE_LANGUAGE_H_
#define DSQL_BASE_LANGUAGE_H_

#if __cplusplus < 201703L
#error FakeDsql needs C++17: add --cxxopt=-std=c++17 to .bazelrc, or -std=c++17
// A compiler goes on after #error, but not without a file.
#include "FakeDsql needs C++17"
#endif

#endif  // DSQL_BASE_LANGUAGE_H_
