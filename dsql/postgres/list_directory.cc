// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/list_directory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "dsql/postgres/files.h"

namespace dsql::postgres {

absl::StatusOr<std::vector<std::string>> ListDirectory(
    const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  if (error) return FileError(error.value(), "list", directory);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> NamesIn(const std::string& directory) {
  return ListDirectory(directory).value_or(std::vector<std::string>());
}

}  // namespace dsql::postgres
