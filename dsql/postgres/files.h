// SPDX-License-Identifier: Apache-2.0

// File system helpers of this folder; errors carry the path and, where the disk
// is full or read-only, what to do.

#ifndef DSQL_POSTGRES_FILES_H_
#define DSQL_POSTGRES_FILES_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {

// "Cannot WHAT PATH: REASON", of the code that fits `error`.
absl::Status FileError(int error, absl::string_view what,
                       absl::string_view path);

// `status`, or ResourceExhausted with what to do where its text, which another
// program wrote, says that the disk is full.
absl::Status NoticeFullDisk(const absl::Status& status);

absl::Status WriteAll(int fd, absl::string_view contents);

// The file from its beginning, whatever the descriptor's offset.
absl::StatusOr<std::string> ReadFd(int fd);
absl::StatusOr<std::string> ReadFile(const std::string& path);
absl::Status WriteFile(const std::string& path, absl::string_view contents);

// Writes to the disk all that was written to the file system of `path`: one
// call, where a data directory has a thousand files.
absl::Status SyncFileSystem(const std::string& path);

// Has the names in `directory` on the disk: what was made and renamed there.
absl::Status SyncDirectory(const std::string& directory);

// Makes a directory of mode 0700 with a name that nobody else has; the six "X"
// at the end of `pattern` are replaced.
absl::StatusOr<std::string> MakeUniqueDirectory(const std::string& pattern);

// Makes `directory`, of mode 0700, with what `write` writes to the directory
// that it is given: whole or not at all, also where the power fails. What is
// there may only be an empty directory.
//
// Errors: AlreadyExists where something is there; those of `write` and the
// disk.
absl::Status MakeWholeDirectory(
    const std::string& directory,
    absl::FunctionRef<absl::Status(const std::string& unfinished)> write);

// Removes a directory and all that is in it, or a file. One that is gone is no
// error.
absl::Status RemoveTree(const std::string& path);

// The bytes that an ordinary user can still write there; 0 where that cannot be
// told.
int64_t FreeBytes(const std::string& directory);

// The last lines of a log (about 2 kB), on one line, for an error message.
std::string LastLines(absl::string_view text);
// The same for a file, of which only the end is read.
std::string LastLinesOfFile(const std::string& path);

// Locks a file, which is created where it is missing. `exclusive` against
// everybody, else only against exclusive locks. Closing the descriptor unlocks.
//
// Errors: DeadlineExceeded; Unavailable with a `timeout` of zero.
absl::StatusOr<UniqueFd> LockFile(const std::string& path, bool exclusive,
                                  absl::Duration timeout);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_FILES_H_
