// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/router.h"

#include "dsql/aws/service_model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class RouterTest : public ::testing::Test {
 protected:
  // The name of the operation, or "".
  std::string Operation(absl::string_view method, absl::string_view path) {
    const Route route = router_.Find(method, path);
    return route.operation == nullptr ? "" : route.operation->name();
  }

  const Router router_{ServiceModel()};
};

TEST_F(RouterTest, FindsEveryOperationOfTheModel) {
  EXPECT_EQ(Operation("POST", "/cluster"), "CreateCluster");
  EXPECT_EQ(Operation("GET", "/cluster"), "ListClusters");
  EXPECT_EQ(Operation("GET", "/cluster/a"), "GetCluster");
  EXPECT_EQ(Operation("POST", "/cluster/a"), "UpdateCluster");
  EXPECT_EQ(Operation("DELETE", "/cluster/a"), "DeleteCluster");
  EXPECT_EQ(Operation("GET", "/cluster/a/policy"), "GetClusterPolicy");
  EXPECT_EQ(Operation("POST", "/cluster/a/policy"), "PutClusterPolicy");
  EXPECT_EQ(Operation("DELETE", "/cluster/a/policy"), "DeleteClusterPolicy");
  EXPECT_EQ(Operation("GET", "/clusters/a/vpc-endpoint-service-name"),
            "GetVpcEndpointServiceName");
  EXPECT_EQ(Operation("POST", "/stream/a"), "CreateStream");
  EXPECT_EQ(Operation("GET", "/stream/a"), "ListStreams");
  EXPECT_EQ(Operation("GET", "/stream/a/b"), "GetStream");
  EXPECT_EQ(Operation("DELETE", "/stream/a/b"), "DeleteStream");
  EXPECT_EQ(Operation("GET", "/tags/a"), "ListTagsForResource");
  EXPECT_EQ(Operation("POST", "/tags/a"), "TagResource");
  EXPECT_EQ(Operation("DELETE", "/tags/a"), "UntagResource");
}

TEST_F(RouterTest, LabelsAreNamedAndDecoded) {
  EXPECT_THAT(router_.Find("GET", "/stream/a%20b/c%2Fd%zz").labels,
              ElementsAre(Pair("clusterIdentifier", "a b"),
                          Pair("streamIdentifier", "c/d%zz")));
}

TEST_F(RouterTest, AnArnMayHaveItsSlashesUnencoded) {
  constexpr char kArn[] =
      "arn:aws:dsql:us-east-1:000000000000:cluster/abc/stream/def";
  for (const char* path :
       {"/tags/arn:aws:dsql:us-east-1:000000000000:cluster/abc/stream/def",
        "/tags/arn%3Aaws%3Adsql%3Aus-east-1%3A000000000000%3Acluster%2Fabc"
        "%2Fstream%2Fdef",
        "/tags/arn%3aaws:dsql:us-east-1:000000000000:cluster%2fabc/stream/"
        "def"}) {
    const Route route = router_.Find("GET", path);
    ASSERT_NE(route.operation, nullptr) << path;
    EXPECT_THAT(route.labels, ElementsAre(Pair("resourceArn", kArn)));
  }
}

TEST_F(RouterTest, OtherLabelsTakeOneSegment) {
  EXPECT_EQ(Operation("GET", "/cluster/a/b"), "");
  EXPECT_EQ(Operation("GET", "/tags/a/b"), "");
  EXPECT_EQ(Operation("GET", "/stream/a/b/c"), "");
}

TEST_F(RouterTest, NoLabelIsEmpty) {
  EXPECT_EQ(Operation("GET", "/cluster/"), "");
  EXPECT_EQ(Operation("GET", "/cluster//policy"), "");
  EXPECT_EQ(Operation("GET", "/stream//a"), "");
}

TEST_F(RouterTest, UnknownPathsHaveNoMethods) {
  for (const char* path : {"", "/", "*", "cluster", "//cluster", "/Cluster",
                           "/cluster/a/Policy"}) {
    const Route route = router_.Find("GET", path);
    EXPECT_EQ(route.operation, nullptr) << path;
    EXPECT_THAT(route.allowed_methods, IsEmpty()) << path;
  }
}

TEST_F(RouterTest, UnknownMethodsOfAPathNameTheKnownOnes) {
  const Route route = router_.Find("PATCH", "/cluster/a");
  EXPECT_EQ(route.operation, nullptr);
  EXPECT_THAT(route.allowed_methods,
              UnorderedElementsAre("GET", "POST", "DELETE"));
  // Methods have a case.
  EXPECT_EQ(Operation("get", "/cluster/a"), "");
}

}  // namespace
}  // namespace http
}  // namespace dsql
