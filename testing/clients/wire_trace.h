// SPDX-License-Identifier: Apache-2.0

// Messages of a server as a line that a test can compare:
//
//   1 2 T D(1,x) C[SELECT 1] Z[I]
//   E[23505] E[42703@8] S[TimeZone=UTC] N[00000] G H d(…) c I n s t

#ifndef TESTING_CLIENTS_WIRE_TRACE_H_
#define TESTING_CLIENTS_WIRE_TRACE_H_

#include <string>

#include "dsql/pgwire/framing.h"

namespace dsql_testing {

enum class TraceDetail {
  // As above; a FATAL is E[FATAL 57P01].
  kCompact,
  // Besides: texts of errors and notices, names and types of columns and
  // parameters.
  kFull,
};

std::string PrintMessage(const dsql::pgwire::Message& message,
                         TraceDetail detail = TraceDetail::kCompact);

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_WIRE_TRACE_H_
