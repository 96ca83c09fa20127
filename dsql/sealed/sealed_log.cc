// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/unique_fd.h"
#include "dsql/sealed/sealed_record.h"
#include "dsql/v1/sealed.pb.h"

namespace dsql::sealed {
namespace {

using postgres::FileError;
using postgres::UniqueFd;

// Of template_builder.cc.
constexpr uint64_t kSegment = 1 << 20;

// As PostgreSQL names it (XLogFileName).
std::string SegmentName(uint32_t timeline, uint64_t lsn) {
  const uint64_t number = lsn / kSegment;
  const uint64_t per_id = (uint64_t{1} << 32) / kSegment;
  return absl::StrFormat("%08X%08X%08X", timeline, number / per_id,
                         number % per_id);
}

// Puts what a log has where a server looks for it.
class Replayer {
 public:
  Replayer(std::string data, absl::optional<postgres::Owner> owner)
      : data_(std::move(data)), owner_(owner) {}

  absl::Status Apply(const v1::SealedRecord& record) {
    switch (record.kind_case()) {
      case v1::SealedRecord::kControl:
        return PutControl(record.control());
      case v1::SealedRecord::kDecodingState:
        return PutDecodingState(record.decoding_state(), data_, owner_);
      case v1::SealedRecord::kWal:
        return PutWal(record.wal().start(), record.wal().data());
      default:
        return absl::DataLossError("A record is none of a server's log");
    }
  }

 private:
  absl::Status PutControl(const std::string& bytes) {
    DSQL_RETURN_IF_ERROR(
        postgres::WriteFile(absl::StrCat(data_, "/", kControlFile), bytes));
    DSQL_ASSIGN_OR_RETURN(const ControlFile control, ReadControlFile(data_));
    timeline_ = control.timeline;
    return absl::OkStatus();
  }

  absl::Status PutWal(uint64_t lsn, absl::string_view bytes) {
    if (timeline_ == 0)
      return absl::DataLossError("The log does not begin with pg_control");
    while (!bytes.empty()) {
      const uint64_t at = lsn % kSegment;
      const absl::string_view piece =
          bytes.substr(0, static_cast<size_t>(kSegment - at));
      DSQL_RETURN_IF_ERROR(WriteAt(SegmentName(timeline_, lsn), at, piece));
      bytes.remove_prefix(piece.size());
      lsn += piece.size();
    }
    return absl::OkStatus();
  }

  absl::Status WriteAt(const std::string& segment, uint64_t at,
                       absl::string_view bytes) {
    const std::string path = absl::StrCat(data_, "/pg_wal/", segment);
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.valid()) return FileError(errno, "open", path);
    if (ftruncate(fd.get(), kSegment) != 0 ||
        lseek(fd.get(), static_cast<off_t>(at), SEEK_SET) < 0) {
      return FileError(errno, "write", path);
    }
    if (owner_.has_value() && fchown(fd.get(), owner_->uid, owner_->gid) != 0)
      return FileError(errno, "change the owner of", path);
    return postgres::WriteAll(fd.get(), bytes);
  }

  const std::string data_;
  const absl::optional<postgres::Owner> owner_;
  // 0: not known yet.
  uint32_t timeline_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SealedLog>> SealedLog::Create(
    const std::string& path, absl::string_view key, const ControlFile& control,
    const std::string& data) {
  const std::string unfinished = path + ".new";
  DSQL_ASSIGN_OR_RETURN(std::unique_ptr<SealedFileWriter> writer,
                        SealedFileWriter::Create(unfinished, key));
  v1::SealedRecord record;
  record.set_control(control.bytes);
  DSQL_RETURN_IF_ERROR(AppendRecord(record, writer.get()));
  DSQL_RETURN_IF_ERROR(writer->Sync());
  if (rename(unfinished.c_str(), path.c_str()) != 0)
    return FileError(errno, "rename", unfinished);
  DSQL_RETURN_IF_ERROR(
      postgres::SyncDirectory(path.substr(0, path.rfind('/'))));
  return absl::WrapUnique(new SealedLog(std::move(writer), control.redo, data));
}

absl::Status SealedLog::Keep(uint64_t start, absl::string_view bytes) {
  if (start != end_) {
    return absl::InternalError(absl::StrFormat(
        "PostgreSQL's log goes on at %X, not at %X", start, end_));
  }
  // In front of what may build on it.
  DSQL_ASSIGN_OR_RETURN(auto decoding, decoding_.Poll());
  if (decoding.has_value()) {
    v1::SealedRecord record;
    *record.mutable_decoding_state() = *std::move(decoding);
    DSQL_RETURN_IF_ERROR(AppendRecord(record, writer_.get()));
  }
  v1::SealedRecord record;
  record.mutable_wal()->set_start(start);
  record.mutable_wal()->set_data(bytes.data(), bytes.size());
  DSQL_RETURN_IF_ERROR(AppendRecord(record, writer_.get()));
  DSQL_RETURN_IF_ERROR(writer_->Sync());
  end_ += bytes.size();
  return absl::OkStatus();
}

absl::StatusOr<bool> HasRecords(const std::string& path,
                                absl::string_view key) {
  const auto reader = SealedFileReader::Open(path, key);
  if (absl::IsNotFound(reader.status())) return false;
  DSQL_RETURN_IF_ERROR(reader.status());
  DSQL_ASSIGN_OR_RETURN(const auto record, (*reader)->Read());
  return record.has_value();
}

absl::Status Replay(const std::string& path, absl::string_view key,
                    const std::string& data,
                    absl::optional<postgres::Owner> owner) {
  const auto reader = SealedFileReader::Open(path, key);
  if (absl::IsNotFound(reader.status())) return absl::OkStatus();
  DSQL_RETURN_IF_ERROR(reader.status());
  Replayer replayer(data, owner);
  while (true) {
    DSQL_ASSIGN_OR_RETURN(const auto record, ReadRecord(reader->get()));
    if (!record.has_value()) return absl::OkStatus();
    DSQL_RETURN_IF_ERROR(replayer.Apply(*record));
  }
}

}  // namespace dsql::sealed
