// SPDX-License-Identifier: Apache-2.0

// What can be compared of two answers to one request.

#ifndef DSQL_OCC_ANSWER_DIGEST_H_
#define DSQL_OCC_ANSWER_DIGEST_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/answer_tap.h"

namespace dsql {

// Equal for answers that tell a client the same: the same rows in whatever
// order, the same command tags, the same SQLSTATE. Notices, names of columns
// and the status of ReadyForQuery do not count.
struct AnswerDigest {
  // The sum of the hashes of all rows.
  uint64_t rows = 0;
  // The hash of all command tags and errors, in their order.
  uint64_t tags = 0;

  // Takes whole messages of a server.
  void Add(absl::string_view messages);

  bool operator==(const AnswerDigest& other) const {
    return rows == other.rows && tags == other.tags;
  }
  bool operator!=(const AnswerDigest& other) const { return !(*this == other); }
};

// The digest of an answer on its way.
class AnswerWatch final : public AnswerTap {
 public:
  void See(const pgwire::Message& message) override {
    digest_.Add(message.bytes);
  }
  const AnswerDigest& digest() const { return digest_; }

 private:
  AnswerDigest digest_;
};

// The first error of an answer, empty where there is none.
std::string SqlstateOf(absl::string_view messages);

}  // namespace dsql

#endif  // DSQL_OCC_ANSWER_DIGEST_H_
