// SPDX-License-Identifier: Apache-2.0

// A port for programs that cannot be told "any".

#ifndef TESTING_BENCHMARKS_FREE_PORT_H_
#define TESTING_BENCHMARKS_FREE_PORT_H_

namespace dsql_testing {

// One of 127.0.0.1 that nobody listened on a moment ago. 0 where there is none.
int FreePort();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_FREE_PORT_H_
