#include "dsql/gateway/transaction_faults.h"

#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(TransactionFaultsTest, CountsAndMatchesTables) {
  TransactionFaults faults;
  CommitFault fault;
  fault.count = 2;
  fault.table = "t";
  fault.kind = CommitFault::kSchemaConflict;
  faults.Add(fault);
  EXPECT_FALSE(faults.TakeFault({"u"}).has_value());
  EXPECT_FALSE(faults.TakeFault({}).has_value());
  EXPECT_TRUE(faults.TakeFault({"u", "t"}).has_value());
  EXPECT_EQ(faults.TakeFault({"t"})->message(),
            "schema has been updated by another transaction (OC001)");
  EXPECT_FALSE(faults.TakeFault({"t"}).has_value());
}

TEST(TransactionFaultsTest, ASeedMakesChanceRepeatable) {
  std::string runs[2];
  for (std::string& run : runs) {
    TransactionFaults faults;
    CommitFault fault;
    fault.count = 1000;
    fault.probability = 0.5;
    fault.seed = 7;
    faults.Add(fault);
    for (int i = 0; i < 100; ++i)
      run += faults.TakeFault({"t"}).has_value() ? '1' : '0';
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_NE(runs[0].find('0'), std::string::npos);
  EXPECT_NE(runs[0].find('1'), std::string::npos);
}

TEST(TransactionFaultsTest, AHookForTheNextCommitRunsOnce) {
  TransactionFaults faults;
  EXPECT_EQ(faults.TakeHook(), nullptr);
  int once = 0, every = 0;
  faults.SetBeforeCommit([&] { ++every; });
  faults.RunBeforeNextCommit([&] { ++once; });
  faults.TakeHook()();
  faults.TakeHook()();
  EXPECT_EQ(once, 1);
  EXPECT_EQ(every, 1);
  faults.Clear();
  EXPECT_EQ(faults.TakeHook(), nullptr);
}

}  // namespace
}  // namespace dsql
