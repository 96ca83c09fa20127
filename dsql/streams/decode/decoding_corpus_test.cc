// Cuts and changes lines as test_decoding writes them: nothing crashes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace dsql::streams {
namespace {

constexpr const char* kLines[] = {
    "BEGIN 151489",
    "COMMIT 7 (at 2026-11-26 15:32:23.659549+00)",
    "table \"odd S\".\"T \"\"q\": UPDATE: old-key: \"c [x]:\"[text]:'it''s' "
    "new-tuple: \"c [x]:\"[public.\"do]:m\"]:null n[numeric]:1.50",
    "table public.t: DELETE: (no-tuple-data)",
    "table public.t, public.u: TRUNCATE: cascade",
    "message: transactional: 1 prefix: dsql.table, sz: 7 content:{\"k\":1}",
    "w\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
    "\x01\x01\x01\x01\x01\x01\x01x",
    "16/B374D848"};

// From memory of just that size, which sanitizers watch.
void Replay(const std::string& input) {
  const std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

TEST(DecodingCorpusTest, NothingCrashes) {
  for (const std::string line : kLines) {
    for (size_t i = 0; i <= line.size(); ++i) {
      Replay(line.substr(0, i));
      Replay(line.substr(i));
      for (const char c : {'\'', '"', ' ', '[', ']', ':', '\0'}) {
        std::string changed = line;
        if (i < line.size()) changed[i] = c;
        Replay(changed);
      }
    }
  }
}

}  // namespace
}  // namespace dsql::streams
