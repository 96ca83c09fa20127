// Replays the fuzzer's corpus, and its beginnings, so that what was found once
// stays found.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace dsql {
namespace {

void Replay(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

TEST(WebSocketCorpusTest, NothingCrashesOrHangs) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           "dsql/gateway/link/testdata/web_socket")) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    ASSERT_TRUE(file);
    Replay(input);
    for (size_t size = 1; size < input.size(); size += 1 + input.size() / 20) {
      Replay(input.substr(0, size));
    }
    ++files;
  }
  EXPECT_GT(files, 10);
}

}  // namespace
}  // namespace dsql
