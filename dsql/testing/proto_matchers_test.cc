// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/proto_matchers.h"

#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::v1::CreateClusterInput;
using ::dsql::v1::GetClusterOutput;
using ::testing::Not;

GetClusterOutput Cluster() {
  GetClusterOutput output;
  output.set_identifier("a");
  output.set_deletion_protection_enabled(true);
  return output;
}

bool IsProtected(const CreateClusterInput& input) {
  return input.deletion_protection_enabled();
}

TEST(ProtoMatchersTest, ComparesAllFieldsOrSome) {
  EXPECT_THAT(Cluster(), EqualsProto(Cluster()));
  EXPECT_THAT(
      Cluster(), EqualsProto(R"pb(identifier: "a"
                                  deletion_protection_enabled: true)pb"));
  EXPECT_THAT(Cluster(), Not(EqualsProto(R"pb(identifier: "a")pb")));
  EXPECT_THAT(Cluster(), IncludesProto(R"pb(identifier: "a")pb"));
  EXPECT_THAT(Cluster(), Not(IncludesProto(R"pb(identifier: "b")pb")));
}

TEST(ProtoMatchersTest, SaysWhatIsWantedAndWhatIsThere) {
  EXPECT_NONFATAL_FAILURE(
      EXPECT_THAT(Cluster(), IncludesProto(R"pb(identifier: "b")pb")),
      "Expected: includes {identifier: \"b\"}");
  EXPECT_NONFATAL_FAILURE(
      EXPECT_THAT(Cluster(), IncludesProto(R"pb(identifier: "b")pb")),
      "identifier: \"a\"");
  EXPECT_NONFATAL_FAILURE(
      EXPECT_THAT(Cluster(), EqualsProto(R"pb(identifier: "b")pb")),
      "modified: identifier: \"b\" -> \"a\"");
}

TEST(ProtoMatchersTest, ATextIsAnInput) {
  EXPECT_TRUE(
      IsProtected(ParseProto(R"pb(deletion_protection_enabled: true)pb")));
  EXPECT_FALSE(IsProtected(ParseProto("")));
  const CreateClusterInput input =
      ParseProto(R"pb(tags { key: "team" value: "orders" })pb");
  EXPECT_EQ(input.tags().at("team"), "orders");
}

TEST(ProtoMatchersTest, ATextThatIsNoSuchMessageFailsTheTest) {
  EXPECT_NONFATAL_FAILURE(IsProtected(ParseProto("nosuch: 1")),
                          "No dsql.v1.CreateClusterInput: nosuch: 1");
}

}  // namespace
}  // namespace dsql_testing
