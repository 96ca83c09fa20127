// SPDX-License-Identifier: Apache-2.0

// Messages as JSON, as AWS writes it.

#ifndef DSQL_HTTP_JSON_WRITER_H_
#define DSQL_HTTP_JSON_WRITER_H_

#include <string>

#include "google/protobuf/message.h"

namespace dsql {
namespace http {

// Whether empty lists and maps are written: `"tags":{}`.
enum class EmptyCollections { kWrite, kLeaveOut };

// A JSON object on one line, under the model's names and in its order; the
// entries of maps are sorted. Members that are not set are left out; times are
// numbers, seconds since the epoch.
//
// Not protobuf's own printer: that one writes members and entries in an order
// that changes from run to run.
//
// Requires: strings are valid UTF-8, as what was validated is.
std::string WriteJson(const google::protobuf::Message& message,
                      EmptyCollections empty = EmptyCollections::kWrite);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_JSON_WRITER_H_
