// SPDX-License-Identifier: Apache-2.0

#include "dsql/fake_dsql_snapshot.h"

#include <errno.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql_snapshot_content.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/postgres/files.h"
#include "dsql/v1/records.pb.h"

namespace dsql {
namespace {

// Raise it whenever an older version could not read what this one writes.
constexpr int kFormat = 1;
constexpr absl::string_view kHeader = "fakedsql-whole-snapshot ";
constexpr char kRecords[] = "/RECORDS";

std::string RowsIn(const std::string& directory, int number) {
  return absl::StrCat(directory, "/databases/", number);
}

absl::Status IsNoSnapshot(const std::string& directory) {
  return absl::DataLossError(
      absl::StrCat(directory, kRecords,
                   " is damaged, or not FakeDsql's. Save the snapshot again"));
}

// A line that names the format, and then the message.
absl::StatusOr<v1::FakeDsqlSnapshotRecord> Parse(const std::string& directory,
                                                 const std::string& text) {
  absl::string_view rest = text;
  const size_t end = rest.find('\n');
  int format = 0;
  if (end == absl::string_view::npos || !absl::ConsumePrefix(&rest, kHeader) ||
      !absl::SimpleAtoi(rest.substr(0, end - kHeader.size()), &format)) {
    return IsNoSnapshot(directory);
  }
  if (format != kFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "The snapshot in ", directory, " has format ", format,
        ", and this version of FakeDsql reads format ", kFormat,
        ". Save it with this version, or use the one that saved it"));
  }
  v1::FakeDsqlSnapshotRecord record;
  if (!record.ParseFromString(text.substr(end + 1)))
    return IsNoSnapshot(directory);
  return record;
}

}  // namespace

absl::Status FakeDsqlSnapshot::CheckNotEmpty() const {
  if (content_ != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "This FakeDsqlSnapshot is empty: take one by FakeDsql::Snapshot()");
}

absl::Status FakeDsqlSnapshot::SaveTo(const std::string& directory) const {
  DSQL_RETURN_IF_ERROR(CheckNotEmpty());
  return postgres::MakeWholeDirectory(
      directory, [this](const std::string& unfinished) -> absl::Status {
        v1::FakeDsqlSnapshotRecord record;
        *record.mutable_control_plane() = content_->control_plane;
        if (mkdir((unfinished + "/databases").c_str(), 0700) != 0)
          return postgres::FileError(errno, "make a directory in", unfinished);
        for (const auto& [database_id, rows] : content_->rows) {
          DSQL_RETURN_IF_ERROR(
              rows->Save(RowsIn(unfinished, record.database_ids_size())));
          record.add_database_ids(database_id);
        }
        return postgres::WriteFile(
            unfinished + kRecords,
            absl::StrCat(kHeader, kFormat, "\n", record.SerializeAsString()));
      });
}

absl::StatusOr<FakeDsqlSnapshot> FakeDsqlSnapshot::LoadFrom(
    const std::string& directory) {
  DSQL_ASSIGN_OR_RETURN(const std::string text,
                        postgres::ReadFile(directory + kRecords));
  DSQL_ASSIGN_OR_RETURN(v1::FakeDsqlSnapshotRecord record,
                        Parse(directory, text));
  auto content = std::make_shared<Content>();
  content->control_plane = std::move(*record.mutable_control_plane());
  for (int i = 0; i < record.database_ids_size(); ++i) {
    DSQL_ASSIGN_OR_RETURN(content->rows[record.database_ids(i)],
                          postgres::DataSnapshot::Load(RowsIn(directory, i)));
  }
  return FakeDsqlSnapshot(std::move(content));
}

}  // namespace dsql
