// SPDX-License-Identifier: Apache-2.0

// gMock mocks of what a user injects into FakeDsqlOptions besides Storage,
// which has dsql/testing/mock_storage.h.

#ifndef DSQL_TESTING_MOCK_BASE_H_
#define DSQL_TESTING_MOCK_BASE_H_

#include "dsql/base/language.h"

#include "absl/numeric/int128.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "gmock/gmock.h"

namespace dsql_testing {

class MockClock : public dsql::Clock {
 public:
  MOCK_METHOD(absl::Time, Now, (), (override));
  MOCK_METHOD(void, SleepFor, (absl::Duration), (override));

  // By default calls go to `clock`, which is not owned.
  void DelegateTo(dsql::Clock* clock) {
    ON_CALL(*this, Now).WillByDefault([clock] { return clock->Now(); });
    ON_CALL(*this, SleepFor).WillByDefault([clock](absl::Duration duration) {
      clock->SleepFor(duration);
    });
  }
};

class MockIdGenerator : public dsql::IdGenerator {
 public:
  MOCK_METHOD(absl::uint128, NextId, (), (override));

  // By default calls go to `ids`, which is not owned.
  void DelegateTo(dsql::IdGenerator* ids) {
    ON_CALL(*this, NextId).WillByDefault([ids] { return ids->NextId(); });
  }
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_MOCK_BASE_H_
