// SPDX-License-Identifier: Apache-2.0

// What a transaction changed in the end.

#ifndef DSQL_STREAMS_RECORD_NET_CHANGES_H_
#define DSQL_STREAMS_RECORD_NET_CHANGES_H_

#include <string>
#include <unordered_map>
#include <vector>

#include "dsql/streams/decode/decoded_line.h"
#include "dsql/streams/record/table_description.h"

namespace dsql::streams {

// The change of one row by one transaction.
struct RowChange {
  enum class Op { kCreate, kUpdate, kDelete };
  Op op = Op::kCreate;
  std::string schema;
  std::string table;
  // The values of a row that was created or updated, all of them.
  DecodedRow after;
  // The values of the primary key of a row that was deleted; empty where the
  // table has no key.
  DecodedRow key;
};

// NetChanges gathers the changes of one transaction, and tells one for each
// row: a row that was there before and is there now was updated, whatever
// happened in between; one that came and went is none. A row whose key was
// changed was deleted, and another one created.
//
// Rows without a key are known by their values; of equal ones it does not
// matter which it was.
//
// Thread-safety: one thread at a time.
class NetChanges {
 public:
  // `description` tells key and types; null: there is no key, and the types are
  // those of `change`.
  void Add(DecodedChange change, const TableDescription* description);

  bool empty() const { return rows_.empty(); }

  // In the order in which rows were first written. None is left.
  std::vector<RowChange> Take();

 private:
  struct Row {
    std::string schema;
    std::string table;
    bool was_there = false;
    bool is_there = false;
    DecodedRow after;
    DecodedRow key;
  };

  Row& RowOf(const std::string& identity, const DecodedChange& change,
             bool was_there);
  void AddToKey(DecodedChange change, const TableDescription& description);
  void AddWithoutKey(DecodedChange change);
  void Remove(const DecodedChange& change, const std::string& identity,
              DecodedRow key);
  void Write(const DecodedChange& change, const std::string& identity,
             DecodedRow after, bool was_there);

  std::vector<Row> rows_;
  // Places in rows_ of those that are there, or were known by a key.
  std::unordered_multimap<std::string, size_t> places_;
};

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_RECORD_NET_CHANGES_H_
