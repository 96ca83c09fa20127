#include "dsql/occ/transaction_log.h"

#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

std::string Types(absl::string_view request) {
  std::string types;
  while (!request.empty()) types += pgwire::TakeMessage(&request).type;
  return types;
}

Step Extended() {
  Step step;
  step.extended = true;
  pgwire::EncodeParse({"", "DELETE FROM public.t", {}}, &step.request);
  pgwire::EncodeParse({"s", "DELETE FROM public.u", {}}, &step.request);
  pgwire::EncodeBind({"", "s", absl::string_view("\0\0\0\0\0\0", 6)},
                     &step.request);
  pgwire::EncodeExecute({"", 0}, &step.request);
  pgwire::EncodeFlush(&step.request);
  return step;
}

TEST(TransactionLogTest, WhatIsRepeatedEndsWithOneSync) {
  EXPECT_EQ(Types(RepeatableRequest(Extended(), "")), "PCPBES");
  Step simple;
  pgwire::EncodeQuery("SELECT 1", &simple.request);
  EXPECT_EQ(RepeatableRequest(simple, ""), simple.request);
}

TEST(TransactionLogTest, NamesLoseTheirSchemasInQueryAndParse) {
  const std::string request =
      WithoutSchemas(Extended().request, {{"public", "u"}});
  EXPECT_NE(request.find("DELETE FROM public.t"), std::string::npos);
  EXPECT_NE(request.find("DELETE FROM u"), std::string::npos);
  EXPECT_EQ(Types(request), "PPBEH");
}

TEST(TransactionLogTest, KeepsEntriesAndTheirSize) {
  TransactionLog log;
  log.Add("abc", AnswerDigest());
  log.Add("d", AnswerDigest());
  EXPECT_EQ(log.size(), 4);
  EXPECT_EQ(log.entries().size(), 2);
  log.Clear();
  EXPECT_EQ(log.size(), 0);
}

}  // namespace
}  // namespace dsql
