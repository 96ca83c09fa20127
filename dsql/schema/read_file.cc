// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/read_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace dsql::schema {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  // Reading a directory would only fail later, and silently.
  if (!file || std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat(
        path, " cannot be read as a file; the working directory is ",
        std::filesystem::current_path(error).string()));
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace dsql::schema
