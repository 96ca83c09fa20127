// SPDX-License-Identifier: Apache-2.0

// Going through a parse tree.

#ifndef DSQL_SQL_PARSE_TREE_WALK_H_
#define DSQL_SQL_PARSE_TREE_WALK_H_

#include <vector>

#include "absl/functional/function_ref.h"

namespace google::protobuf {
class Message;
}

namespace dsql::sql {

// The messages that a message is in, the outermost first. The `Node`s that
// wrap them are left out.
using Ancestors = std::vector<const google::protobuf::Message*>;

// Calls `visit` for `root` and all within, those outside and in front first.
// Where it returns false, what is within the message is left out.
void Walk(const google::protobuf::Message& root,
          absl::FunctionRef<bool(const google::protobuf::Message& message,
                                 const Ancestors& ancestors)>
              visit);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_TREE_WALK_H_
