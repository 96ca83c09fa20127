// SPDX-License-Identifier: Apache-2.0

// A statement of a step, with the messages that belong to it.

#ifndef DSQL_OCC_UNIT_H_
#define DSQL_OCC_UNIT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "dsql/gateway/session/step.h"

namespace dsql {

// Actions [first, last) of a step, of which only the last one may execute
// something.
struct Unit {
  const Step* step = nullptr;
  size_t first = 0;
  size_t last = 0;
  // Of a Query with several.
  bool as_query = false;

  bool runs() const { return last > first && step->actions[last - 1].runs(); }
  // What is executed; empty where nothing is or it is not known.
  StatementRef statement() const {
    return runs() ? step->actions[last - 1].statement : StatementRef();
  }
};

// In their order. What follows the last execution is a unit of its own.
std::vector<Unit> SplitStep(const Step& step);

// How many statements are executed.
int CountRunning(const Step& step);
// Nothing follows that could fail, and undo it.
bool EndsWithExecution(const Step& step);

// It parses, binds or describes: by relations, settings and portals that its
// transaction has made, perhaps.
bool NeedsWhatWasDone(const Unit& unit);
// It makes a portal, one of a statement that may write.
bool Binds(const Unit& unit);
bool BindsWrite(const Unit& unit);
// COPY FROM by a portal that was bound before. Only the answer tells that it
// asks for data, which comes while nothing of it is under way: its text is
// executed by a portal of the gateway's.
bool HasOwnPortal(const Unit& unit);
// The answers in front of the unit's own then.
constexpr size_t kOwnPortalAnswers = 4;
// The portal that it executes, where that was bound before.
absl::optional<std::string> OldPortalOf(const Unit& unit);
inline bool RunsOldPortal(const Unit& unit) {
  return OldPortalOf(unit).has_value();
}
// Not more rows than so many are to be told.
bool LimitsRows(const Unit& unit);

// The messages of a unit that can be sent alone, in the form of the extended
// protocol without a Sync, or a Query.
std::string MessagesOf(const Unit& unit);

// The same without what executes: Parse, Bind and Describe.
Unit WithoutExecute(const Unit& unit);
// Without any.
Unit Nothing(const Unit& unit);

}  // namespace dsql

#endif  // DSQL_OCC_UNIT_H_
