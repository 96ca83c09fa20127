// SPDX-License-Identifier: Apache-2.0

// How identifiers of clusters and streams are written.

#ifndef DSQL_CONTROL_IDENTIFIER_STYLE_H_
#define DSQL_CONTROL_IDENTIFIER_STYLE_H_

namespace dsql {

enum class IdentifierStyle {
  // [a-z0-9]{26}, as the service model demands.
  kAws,
  // UUIDs, as LocalStack makes them. Where the model demands [a-z0-9]{26},
  // UUIDs are accepted too.
  kUuid,
};

}  // namespace dsql

#endif  // DSQL_CONTROL_IDENTIFIER_STYLE_H_
