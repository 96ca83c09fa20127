// SPDX-License-Identifier: Apache-2.0

// What is in a folder of migrations.

#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsql/base/status_macros.h"
#include "dsql/schema/migrations.h"
#include "dsql/schema/read_file.h"
#include "dsql/schema/version.h"

namespace dsql::schema {
namespace {

namespace fs = std::filesystem;

// SHA-256, in hex. The same on a machine whose files end their lines otherwise.
std::string ChecksumOf(absl::string_view sql) {
  const std::string text = absl::StrReplaceAll(sql, {{"\r\n", "\n"}});
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), size));
}

// The names of the .sql files, sorted.
absl::StatusOr<std::vector<std::string>> ListScripts(
    const std::string& directory) {
  std::error_code error;
  fs::directory_iterator files(directory, error);
  std::vector<std::string> names;
  for (; !error && files != fs::directory_iterator(); files.increment(error)) {
    const std::string name = files->path().filename().string();
    std::error_code ignored;
    if (absl::EndsWith(name, ".sql") && files->is_regular_file(ignored)) {
      names.push_back(name);
    }
  }
  if (error) {
    return absl::NotFoundError(absl::StrCat(
        directory,
        " cannot be read as a folder of migrations: ", error.message(),
        "; the working directory is ", fs::current_path(error).string()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<Migration> ReadMigration(const std::string& directory,
                                        const std::string& script) {
  Migration migration;
  migration.script = script;
  DSQL_ASSIGN_OR_RETURN(migration.sql,
                        ReadFile(absl::StrCat(directory, "/", script)));
  migration.checksum = ChecksumOf(migration.sql);
  return migration;
}

}  // namespace

absl::StatusOr<std::vector<Migration>> ReadMigrations(
    const std::string& directory) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<std::string> scripts,
                        ListScripts(directory));
  std::map<std::vector<int64_t>, Migration> versions;
  std::vector<Migration> repeatable;
  for (const std::string& script : scripts) {
    DSQL_ASSIGN_OR_RETURN(const MigrationName name, ParseMigrationName(script));
    DSQL_ASSIGN_OR_RETURN(Migration migration,
                          ReadMigration(directory, script));
    if (name.repeatable) {
      repeatable.push_back(std::move(migration));
      continue;
    }
    migration.version = VersionToString(name.version);
    const auto added = versions.emplace(name.version, std::move(migration));
    if (!added.second) {
      return absl::InvalidArgumentError(
          absl::StrCat(added.first->second.script, " and ", script,
                       " have the same version: give one of them another"));
    }
  }
  std::vector<Migration> migrations;
  migrations.reserve(versions.size() + repeatable.size());
  for (auto& version : versions) {
    migrations.push_back(std::move(version.second));
  }
  std::move(repeatable.begin(), repeatable.end(),
            std::back_inserter(migrations));
  return migrations;
}

}  // namespace dsql::schema
