// SPDX-License-Identifier: Apache-2.0

// Fuzzes what reads sealed files, and the messages in them:
//
//   bazel run --config=asan //dsql/sealed:sealed_fuzzer -- $PWD/corpus
//
// sealed_corpus_test replays files through the same function.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "dsql/postgres/unique_fd.h"
#include "dsql/sealed/sealed_file.h"
#include "dsql/sealed/sealed_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dsql::postgres::UniqueFd fd(memfd_create("sealed", MFD_CLOEXEC));
  if (!fd.valid() || write(fd.get(), data, size) < 0) return 0;
  auto reader = dsql::sealed::SealedFileReader::OpenFd(std::move(fd), "fuzzed",
                                                       std::string(32, 'k'));
  if (!reader.ok()) return 0;
  while (true) {
    const auto record = dsql::sealed::ReadRecord(reader->get());
    if (!record.ok() || !record->has_value()) return 0;
    dsql::sealed::IsInnerPath((*record)->entry().path());
  }
}
