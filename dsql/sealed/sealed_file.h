// SPDX-License-Identifier: Apache-2.0

// A file of records that are encrypted, and tell what was changed in them.

#ifndef DSQL_SEALED_SEALED_FILE_H_
#define DSQL_SEALED_SEALED_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/base/aes_gcm.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::sealed {

// Format:
//
//   "FDSQSL01"   8 bytes
//   id           32 random bytes
//   records      each its length (4 bytes, sealed), then its contents (sealed)
//
// The key of the file is derived from the caller's and the id. The n-th thing
// that is sealed has n as its nonce and, with the magic and the id, as
// associated data, so none can stand in the place of another. The length is
// sealed by itself: one that was changed is not taken for the end of a file
// that was cut.
//
// Writes records. One that was not synced may be there after a crash, in part,
// or not.
//
// Thread-safety: one thread at a time.
class SealedFileWriter {
 public:
  // Makes `path`, in the place of what is there. Not synced.
  //
  // Errors: those of the disk.
  static absl::StatusOr<std::unique_ptr<SealedFileWriter>> Create(
      const std::string& path, absl::string_view key);

  // In one write, so that a process that is killed leaves all of it or its
  // beginning. Nothing may be appended after an error.
  //
  // Errors: those of the disk; InvalidArgument beyond kLongestRecord.
  absl::Status Append(absl::string_view record);

  // All that was appended is on the disk.
  absl::Status Sync();

  static constexpr uint32_t kLongestRecord = 64 << 20;

 private:
  SealedFileWriter(std::string path, std::string id, postgres::UniqueFd fd,
                   AesGcm cipher);

  const std::string path_;
  const std::string id_;
  const postgres::UniqueFd fd_;
  const AesGcm cipher_;
  uint64_t sealed_ = 0;
};

// Reads them again. Thread-safety: one thread at a time.
class SealedFileReader {
 public:
  // Errors: NotFound; DataLoss where it is no such file; those of the disk.
  static absl::StatusOr<std::unique_ptr<SealedFileReader>> Open(
      const std::string& path, absl::string_view key);
  // The same of what is open; `name` is for errors.
  static absl::StatusOr<std::unique_ptr<SealedFileReader>> OpenFd(
      postgres::UniqueFd fd, std::string name, absl::string_view key);

  // The next record, or nothing after the last one. The beginning of a record,
  // or nothing but zeros, at the end of the file is what a crash leaves, and is
  // passed over; see torn().
  //
  // Errors: DataLoss where a record is not as it was written, or the key is
  //   another one; those of the disk. Nothing can be read after an error.
  absl::StatusOr<absl::optional<std::string>> Read();

  // Whether Read() has met a record that is not whole.
  bool torn() const { return torn_; }

 private:
  SealedFileReader(std::string name, std::string id, postgres::UniqueFd fd,
                   AesGcm cipher);

  // Up to `count` bytes, fewer only at the end.
  absl::StatusOr<std::string> ReadBytes(size_t count);
  absl::StatusOr<std::string> OpenNext(absl::string_view sealed);
  absl::StatusOr<bool> IsZeroFrom(absl::string_view bytes);
  absl::optional<std::string> Torn();

  const std::string name_;
  const std::string id_;
  const postgres::UniqueFd fd_;
  const AesGcm cipher_;
  uint64_t opened_ = 0;
  bool torn_ = false;
};

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_SEALED_FILE_H_
