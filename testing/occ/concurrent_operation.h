// SPDX-License-Identifier: Apache-2.0

// The statements of concurrent histories, and what their answers say of rows.

#ifndef TESTING_OCC_CONCURRENT_OPERATION_H_
#define TESTING_OCC_CONCURRENT_OPERATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "testing/occ/concurrent_history.h"

namespace dsql_testing {

// Rows of 'a' are in acct(k, v, h), those of 'q' in uniq(k, u, v, h): v is the
// number, h the history.
struct ConcurrentOperation {
  enum Kind {
    kRead,        // row
    kReadRange,   // row..last
    kReadLocked,  // row; FOR UPDATE
    kUpdate,      // row, number is added, element; RETURNING
    kBlindUpdate,
    kRewrite,  // row, element, and what the client makes of what it read before
    kInsert,   // row, number, element
    kDelete,   // row; RETURNING
    kUpdateUnique,  // as kUpdate, with u
    kInsertUnique,  // as kInsert, with u
    kDivide,        // 10 / number
  };
  Kind kind = kRead;
  RowName row = {'a', 0};
  int last = 0;
  int u = 0;
  int64_t number = 0;
  std::string element;
  Elements before;
  int64_t before_number = 0;

  bool writes() const;
  bool inserts() const { return kind == kInsert || kind == kInsertUnique; }
  bool sets_unique() const {
    return kind == kUpdateUnique || kind == kInsertUnique;
  }
};

// With parameters $1, $2 and so on; the text is the same for each operation of
// a kind on a table.
struct ConcurrentSql {
  std::string text;
  std::vector<std::string> values;

  // With the values written into the text.
  std::string Inlined() const;
};
ConcurrentSql ToSql(const ConcurrentOperation& operation);

struct ConcurrentAnswer {
  std::string tag;
  std::vector<std::vector<std::string>> rows;
};

// Appends what the answer tells.
//
// Errors: Internal where it cannot be an answer to this statement.
absl::Status AddAccesses(const ConcurrentOperation& operation,
                         const ConcurrentAnswer& answer,
                         std::vector<Access>* accesses);
// Appends what the operation was about to write or lock: it failed, or nobody
// told.
void AddIntentions(const ConcurrentOperation& operation,
                   std::vector<Access>* accesses);

// CREATE TABLE.
std::vector<std::string> ConcurrentSchema();

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_OPERATION_H_
