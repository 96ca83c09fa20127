// SPDX-License-Identifier: Apache-2.0

// A test of code that manages clusters.

#include "dsql/control/cluster_manager.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/v1/errors.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using ::dsql::v1::ValidationExceptionReason;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsValidationException;

class ClusterTest : public dsql_testing::FakeDsqlTest {};

TEST_F(ClusterTest, ProtectedClusterIsNotDeleted) {
  dsql::v1::CreateClusterInput input;
  input.set_deletion_protection_enabled(true);
  auto created = fake().clusters().CreateCluster(input);
  ASSERT_THAT(created, IsOk());
  dsql::v1::DeleteClusterInput deletion;
  deletion.set_identifier(created->identifier());
  EXPECT_THAT(fake().clusters().DeleteCluster(deletion),
              IsValidationException(
                  ValidationExceptionReason::deletionProtectionEnabled));
}

}  // namespace
