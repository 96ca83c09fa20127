// SPDX-License-Identifier: Apache-2.0

// A look at an answer on its way.

#ifndef DSQL_GATEWAY_SESSION_ANSWER_TAP_H_
#define DSQL_GATEWAY_SESSION_ANSWER_TAP_H_

#include "dsql/pgwire/framing.h"

namespace dsql {

// Sees each message of the server as a whole, before it is translated.
class AnswerTap {
 public:
  virtual ~AnswerTap() = default;
  virtual void See(const pgwire::Message& message) = 0;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_ANSWER_TAP_H_
