// SPDX-License-Identifier: Apache-2.0

// Those who call operations of the control plane.

#ifndef TESTING_CHAOS_CONTROL_ACTORS_H_
#define TESTING_CHAOS_CONTROL_ACTORS_H_

#include <memory>

#include "testing/chaos/actor.h"

namespace dsql_testing {

// Creates clusters, tags and deletes them, by C++ or by HTTP, and tries again
// with the same client token what throttles and fails: its clusters and tags
// are those that it was told of. Now and then it connects to one.
std::unique_ptr<Actor> MakeCaller(const Part& part);
std::unique_ptr<Actor> MakeHttpCaller(const Part& part);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_CONTROL_ACTORS_H_
