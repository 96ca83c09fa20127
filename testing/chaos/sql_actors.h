// SPDX-License-Identifier: Apache-2.0

// Those who use SQL as it is meant to be used.

#ifndef TESTING_CHAOS_SQL_ACTORS_H_
#define TESTING_CHAOS_SQL_ACTORS_H_

#include <memory>

#include "testing/chaos/actor.h"

namespace dsql_testing {

// Writes rows of its own, one by one, several at once and by COPY, and reads
// them again: each is as it was acknowledged last.
std::unique_ptr<Actor> MakeWriter(const Part& part);

// Moves from account to account, as all of its kind, and notes each move in the
// same transaction: the sum stays what it is, and the accounts are what the
// notes say.
std::unique_ptr<Actor> MakeTransferrer(const Part& part);

// Sees no other sum of the accounts, whenever it looks.
std::unique_ptr<Actor> MakeAuditor(const Part& part);

// Makes tables and indexes and drops them: those are there that it was told
// are.
std::unique_ptr<Actor> MakeDefiner(const Part& part);

// Cancels its statements: the connection goes on, with nothing of them done.
std::unique_ptr<Actor> MakeCanceller(const Part& part);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_SQL_ACTORS_H_
