// SPDX-License-Identifier: Apache-2.0

// A consumer of a change stream, as an application has one: how many of each
// article there are, by the changes of the table "stock".

#ifndef EXAMPLES_STREAM_CONSUMER_STOCK_VIEW_H_
#define EXAMPLES_STREAM_CONSUMER_STOCK_VIEW_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace examples {

// StockView applies records of DSQL, which come at least once and in any order:
// of the records of a key the one with the latest source.ts_ns counts.
//
// Thread-safety: one thread at a time.
class StockView {
 public:
  // False for what is no record of the table.
  bool Apply(absl::string_view record);

  // 0 for an article that is not there.
  int64_t CountOf(const std::string& article) const;

 private:
  struct Row {
    int64_t ts_ns = 0;
    int64_t count = 0;
  };
  // Rows that were deleted stay, with their time, for what comes late.
  std::map<std::string, Row> rows_;
};

}  // namespace examples

#endif  // EXAMPLES_STREAM_CONSUMER_STOCK_VIEW_H_
