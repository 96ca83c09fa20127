// Replays the fuzzer's corpus, and its beginnings, so that what was found once
// stays found.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace dsql {
namespace {

// From memory of just that size, which sanitizers watch.
void Replay(const std::string& input) {
  const std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

TEST(PolicyCorpusTest, NothingCrashes) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("dsql/iam/testdata/policies")) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    ASSERT_TRUE(file);
    Replay(input);
    for (size_t size = 1; size < input.size(); ++size) {
      Replay(input.substr(0, size));
    }
    ++files;
  }
  EXPECT_GT(files, 10);
}

}  // namespace
}  // namespace dsql
