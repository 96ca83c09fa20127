// SPDX-License-Identifier: Apache-2.0

// Everything at once, for a while:
//
//   bazel run //testing/chaos -- --duration=10m --seed=7
//
// Prints each promise of the library that was broken as it happens, and what
// was done at the end. A hang ends it with what everybody does, and SIGABRT.

#include "testing/chaos/chaos.h"

#include <stdlib.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

ABSL_FLAG(absl::Duration, duration, absl::Seconds(60), "how long it takes");
ABSL_FLAG(unsigned, seed, 0, "of what is done; 0: a new one each time");
ABSL_FLAG(int, threads, 50, "how many use it at the same time");
ABSL_FLAG(absl::Duration, patience, absl::Seconds(100),
          "how long one thing may take before it is a hang");
ABSL_FLAG(std::string, only, "",
          "plays only roles whose name begins so; see cast.cc");
ABSL_FLAG(std::string, dir, "",
          "where its directory is made; empty: shared memory, or TEST_TMPDIR");

namespace dsql_testing {
namespace {

// Shared memory where there is some: it is about what is done at the same time,
// and not about disks.
std::string DefaultDirectory() {
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ::testing::TempDir();
}

TEST(ChaosTest, NothingIsLostLeakedOrHangs) {
  ChaosOptions options;
  options.seed = absl::GetFlag(FLAGS_seed);
  if (options.seed == 0)
    options.seed = static_cast<unsigned>(absl::ToUnixMicros(absl::Now()));
  options.duration = absl::GetFlag(FLAGS_duration);
  options.threads = absl::GetFlag(FLAGS_threads);
  options.patience = absl::GetFlag(FLAGS_patience);
  options.only = absl::GetFlag(FLAGS_only);
  options.parent = absl::GetFlag(FLAGS_dir);
  if (options.parent.empty()) options.parent = DefaultDirectory();
  if (options.only.empty())
    options.wanted = {
        "commits",         "transfers",           "operations",
        "servers killed",  "sessions terminated", "faults scripted",
        "restores",        "clients that left",   "rude clients",
        "records compared"};
  std::cerr << "seed " << options.seed << std::endl;
  Chaos chaos(options);
  EXPECT_THAT(chaos.Run(), IsOk());
  EXPECT_THAT(chaos.journal().violations(), ::testing::IsEmpty())
      << "seed " << options.seed;
  // That there was something to be seen.
  for (const std::string& what : options.wanted)
    EXPECT_GT(chaos.journal().count(what), 0) << what;
}

}  // namespace
}  // namespace dsql_testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  absl::SetProgramUsageMessage("uses FakeDsql in every way at the same time");
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
