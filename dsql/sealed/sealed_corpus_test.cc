// Files that were cut and changed, through what the fuzzer calls: nothing
// crashes, and it ends.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "dsql/postgres/files.h"
#include "dsql/sealed/sealed_file.h"
#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace dsql::sealed {
namespace {

void Fuzz(const std::string& bytes) {
  EXPECT_EQ(LLVMFuzzerTestOneInput(
                reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()),
            0);
}

TEST(SealedCorpusTest, FilesThatWereChangedAnywhere) {
  const std::string path = ::testing::TempDir() + "/corpus";
  const auto writer = SealedFileWriter::Create(path, std::string(32, 'k'));
  ASSERT_TRUE(writer.ok()) << writer.status();
  // A message, none, and what is not one.
  for (const char* record : {"\x18\x01", "", "\xff\xff\xff"})
    ASSERT_TRUE((*writer)->Append(record).ok());
  const std::string bytes = *postgres::ReadFile(path);
  Fuzz(bytes);
  Fuzz("");
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string changed = bytes.substr(0, random() % (bytes.size() + 1));
    if (!changed.empty() && random() % 2 == 0)
      changed[random() % changed.size()] ^= static_cast<char>(random());
    if (random() % 4 == 0) changed.append(random() % 200, '\0');
    Fuzz(changed);
  }
}

}  // namespace
}  // namespace dsql::sealed
