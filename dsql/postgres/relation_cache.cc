// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/relation_cache.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"

namespace dsql::postgres {
namespace {

// Below the data directory: the name of PostgreSQL's file in a directory, the
// directory of ours, and those of each database.
constexpr char kFile[] = "/pg_internal.init";
constexpr char kStore[] = "/dsql_relation_cache";
constexpr char kShared[] = "/global";
constexpr char kDatabases[] = "/base";

absl::Status Store(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT)
    return absl::OkStatus();
  return FileError(errno, "rename", from);
}

}  // namespace

absl::Status StoreRelationCache(const std::string& data) {
  const std::string store = data + kStore;
  for (const char* const below : {"", kDatabases}) {
    if (mkdir((store + below).c_str(), 0700) != 0)
      return FileError(errno, "make directory", store + below);
  }
  absl::Status status =
      Store(absl::StrCat(data, kShared, kFile), store + kShared);
  for (const std::string& oid : NamesIn(data + kDatabases)) {
    status.Update(Store(absl::StrCat(data, kDatabases, "/", oid, kFile),
                        absl::StrCat(store, kDatabases, "/", oid)));
  }
  return status;
}

// By links: PostgreSQL writes these files anew under another name, never in
// place.
void PlaceRelationCache(const std::string& data) {
  const std::string store = data + kStore;
  const auto place = [&](const std::string& below) {
    return link((store + below).c_str(),
                absl::StrCat(data, below, kFile).c_str());
  };
  static_cast<void>(place(kShared));
  for (const std::string& oid : NamesIn(store + kDatabases))
    static_cast<void>(place(absl::StrCat(kDatabases, "/", oid)));
}

}  // namespace dsql::postgres
