// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/server_state.h"

#include <string>

#include "dsql/gateway/session/message_testing.h"
#include "dsql/pgwire/frontend.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::ParameterOf;

std::string Changes(ServerState* state) {
  std::string changes;
  state->AppendChangedParameters(&changes);
  return changes;
}

void Bind(ServerState* state, absl::string_view portal) {
  std::string message;
  pgwire::EncodeBind({portal, "", ""}, &message);
  Action action;
  action.kind = Action::kBind;
  action.statement = dsql_testing::StatementOf({});
  state->Done(action, message);
}

TEST(ServerStateTest, ABlockIsWhatReadyForQuerySays) {
  ServerState state;
  EXPECT_FALSE(state.in_block());
  for (const char status : {'T', 'E', 'I'}) {
    state.Ready(status);
    EXPECT_EQ(state.status(), status);
    EXPECT_EQ(state.in_block(), status != 'I');
  }
}

TEST(ServerStateTest, ErrorsOfTheExtendedProtocolAreFollowedBySkipping) {
  ServerState state;
  state.Failed(false);
  EXPECT_FALSE(state.skipping());
  state.Failed(true);
  EXPECT_TRUE(state.skipping());
  state.Ready('I');
  EXPECT_FALSE(state.skipping());
}

TEST(ServerStateTest, WhatRunsOutsideOfABlockWaitsForASync) {
  ServerState state;
  state.Executed("INSERT 0 1");
  EXPECT_TRUE(state.unsynced());
  state.Ready('I');
  EXPECT_FALSE(state.unsynced());
  // An error rolled it back.
  state.Executed("INSERT 0 1");
  state.Failed(true);
  EXPECT_FALSE(state.unsynced());
  state.Ready('T');
  state.Executed("INSERT 0 1");
  EXPECT_FALSE(state.unsynced());
}

TEST(ServerStateTest, PortalsEndWithTheirTransaction) {
  ServerState state;
  Bind(&state, "p");
  state.Ready('T');
  EXPECT_TRUE(state.prepared().FindPortal("p"));
  state.Ready('E');
  EXPECT_TRUE(state.prepared().FindPortal("p"));
  state.Ready('I');
  EXPECT_FALSE(state.prepared().FindPortal("p"));
}

TEST(ServerStateTest, AQueryTakesTheUnnamedPortalAway) {
  ServerState state;
  Bind(&state, "");
  Bind(&state, "p");
  state.QuerySent();
  EXPECT_FALSE(state.prepared().FindPortal(""));
  EXPECT_TRUE(state.prepared().FindPortal("p"));
}

TEST(ServerStateTest, OnlyChangesAreTold) {
  ServerState state;
  state.Told("TimeZone", "UTC");
  state.Reported("TimeZone", "UTC");
  EXPECT_EQ(Changes(&state), "");
  state.Reported("TimeZone", "Asia/Tokyo");
  EXPECT_EQ(Changes(&state), ParameterOf("TimeZone", "Asia/Tokyo"));
  EXPECT_EQ(Changes(&state), "");
  // There and back again, as when a transaction is repeated.
  state.Reported("TimeZone", "UTC");
  state.Reported("TimeZone", "Asia/Tokyo");
  EXPECT_EQ(Changes(&state), "");
}

TEST(ServerStateTest, ChangesAreToldInTheirOrder) {
  ServerState state;
  state.Reported("b", "1");
  state.Reported("a", "1");
  state.Reported("b", "2");
  EXPECT_EQ(Changes(&state), ParameterOf("a", "1") + ParameterOf("b", "2"));
}

TEST(ServerStateTest, WhatIsFixedNeverChanges) {
  ServerState state;
  state.Fix("server_version");
  state.Reported("server_version", "18.1");
  EXPECT_EQ(Changes(&state), "");
}

// It may be undone while the client does not look.
TEST(ServerStateTest, TheClientWritesInTheEncodingThatItWasTold) {
  ServerState state;
  EXPECT_TRUE(state.client_writes().is_utf8());
  state.Told("client_encoding", "LATIN1");
  EXPECT_FALSE(state.client_writes().is_utf8());
  EXPECT_FALSE(state.server_reads().is_utf8());
  state.Reported("client_encoding", "UTF8");
  EXPECT_TRUE(state.server_reads().is_utf8());
  EXPECT_FALSE(state.client_writes().is_utf8());
  EXPECT_EQ(Changes(&state), ParameterOf("client_encoding", "UTF8"));
  EXPECT_TRUE(state.client_writes().is_utf8());
}

// What it is told may be a test's.
TEST(ServerStateTest, TheServersEncodingCountsWhateverTheClientIsTold) {
  ServerState state;
  state.Fix("client_encoding");
  state.Reported("client_encoding", "LATIN1");
  EXPECT_EQ(Changes(&state), "");
  EXPECT_FALSE(state.client_writes().is_utf8());
}

}  // namespace
}  // namespace dsql
