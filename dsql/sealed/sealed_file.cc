// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "boost/endian/conversion.hpp"
#include "dsql/base/aes_gcm.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"

namespace dsql::sealed {
namespace {

using postgres::FileError;
using postgres::UniqueFd;

constexpr absl::string_view kMagic = "FDSQSL01";
constexpr size_t kIdSize = 32;
constexpr size_t kLengthSize = 4;
constexpr size_t kSealedLength = kLengthSize + kAesTagSize;
constexpr absl::string_view kPurpose = "FakeDsql sealed file";

std::string NonceOf(uint64_t number) {
  std::string nonce(kAesNonceSize, '\0');
  boost::endian::store_big_u64(
      reinterpret_cast<unsigned char*>(&nonce[kAesNonceSize - 8]), number);
  return nonce;
}

std::string EncodeLength(size_t length) {
  std::string bytes(kLengthSize, '\0');
  boost::endian::store_big_u32(reinterpret_cast<unsigned char*>(&bytes[0]),
                               static_cast<uint32_t>(length));
  return bytes;
}

absl::Status Write(int fd, const std::string& path, absl::string_view bytes) {
  const absl::Status status = postgres::WriteAll(fd, bytes);
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(), " ", path));
}

// The magic, the id and the place: what a sealed thing belongs to.
std::string AssociatedData(const std::string& id, uint64_t number) {
  return absl::StrCat(kMagic, id, NonceOf(number));
}

absl::StatusOr<AesGcm> CipherOf(absl::string_view key, const std::string& id) {
  DSQL_ASSIGN_OR_RETURN(const std::string derived,
                        DeriveKey(key, id, kPurpose));
  return AesGcm::Create(derived);
}

}  // namespace

SealedFileWriter::SealedFileWriter(std::string path, std::string id,
                                   UniqueFd fd, AesGcm cipher)
    : path_(std::move(path)),
      id_(std::move(id)),
      fd_(std::move(fd)),
      cipher_(std::move(cipher)) {}

absl::StatusOr<std::unique_ptr<SealedFileWriter>> SealedFileWriter::Create(
    const std::string& path, absl::string_view key) {
  DSQL_ASSIGN_OR_RETURN(std::string id, RandomBytes(kIdSize));
  DSQL_ASSIGN_OR_RETURN(AesGcm cipher, CipherOf(key, id));
  UniqueFd fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid()) return FileError(errno, "create", path);
  DSQL_RETURN_IF_ERROR(Write(fd.get(), path, absl::StrCat(kMagic, id)));
  return absl::WrapUnique(new SealedFileWriter(
      path, std::move(id), std::move(fd), std::move(cipher)));
}

absl::Status SealedFileWriter::Append(absl::string_view record) {
  if (record.size() > kLongestRecord)
    return absl::InvalidArgumentError("The record is too long");
  std::string bytes;
  const std::string length = EncodeLength(record.size());
  for (const absl::string_view part : {absl::string_view(length), record}) {
    DSQL_ASSIGN_OR_RETURN(
        const std::string sealed,
        cipher_.Seal(NonceOf(sealed_), AssociatedData(id_, sealed_), part));
    ++sealed_;
    bytes += sealed;
  }
  return Write(fd_.get(), path_, bytes);
}

absl::Status SealedFileWriter::Sync() {
  if (fdatasync(fd_.get()) != 0) return FileError(errno, "sync", path_);
  return absl::OkStatus();
}

SealedFileReader::SealedFileReader(std::string name, std::string id,
                                   UniqueFd fd, AesGcm cipher)
    : name_(std::move(name)),
      id_(std::move(id)),
      fd_(std::move(fd)),
      cipher_(std::move(cipher)) {}

absl::StatusOr<std::unique_ptr<SealedFileReader>> SealedFileReader::Open(
    const std::string& path, absl::string_view key) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FileError(errno, "open", path);
  return OpenFd(std::move(fd), path, key);
}

absl::StatusOr<std::unique_ptr<SealedFileReader>> SealedFileReader::OpenFd(
    UniqueFd fd, std::string name, absl::string_view key) {
  std::string header(kMagic.size() + kIdSize, '\0');
  const ssize_t size = pread(fd.get(), &header[0], header.size(), 0);
  if (size < 0) return FileError(errno, "read", name);
  if (static_cast<size_t>(size) != header.size() ||
      header.compare(0, kMagic.size(), kMagic.data()) != 0) {
    return absl::DataLossError(
        absl::StrCat(name, " is damaged: it is no sealed file of FakeDsql's"));
  }
  if (lseek(fd.get(), size, SEEK_SET) < 0)
    return FileError(errno, "read", name);
  std::string id = header.substr(kMagic.size());
  DSQL_ASSIGN_OR_RETURN(AesGcm cipher, CipherOf(key, id));
  return absl::WrapUnique(new SealedFileReader(
      std::move(name), std::move(id), std::move(fd), std::move(cipher)));
}

absl::StatusOr<absl::optional<std::string>> SealedFileReader::Read() {
  DSQL_ASSIGN_OR_RETURN(const std::string sealed_length,
                        ReadBytes(kSealedLength));
  if (sealed_length.empty()) return absl::optional<std::string>();
  if (sealed_length.size() < kSealedLength) return Torn();
  const absl::StatusOr<std::string> length = OpenNext(sealed_length);
  if (!length.ok()) {
    DSQL_ASSIGN_OR_RETURN(const bool is_zero, IsZeroFrom(sealed_length));
    if (is_zero) return Torn();
    return length.status();
  }
  const uint32_t count = boost::endian::load_big_u32(
      reinterpret_cast<const unsigned char*>(length->data()));
  DSQL_ASSIGN_OR_RETURN(const std::string sealed,
                        ReadBytes(count + kAesTagSize));
  if (sealed.size() < count + kAesTagSize) return Torn();
  DSQL_ASSIGN_OR_RETURN(std::string record, OpenNext(sealed));
  return absl::optional<std::string>(std::move(record));
}

absl::optional<std::string> SealedFileReader::Torn() {
  torn_ = true;
  return absl::nullopt;
}

absl::StatusOr<std::string> SealedFileReader::OpenNext(
    absl::string_view sealed) {
  absl::StatusOr<std::string> opened =
      cipher_.Open(NonceOf(opened_), AssociatedData(id_, opened_), sealed);
  if (!opened.ok()) {
    return absl::Status(
        opened.status().code(),
        absl::StrCat(name_, " is damaged at its record ", opened_ / 2, ": ",
                     opened.status().message(),
                     ". Nothing was changed; put back a copy of it"));
  }
  ++opened_;
  return opened;
}

absl::StatusOr<std::string> SealedFileReader::ReadBytes(size_t count) {
  std::string bytes(count, '\0');
  size_t at = 0;
  while (at < count) {
    const ssize_t size = read(fd_.get(), &bytes[at], count - at);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FileError(errno, "read", name_);
    if (size == 0) break;
    at += static_cast<size_t>(size);
  }
  bytes.resize(at);
  return bytes;
}

// A file system that lost its power may have made the file longer, and not yet
// written what is there.
absl::StatusOr<bool> SealedFileReader::IsZeroFrom(absl::string_view bytes) {
  constexpr size_t kChunk = 64 << 10;
  std::string more(bytes);
  while (!more.empty()) {
    if (more.find_first_not_of('\0') != std::string::npos) return false;
    DSQL_ASSIGN_OR_RETURN(more, ReadBytes(kChunk));
  }
  return true;
}

}  // namespace dsql::sealed
