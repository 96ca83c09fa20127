// SPDX-License-Identifier: Apache-2.0

// Pages of list operations.
//
// A nextToken says where the page before ended, so that it survives creations
// and deletions in between; a token of another list, or an invented one, is
// recognised.

#ifndef DSQL_CONTROL_PAGING_H_
#define DSQL_CONTROL_PAGING_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/control/environment.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/service_errors.h"
#include "dsql/storage/storage.h"

namespace dsql {

// The most records that a request may ask for.
constexpr int kMaxPage = 100;

// `collection`, the prefix of all its keys, names what is listed. Returns only
// URL-safe characters.
std::string EncodePageToken(absl::string_view collection,
                            absl::string_view last_key);

// Returns the last key.
//
// Errors: ValidationException where `token` was not made for `collection`.
absl::StatusOr<std::string> DecodePageToken(absl::string_view collection,
                                            absl::string_view token);

// Calls `add` with each record of the page that `input` asks for, of
// `default_page` records where it does not say: settled, and without those that
// are gone. Sets the nextToken of `output` where more follow. Reads as much
// however many records there are.
//
// Errors: as DecodePageToken(), and those of Storage.
template <typename Record, typename Input, typename Add, typename Output>
absl::Status ListPage(const Environment& environment, absl::string_view table,
                      const std::string& collection, const Input& input,
                      int default_page, Add add, Output* output) {
  size_t missing = input.has_max_results() ? input.max_results() : default_page;
  ScanRange range;
  range.prefix = collection;
  if (input.has_next_token()) {
    auto last_key = DecodePageToken(collection, input.next_token());
    if (!last_key.ok()) return last_key.status();
    range.start_after = *std::move(last_key);
  }
  while (true) {
    range.limit = missing + 1;  // One more tells whether another page follows.
    auto rows = environment.storage->Scan(table, range);
    if (!rows.ok()) return rows.status();
    for (const StorageRecord& row : *rows) {
      Record record;
      if (!record.ParseFromString(row.value)) {
        return StorageIsCorrupt();
      }
      Settle(environment.clock->Now(), &record);
      if (IsGone(record)) continue;
      if (missing == 0) {
        output->set_next_token(EncodePageToken(collection, range.start_after));
        return absl::OkStatus();
      }
      add(record);
      --missing;
      range.start_after = row.key;
    }
    if (rows->size() < range.limit) return absl::OkStatus();
    range.start_after = rows->back().key;
  }
}

}  // namespace dsql

#endif  // DSQL_CONTROL_PAGING_H_
