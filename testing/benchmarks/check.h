// SPDX-License-Identifier: Apache-2.0

// What a benchmark cannot go on without.

#ifndef TESTING_BENCHMARKS_CHECK_H_
#define TESTING_BENCHMARKS_CHECK_H_

#include <stdio.h>
#include <stdlib.h>

#include <utility>

#include "absl/status/statusor.h"

namespace dsql_testing {

// The value; where there is none, the program ends with the reason.
template <typename T>
T Check(absl::StatusOr<T> value) {
  if (!value.ok()) {
    fprintf(stderr, "%s\n", value.status().ToString().c_str());
    exit(1);
  }
  return *std::move(value);
}

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_CHECK_H_
