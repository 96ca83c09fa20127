// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_file.h"

#include <stdlib.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "dsql/postgres/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::sealed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kHeader = 40;
// Of a record with nothing in it: its length and two tags.
constexpr size_t kOverhead = 36;

class SealedFileTest : public ::testing::Test {
 protected:
  SealedFileTest() {
    std::string pattern = ::testing::TempDir() + "/sealed.XXXXXX";
    directory_ = mkdtemp(&pattern[0]);
    path_ = directory_ + "/file";
  }
  ~SealedFileTest() override { postgres::RemoveTree(directory_).IgnoreError(); }

  // Returns the file's bytes.
  std::string Write(const std::vector<std::string>& records) {
    const auto writer = SealedFileWriter::Create(path_, key_);
    EXPECT_TRUE(writer.ok()) << writer.status();
    for (const std::string& record : records)
      EXPECT_TRUE((*writer)->Append(record).ok());
    EXPECT_TRUE((*writer)->Sync().ok());
    return *postgres::ReadFile(path_);
  }

  struct Contents {
    std::vector<std::string> records;
    absl::Status status;
    bool torn = false;
  };
  Contents Read() { return ReadBy(key_); }
  Contents ReadBy(const std::string& key) {
    Contents contents;
    const auto reader = SealedFileReader::Open(path_, key);
    if (!reader.ok()) {
      contents.status = reader.status();
      return contents;
    }
    while (true) {
      const auto record = (*reader)->Read();
      contents.status = record.status();
      contents.torn = (*reader)->torn();
      if (!record.ok() || !record->has_value()) return contents;
      contents.records.push_back(**record);
    }
  }
  Contents ReadBytes(const std::string& bytes) {
    EXPECT_TRUE(postgres::WriteFile(path_, bytes).ok());
    return Read();
  }

  std::string directory_, path_;
  std::string key_ = std::string(32, 'k');
};

TEST_F(SealedFileTest, RecordsComeBack) {
  const std::string large(3 << 20, 'x');
  Write({"one", "", large, std::string("\0\xff", 2)});
  const Contents contents = Read();
  EXPECT_TRUE(contents.status.ok()) << contents.status;
  EXPECT_FALSE(contents.torn);
  EXPECT_THAT(contents.records,
              ElementsAre("one", "", large, std::string("\0\xff", 2)));
}

TEST_F(SealedFileTest, AFileWithoutRecordsHasNone) {
  EXPECT_EQ(Write({}).size(), kHeader);
  const Contents contents = Read();
  EXPECT_TRUE(contents.status.ok()) << contents.status;
  EXPECT_THAT(contents.records, IsEmpty());
}

TEST_F(SealedFileTest, NothingOfARecordIsInTheFile) {
  const std::string bytes = Write({"a secret", "a secret"});
  EXPECT_FALSE(absl::StrContains(bytes, "secret"));
  EXPECT_EQ(bytes.size(), kHeader + 2 * (kOverhead + 8));
  // Nor that two are equal.
  EXPECT_NE(bytes.substr(kHeader, kOverhead + 8),
            bytes.substr(kHeader + kOverhead + 8));
}

TEST_F(SealedFileTest, TwoFilesOfTheSameRecordsDiffer) {
  const std::string one = Write({"record"});
  const std::string other = Write({"record"});
  EXPECT_NE(one.substr(kHeader), other.substr(kHeader));
}

// Wherever a process was killed.
TEST_F(SealedFileTest, WhatIsCutEndsAtTheLastWholeRecord) {
  const std::string bytes = Write({"first", "second"});
  const size_t first = kHeader + kOverhead + 5;
  for (size_t size = kHeader; size < bytes.size(); ++size) {
    const Contents contents = ReadBytes(bytes.substr(0, size));
    ASSERT_TRUE(contents.status.ok()) << size << ": " << contents.status;
    ASSERT_EQ(contents.records.size(), size < first ? 0u : 1u) << size;
    ASSERT_EQ(contents.torn, size != kHeader && size != first) << size;
  }
}

TEST_F(SealedFileTest, AHeaderThatIsCutIsDamage) {
  const std::string bytes = Write({});
  for (size_t size = 0; size < kHeader; ++size)
    EXPECT_TRUE(absl::IsDataLoss(ReadBytes(bytes.substr(0, size)).status));
}

// Where the power failed: the file became longer, and that was not written.
TEST_F(SealedFileTest, ZerosAtTheEndAreNoRecord) {
  const std::string bytes = Write({"record"});
  const Contents contents = ReadBytes(bytes + std::string(100000, '\0'));
  EXPECT_TRUE(contents.status.ok()) << contents.status;
  EXPECT_TRUE(contents.torn);
  EXPECT_THAT(contents.records, ElementsAre("record"));
}

TEST_F(SealedFileTest, ZerosWithinAreDamage) {
  std::string bytes = Write({"record", "another"});
  bytes.replace(kHeader, kOverhead + 6, std::string(kOverhead + 6, '\0'));
  EXPECT_TRUE(absl::IsDataLoss(ReadBytes(bytes).status));
}

// Each byte, a record's length among them, which must not pass for the end.
TEST_F(SealedFileTest, AByteThatWasChangedIsNoticed) {
  const std::string bytes = Write({"first", "second"});
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char bit : {'\x01', '\x80'}) {
      std::string changed = bytes;
      changed[at] ^= bit;
      const Contents contents = ReadBytes(changed);
      ASSERT_TRUE(absl::IsDataLoss(contents.status))
          << at << ": " << contents.status;
      ASSERT_THAT(std::string(contents.status.message()), HasSubstr(path_));
    }
  }
}

TEST_F(SealedFileTest, RecordsThatWereSwappedAreNoticed) {
  const std::string bytes = Write({"first!", "second"});
  const size_t size = kOverhead + 6;
  const Contents contents =
      ReadBytes(bytes.substr(0, kHeader) + bytes.substr(kHeader + size) +
                bytes.substr(kHeader, size));
  EXPECT_TRUE(absl::IsDataLoss(contents.status)) << contents.status;
  EXPECT_THAT(contents.records, IsEmpty());
}

TEST_F(SealedFileTest, ARecordOfAnotherFileIsNoticed) {
  const std::string one = Write({"record"});
  const std::string other = Write({"record"});
  EXPECT_TRUE(absl::IsDataLoss(
      ReadBytes(one.substr(0, kHeader) + other.substr(kHeader)).status));
}

TEST_F(SealedFileTest, AnotherKeyReadsNothing) {
  Write({"record"});
  const Contents contents = ReadBy(std::string(32, 'l'));
  EXPECT_TRUE(absl::IsDataLoss(contents.status)) << contents.status;
  EXPECT_THAT(contents.records, IsEmpty());
}

TEST_F(SealedFileTest, WhatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Read().status));
}

TEST_F(SealedFileTest, ARecordHasALimit) {
  const auto writer = SealedFileWriter::Create(path_, key_);
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_TRUE(absl::IsInvalidArgument((*writer)->Append(
      std::string(SealedFileWriter::kLongestRecord + 1, 'x'))));
  EXPECT_TRUE((*writer)->Append("record").ok());
  EXPECT_THAT(Read().records, ElementsAre("record"));
}

}  // namespace
}  // namespace dsql::sealed
