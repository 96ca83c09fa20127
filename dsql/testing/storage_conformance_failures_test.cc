// SPDX-License-Identifier: Apache-2.0

// The conformance suite against storages that break one line of the contract
// each: it fails, says which line, and does not crash.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/storage_conformance.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::InMemoryStorage;
using ::dsql::ScanRange;
using ::dsql::Storage;
using ::dsql::StorageRecord;
using ::dsql::WriteBatch;
using ::testing::HasSubstr;

using Found = absl::StatusOr<absl::optional<StorageRecord>>;
using Records = absl::StatusOr<std::vector<StorageRecord>>;

// A storage that does as InMemoryStorage, but for what is overridden.
class Wrong : public Storage {
 public:
  Found Get(absl::string_view table, absl::string_view key) override {
    return memory_->Get(table, key);
  }
  Records Scan(absl::string_view table, const ScanRange& range) override {
    return memory_->Scan(table, range);
  }
  absl::Status Commit(const WriteBatch& batch) override {
    return memory_->Commit(batch);
  }

 protected:
  std::shared_ptr<InMemoryStorage> memory_ =
      std::make_shared<InMemoryStorage>();
};

class Forgets : public Wrong {
  absl::Status Commit(const WriteBatch&) override { return absl::OkStatus(); }
};

class AlwaysFails : public Wrong {
  Found Get(absl::string_view, absl::string_view) override {
    return absl::DataLossError("scripted");
  }
  Records Scan(absl::string_view, const ScanRange&) override {
    return absl::DataLossError("scripted");
  }
  absl::Status Commit(const WriteBatch&) override {
    return absl::DataLossError("scripted");
  }
};

class IgnoresExpect : public Wrong {
  absl::Status Commit(const WriteBatch& batch) override {
    WriteBatch rest;
    for (const WriteBatch::Write& write : batch.writes()) {
      if (write.value.has_value()) {
        rest.Put(write.table, write.key, *write.value, write.expected_version);
      } else {
        rest.Delete(write.table, write.key, write.expected_version);
      }
    }
    return memory_->Commit(rest);
  }
};

// A locked check, then unlocked writes.
class ChecksTooEarly : public Wrong {
  absl::Status Commit(const WriteBatch& batch) override {
    WriteBatch expectations;
    WriteBatch writes;
    for (const WriteBatch::Write& write : batch.writes()) {
      if (write.expected_version.has_value()) {
        expectations.Expect(write.table, write.key, *write.expected_version);
      }
      if (write.value.has_value()) {
        writes.Put(write.table, write.key, *write.value);
      } else {
        writes.Delete(write.table, write.key);
      }
    }
    for (const WriteBatch::Expectation& expected : batch.expectations()) {
      expectations.Expect(expected.table, expected.key, expected.version);
    }
    const absl::Status checked = memory_->Commit(expectations);
    std::this_thread::yield();
    return checked.ok() ? memory_->Commit(writes) : checked;
  }
};

class WritesOneByOne : public Wrong {
  absl::Status Commit(const WriteBatch& batch) override {
    for (const WriteBatch::Write& write : batch.writes()) {
      WriteBatch one;
      if (write.value.has_value()) {
        one.Put(write.table, write.key, *write.value, write.expected_version);
      } else {
        one.Delete(write.table, write.key, write.expected_version);
      }
      const absl::Status status = memory_->Commit(one);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
};

// As a C string would.
class EndsKeysAtNul : public Wrong {
  Found Get(absl::string_view table, absl::string_view key) override {
    return memory_->Get(table, key.substr(0, key.find('\0')));
  }
};

class OneVersionForAll : public Wrong {
  Found Get(absl::string_view table, absl::string_view key) override {
    Found found = memory_->Get(table, key);
    if (found.ok() && found->has_value()) (*found)->version = 1;
    return found;
  }
};

class ScansBackwards : public Wrong {
  Records Scan(absl::string_view table, const ScanRange& range) override {
    Records records = memory_->Scan(table, range);
    if (records.ok()) std::reverse(records->begin(), records->end());
    return records;
  }
};

class IgnoresStartAfter : public Wrong {
  Records Scan(absl::string_view table, const ScanRange& range) override {
    return memory_->Scan(table, {range.prefix, "", range.limit});
  }
};

struct Case {
  // What the suite is given.
  StorageConformanceParam param;
  // What it must say.
  const char* broken_line;
};

template <typename T>
Case Of(const char* name, const char* broken_line) {
  return {{name, [] { return std::make_unique<T>(); }}, broken_line};
}

// Starts its versions anew, and has nothing of before.
Case ForgetsWhenReopened() {
  Case result = Of<Wrong>("ForgetsWhenReopened", "kept before it returns OK");
  result.param.reopen = [] { return std::make_unique<Wrong>(); };
  return result;
}

Case SharesNothing() {
  Case result = Of<Wrong>("SharesNothing", "open on the same records");
  result.param.open_another = [] { return std::make_unique<Wrong>(); };
  return result;
}

Case ReturnsNull() {
  return {{"ReturnsNull", [] { return nullptr; }}, "made none"};
}

const std::vector<Case>& Cases() {
  static const auto& cases = *new std::vector<Case>{
      Of<Forgets>("Forgets", "Get() returns the record of the key"),
      Of<AlwaysFails>("AlwaysFails", "Values of a megabyte"),
      Of<IgnoresExpect>("IgnoresExpect", "Expect() has the commit fail unless"),
      Of<ChecksTooEarly>("ChecksTooEarly", "only one succeeds"),
      Of<WritesOneByOne>("WritesOneByOne", "Nothing is kept of a Commit()"),
      Of<EndsKeysAtNul>("EndsKeysAtNul", "are any bytes"),
      Of<OneVersionForAll>("OneVersionForAll", "never had before"),
      Of<ScansBackwards>("ScansBackwards", "in ascending order"),
      Of<IgnoresStartAfter>("IgnoresStartAfter", "of the range"),
      ForgetsWhenReopened(),
      SharesNothing(),
      ReturnsNull()};
  return cases;
}

std::vector<StorageConformanceParam> Params() {
  std::vector<StorageConformanceParam> params;
  for (const Case& wrong : Cases()) params.push_back(wrong.param);
  return params;
}

INSTANTIATE_TEST_SUITE_P(Wrong, StorageConformanceTest,
                         ::testing::ValuesIn(Params()), StorageConformanceName);

class ConformanceFailuresTest : public ::testing::TestWithParam<Case> {};

TEST_P(ConformanceFailuresTest, TheSuiteSaysWhatIsWrong) {
  // Tests run in this very program, as another process.
  const std::string command = absl::StrCat(
      "unset TEST_SHARD_INDEX TEST_TOTAL_SHARDS GTEST_OUTPUT XML_OUTPUT_FILE "
      "TEST_PREMATURE_EXIT_FILE GTEST_FILTER TESTBRIDGE_TEST_ONLY; exec /proc/",
      getpid(), "/exe --run-wrong --gtest_filter='Wrong/*/",
      GetParam().param.name, "' 2>&1");
  FILE* program = popen(command.c_str(), "r");
  ASSERT_NE(program, nullptr);
  std::string output;
  char buffer[4096];
  while (const size_t size = fread(buffer, 1, sizeof(buffer), program)) {
    output.append(buffer, size);
  }
  const int status = pclose(program);
  ASSERT_TRUE(WIFEXITED(status)) << "It crashed: " << output;
  EXPECT_EQ(WEXITSTATUS(status), 1) << output;
  EXPECT_THAT(output, HasSubstr(GetParam().broken_line));
}

INSTANTIATE_TEST_SUITE_P(All, ConformanceFailuresTest,
                         ::testing::ValuesIn(Cases()),
                         [](const ::testing::TestParamInfo<Case>& info) {
                           return info.param.param.name;
                         });

}  // namespace
}  // namespace dsql_testing

int main(int argc, char** argv) {
  const bool run_wrong = argc > 1 && std::string(argv[1]) == "--run-wrong";
  ::testing::InitGoogleTest(&argc, argv);
  // What is wrong on purpose runs only where it is asked for.
  if (!run_wrong) ::testing::GTEST_FLAG(filter) = "*ConformanceFailuresTest*";
  return RUN_ALL_TESTS();
}
