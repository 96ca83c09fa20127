// SPDX-License-Identifier: Apache-2.0

// How many random histories a test runs.

#ifndef TESTING_OCC_HISTORY_COUNT_H_
#define TESTING_OCC_HISTORY_COUNT_H_

#include "absl/base/config.h"

namespace dsql_testing {

// A fifth of `count` under sanitizers, which look at memory and not at
// histories, and are five times as slow.
constexpr int HistoryCount(int count) {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  return count / 5;
#else
  return count;
#endif
}

}  // namespace dsql_testing

#endif  // TESTING_OCC_HISTORY_COUNT_H_
