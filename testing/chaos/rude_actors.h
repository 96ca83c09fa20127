// SPDX-License-Identifier: Apache-2.0

// Clients as no client should be: what they get does not matter, what others
// get does.

#ifndef TESTING_CHAOS_RUDE_ACTORS_H_
#define TESTING_CHAOS_RUDE_ACTORS_H_

#include <memory>

#include "testing/chaos/actor.h"

namespace dsql_testing {

// Asks for more than fits into buffers, and does not read for a while. Who
// reads on gets each row.
std::unique_ptr<Actor> MakeSlowReader(const Part& part);

// Goes away in the middle of a transaction, of a COPY, of a COMMIT: nothing of
// them is there, or all.
std::unique_ptr<Actor> MakeLeaver(const Part& part);

// Sends garbage, halves of messages and nothing, before and, where connections
// are in clear, after it has logged in.
std::unique_ptr<Actor> MakeRudeClient(const Part& part);

// The same at the HTTP endpoint.
std::unique_ptr<Actor> MakeRudeHttpClient(const Part& part);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_RUDE_ACTORS_H_
