// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/transaction_assembler.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "dsql/base/status_macros.h"
#include "dsql/streams/record/stable_identifier.h"

namespace dsql::streams {
namespace {

// What is in it is this library's or PostgreSQL's.
bool IsHidden(absl::string_view schema) {
  return schema == "dsql_internal" || schema == "sys" ||
         schema == "information_schema" || absl::StartsWith(schema, "pg_");
}

std::string KeyOf(absl::string_view schema, absl::string_view table) {
  return absl::StrCat(schema.size(), ".", schema, table);
}

}  // namespace

void TransactionAssembler::Describe(TableDescription description) {
  std::string key = KeyOf(description.schema, description.table);
  tables_[std::move(key)] = std::move(description);
}

absl::StatusOr<absl::optional<CommittedTransaction>> TransactionAssembler::Add(
    absl::string_view line) {
  DSQL_ASSIGN_OR_RETURN(DecodedLine decoded, ParseDecodedLine(line));
  if (absl::holds_alternative<DecodedBegin>(decoded)) {
    changes_ = NetChanges();
    touching_ = false;
  } else if (auto* change = absl::get_if<DecodedChange>(&decoded)) {
    AddChange(std::move(*change));
  } else if (const auto* message = absl::get_if<DecodedMessage>(&decoded)) {
    AddMessage(*message);
  } else if (const auto* commit = absl::get_if<DecodedCommit>(&decoded)) {
    return Commit(*commit);
  }
  return absl::nullopt;
}

void TransactionAssembler::AddChange(DecodedChange change) {
  if (touching_ || IsHidden(change.schema)) return;
  const auto table = tables_.find(KeyOf(change.schema, change.table));
  changes_.Add(std::move(change),
               table == tables_.end() ? nullptr : &table->second);
}

void TransactionAssembler::AddMessage(const DecodedMessage& message) {
  // Clients may write messages of their own; not transactional ones are theirs.
  if (!message.transactional) return;
  if (message.prefix == kTouchMessage) {
    touching_ = message.content == "1";
  } else if (message.prefix == kFlushMessage) {
    last_flush_ = message.content;
  } else if (message.prefix == kTableMessage) {
    absl::StatusOr<TableDescription> description =
        ParseTableDescription(message.content);
    if (description.ok()) Describe(*std::move(description));
  }
}

absl::optional<CommittedTransaction> TransactionAssembler::Commit(
    const DecodedCommit& commit) {
  const int64_t micros = absl::ToUnixMicros(commit.time);
  CommittedTransaction transaction;
  transaction.ts_ns = std::max(micros * 1000, last_ts_ns_ + 1);
  last_ts_ns_ = transaction.ts_ns;
  transaction.changes = changes_.Take();
  if (transaction.changes.empty()) return absl::nullopt;
  transaction.tx_id =
      StableIdentifier(absl::StrCat(database_, " ", commit.xid, " ", micros));
  return transaction;
}

}  // namespace dsql::streams
