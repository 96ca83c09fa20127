// SPDX-License-Identifier: Apache-2.0

// Replays the corpus of a fuzz target, the files that the command line names,
// so that what was found once stays found: whole, their beginnings, and changed
// at one place or another, by the same random numbers each time.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace dsql {
namespace {

constexpr size_t kBeginnings = 200;
constexpr int kChanges = 200;

// From memory of just that size, which sanitizers watch.
void Replay(const std::string& input) {
  const std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

// A byte that is another one, a piece that is missing or there twice.
std::string Changed(std::string input, std::mt19937* random) {
  if (input.empty()) return input;
  const size_t at = (*random)() % input.size();
  const size_t length = (*random)() % std::min<size_t>(input.size() - at, 16);
  switch ((*random)() % 3) {
    case 0:
      input[at] = static_cast<char>((*random)());
      return input;
    case 1:
      return input.erase(at, length);
    default:
      return input.insert(at, input.substr(at, length));
  }
}

// CorpusTest replays one file.
class CorpusTest : public ::testing::Test {
 public:
  explicit CorpusTest(std::string path) : path_(std::move(path)) {}

  void TestBody() override {
    std::ifstream file(path_, std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    ASSERT_TRUE(file) << path_;
    Replay(input);
    for (size_t size = 0; size < input.size();
         size += 1 + input.size() / kBeginnings) {
      Replay(input.substr(0, size));
    }
    std::mt19937 random(1);
    for (int i = 0; i < kChanges; ++i) Replay(Changed(input, &random));
  }

 private:
  const std::string path_;
};

}  // namespace
}  // namespace dsql

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string path = argv[i];
    ::testing::RegisterTest(
        "CorpusTest", path.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [path]() -> ::testing::Test* { return new dsql::CorpusTest(path); });
  }
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
