// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/model_checker.h"

#include <random>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "testing/occ/deadline_connection.h"
#include "testing/occ/reference_database.h"

namespace dsql_testing {
namespace {

std::string Describe(const Outcome& outcome) {
  if (!outcome.sqlstate.empty()) return outcome.sqlstate;
  return absl::StrCat(outcome.tag, " (", absl::StrJoin(outcome.rows, " "), ")");
}

class Checker {
 public:
  explicit Checker(const ModelCheckOptions& options) : options_(options) {}

  absl::StatusOr<ModelCheckReport> Run() {
    for (int i = 0; i < options_.history.sessions; ++i) {
      DSQL_ASSIGN_OR_RETURN(
          DeadlineConnection connection,
          DeadlineConnection::Open(options_.conninfo,
                                   options_.statement_deadline));
      sessions_.push_back(std::move(connection));
    }
    in_transaction_.resize(sessions_.size());
    for (int i = 0; i < options_.histories; ++i)
      DSQL_RETURN_IF_ERROR(CheckHistory(i));
    return report_;
  }

 private:
  // How a statement is sent.
  enum Mode { kSimple, kExtended, kNamed };

  absl::Status CheckHistory(int number) {
    std::mt19937 random(options_.seed + static_cast<uint32_t>(number));
    trace_ = absl::StrCat("seed ", options_.seed + number, "\n");
    const int base = (number + 1) * 2 * options_.history.keys;
    ReferenceDatabase reference;
    for (const Step& step : RandomHistory(options_.history, base, &random))
      DSQL_RETURN_IF_ERROR(
          CheckStep(step, static_cast<Mode>(random() % 3), &reference));
    ++report_.histories;
    return absl::OkStatus();
  }

  absl::Status CheckStep(const Step& step, Mode mode,
                         ReferenceDatabase* reference) {
    const Outcome expected = reference->Execute(step.session, step.operation);
    const std::string sql = ToSql(step.operation);
    static constexpr const char* kMarks[] = {"  ", "x ", "n "};
    absl::StrAppend(&trace_, "  ", step.session, kMarks[mode], sql);
    DeadlineConnection& session = sessions_[step.session];
    const absl::StatusOr<Outcome> outcome =
        Execute(step.operation, mode, &session);
    if (!outcome.ok())
      return absl::Status(
          outcome.status().code(),
          absl::StrCat(outcome.status().message(), "\n", trace_));
    absl::StrAppend(&trace_, " -> ", Describe(*outcome), "\n");
    const bool lone = !in_transaction_[step.session];
    Count(step, expected);
    if (*outcome == expected) return absl::OkStatus();
    if (IsSpuriousAbort(step, lone, *outcome, expected)) {
      reference->Undo(step.session);
      ++report_.spurious;
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "expected ", Describe(expected), ", got ", Describe(*outcome), " ",
        session.last_message(), "\n", trace_));
  }

  static absl::StatusOr<Outcome> Execute(const Operation& operation, Mode mode,
                                         DeadlineConnection* session) {
    if (mode == kSimple) return session->Execute(ToSql(operation));
    const ParameterizedSql sql = ToParameterizedSql(operation);
    return mode == kNamed ? session->ExecuteNamed(sql.text, sql.values)
                          : session->Execute(sql.text, sql.values);
  }

  void Count(const Step& step, const Outcome& expected) {
    ++report_.statements;
    if (step.operation.kind == Operation::kBegin)
      in_transaction_[step.session] = true;
    if (step.operation.kind == Operation::kCommit ||
        step.operation.kind == Operation::kRollback)
      in_transaction_[step.session] = false;
    if (step.operation.kind == Operation::kCommit) ++report_.commits;
    if (expected.sqlstate == "40001") ++report_.conflicts;
  }

  // Only what commits may be aborted.
  static bool IsSpuriousAbort(const Step& step, bool lone,
                              const Outcome& outcome, const Outcome& expected) {
    const bool commits = step.operation.kind == Operation::kCommit || lone;
    return commits && outcome.sqlstate == "40001" &&
           expected.sqlstate.empty() && expected.tag != "ROLLBACK";
  }

  const ModelCheckOptions& options_;
  std::vector<DeadlineConnection> sessions_;
  std::vector<bool> in_transaction_;
  std::string trace_;
  ModelCheckReport report_;
};

}  // namespace

std::string ModelCheckReport::ToString() const {
  return absl::StrCat(histories, " histories, ", statements, " statements, ",
                      commits, " COMMITs, ", conflicts, " conflicts, ",
                      spurious, " spurious aborts");
}

absl::StatusOr<ModelCheckReport> CheckHistories(
    const ModelCheckOptions& options) {
  return Checker(options).Run();
}

}  // namespace dsql_testing
