// SPDX-License-Identifier: Apache-2.0

// The copies of tables in which a transaction goes on that cannot use the
// tables themselves.

#ifndef DSQL_OCC_PRIVATE_COPY_H_
#define DSQL_OCC_PRIVATE_COPY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/session/conversation.h"
#include "dsql/occ/private_messages.h"
#include "dsql/sql/rewrite/rewrite_names.h"
#include "dsql/sql/statement.h"

namespace dsql {

// '"s"."a"'
std::string NameLiteral(const sql::TableName& table);

// 'a'::regclass, 'b'::regclass
std::string RegclassList(const std::vector<sql::TableWrite>& writes);

// Temporary tables that shadow the tables of one transaction; see
// sql/private_copy.sql. They go with a rollback to the savepoint before them.
class PrivateCopy {
 public:
  // Not owned.
  explicit PrivateCopy(Conversation* conversation)
      : conversation_(conversation) {}

  // Copies what is not copied yet, rows as the transaction sees them now. What
  // is not there is left out: the statement says so itself.
  //
  // Errors: those of dsql_internal.copy_tables(), after which the server's
  //   transaction has failed.
  boost::asio::awaitable<absl::Status> Add(std::vector<sql::TableWrite> writes);
  // How many relations are shadowed.
  size_t size() const { return copied_.size(); }
  // They are gone.
  void Clear() { copied_.clear(); }

  // Messages of a client, so that the copies are found where they name the
  // tables with their schemas; see MakePrivate().
  using Rewritten = PrivateMessages;
  Rewritten Rewrite(absl::string_view messages) const;
  // What the server says of the copies, of the tables.
  std::string Tell(absl::string_view output) const {
    return TellTables(output, copied_);
  }
  void Tell(v1::SqlErrorDetail* error) const { TellTable(copied_, error); }

 private:
  Conversation* const conversation_;
  sql::RelationNames copied_;
};

}  // namespace dsql

#endif  // DSQL_OCC_PRIVATE_COPY_H_
