// SPDX-License-Identifier: Apache-2.0

// Fuzzes what reads the changes that a server decodes:
//
//   bazel run --config=asan //dsql/streams/decode:decoding_fuzzer --
//   $PWD/corpus
//
// decoding_corpus_test replays lines through the same function.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "dsql/streams/decode/decoded_line.h"
#include "dsql/streams/decode/replication_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  dsql::streams::ParseDecodedLine(bytes).status().IgnoreError();
  dsql::streams::ParseReplicationMessage(bytes).status().IgnoreError();
  return 0;
}
