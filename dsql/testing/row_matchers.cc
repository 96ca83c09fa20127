// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/row_matchers.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/type_oid.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::IsNumber;
using ::dsql::postgres::ToTable;
using ::testing::PolymorphicMatcher;

// The values of a row, with the names of their columns.
struct ActualRow {
  std::vector<ActualValue> values;
  std::shared_ptr<const std::vector<std::string>> names;
};

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", text, "\"");
}

std::string Shown(const ActualValue& value) {
  if (!value.text.has_value()) return "NULL";
  return IsNumber(value.type) ? *value.text : Quoted(*value.text);
}

std::ostream& operator<<(std::ostream& out, const ActualRow& row) {
  return out << "{"
             << absl::StrJoin(row.values, ", ",
                              [](std::string* text, const ActualValue& value) {
                                absl::StrAppend(text, Shown(value));
                              })
             << "}";
}

std::string Describe(const ExpectedRow& row) {
  return absl::StrCat(
      "{",
      absl::StrJoin(row, ", ",
                    [](std::string* text, const ExpectedValue& value) {
                      absl::StrAppend(text, value.description());
                    }),
      "}");
}

std::string Describe(const std::vector<ExpectedRow>& rows) {
  if (rows.empty()) return "no rows";
  return absl::StrCat(
      "the rows {",
      absl::StrJoin(rows, ", ",
                    [](std::string* text, const ExpectedRow& row) {
                      absl::StrAppend(text, Describe(row));
                    }),
      "}");
}

class RowMatcher : public ::testing::MatcherInterface<const ActualRow&> {
 public:
  explicit RowMatcher(ExpectedRow row) : row_(std::move(row)) {}

  bool MatchAndExplain(
      const ActualRow& actual,
      ::testing::MatchResultListener* listener) const override {
    if (actual.values.size() != row_.size()) {
      *listener << "which has " << actual.values.size() << " columns in the "
                << "place of " << row_.size();
      return false;
    }
    for (size_t i = 0; i < row_.size(); ++i) {
      if (row_[i].Matches(actual.values[i])) continue;
      *listener << "whose column '" << (*actual.names)[i] << "' is "
                << Shown(actual.values[i]);
      return false;
    }
    return true;
  }

  void DescribeTo(std::ostream* out) const override {
    *out << "is " << Describe(row_);
  }

 private:
  const ExpectedRow row_;
};

std::vector<ActualRow> RowsOf(const PGresult* result) {
  auto names = std::make_shared<std::vector<std::string>>();
  for (int i = 0; i < PQnfields(result); ++i) {
    names->push_back(PQfname(result, i));
  }
  std::vector<ActualRow> rows(PQntuples(result));
  for (int row = 0; row < PQntuples(result); ++row) {
    rows[row].names = names;
    for (int column = 0; column < PQnfields(result); ++column) {
      ActualValue value;
      value.type = PQftype(result, column);
      if (PQgetisnull(result, row, column) == 0) {
        value.text.emplace(PQgetvalue(result, row, column),
                           PQgetlength(result, row, column));
      }
      rows[row].values.push_back(std::move(value));
    }
  }
  return rows;
}

std::vector<::testing::Matcher<const ActualRow&>> MatchersOf(
    const std::vector<ExpectedRow>& rows) {
  std::vector<::testing::Matcher<const ActualRow&>> matchers;
  matchers.reserve(rows.size());
  for (const ExpectedRow& row : rows) {
    matchers.push_back(::testing::MakeMatcher(new RowMatcher(row)));
  }
  return matchers;
}

std::vector<ExpectedRow> ToRows(
    std::initializer_list<std::initializer_list<ExpectedValue>> rows) {
  return std::vector<ExpectedRow>(rows.begin(), rows.end());
}

PolymorphicMatcher<ResultMatcher> MakeResultMatcher(
    std::string description, ResultMatcher::Predicate predicate) {
  return ::testing::MakePolymorphicMatcher(
      ResultMatcher(std::move(description), std::move(predicate)));
}

}  // namespace

ExpectedValue::ExpectedValue(std::nullptr_t)
    : matches_([](const ActualValue& value) { return !value.text; }),
      description_("NULL") {}
ExpectedValue::ExpectedValue(absl::nullopt_t) : ExpectedValue(nullptr) {}

ExpectedValue::ExpectedValue(bool expected)
    : matches_([expected](const ActualValue& value) {
        return value.text == (expected ? "t" : "f");
      }),
      description_(expected ? "true" : "false") {}

ExpectedValue::ExpectedValue(double value)
    : ExpectedValue(Number(), absl::StrFormat("%.17g", value),
                    /*is_integer=*/false) {}

ExpectedValue::ExpectedValue(Number, const std::string& text, bool is_integer)
    : matches_([text, is_integer](const ActualValue& value) {
        if (value.text == text) return true;
        if (!value.text.has_value() || !IsNumber(value.type)) return false;
        // Integers that are large are no double.
        if (is_integer &&
            value.text->find_first_not_of("-0123456789") == std::string::npos)
          return false;
        double expected = 0, actual = 0;
        return absl::SimpleAtod(text, &expected) &&
               absl::SimpleAtod(*value.text, &actual) && expected == actual;
      }),
      description_(text) {}

ExpectedValue::ExpectedValue(absl::string_view expected)
    : matches_([text = std::string(expected)](const ActualValue& value) {
        return value.text == text;
      }),
      description_(Quoted(expected)) {}

ExpectedValue::ExpectedValue(std::remove_cv_t<decltype(::testing::_)>)
    : matches_([](const ActualValue&) { return true; }), description_("_") {}

ExpectedValue::ExpectedValue(Text,
                             ::testing::Matcher<const std::string&> matcher)
    : matches_([matcher](const ActualValue& value) {
        return value.text.has_value() && matcher.Matches(*value.text);
      }),
      description_(absl::StrCat(
          "(", ::testing::DescribeMatcher<const std::string&>(matcher), ")")) {}

bool ResultMatcher::MatchAndExplain(const dsql::postgres::Result& result,
                                    Listener* listener) const {
  if (result.raw() == nullptr) return false;
  return dsql::postgres::ErrorOf(result.raw()).ok() &&
         predicate_(result.raw(), listener);
}

bool ResultMatcher::MatchAndExplain(const PGresult* result,
                                    Listener* listener) const {
  ::testing::StringMatchResultListener reason;
  const bool matches = result != nullptr &&
                       dsql::postgres::ErrorOf(result).ok() &&
                       predicate_(result, &reason);
  *listener << reason.str() << (reason.str().empty() ? "" : ", ")
            << "which is\n"
            << ToTable(result);
  return matches;
}

PolymorphicMatcher<ResultMatcher> RowsAre(std::vector<ExpectedRow> rows) {
  return MakeResultMatcher(
      Describe(rows),
      [matchers = MatchersOf(rows)](const PGresult* result,
                                    ::testing::MatchResultListener* listener) {
        return ::testing::ExplainMatchResult(
            ::testing::ElementsAreArray(matchers), RowsOf(result), listener);
      });
}

PolymorphicMatcher<ResultMatcher> RowsAre(
    std::initializer_list<std::initializer_list<ExpectedValue>> rows) {
  return RowsAre(ToRows(rows));
}

PolymorphicMatcher<ResultMatcher> UnorderedRowsAre(
    std::vector<ExpectedRow> rows) {
  return MakeResultMatcher(
      absl::StrCat(Describe(rows), " in any order"),
      [matchers = MatchersOf(rows)](const PGresult* result,
                                    ::testing::MatchResultListener* listener) {
        return ::testing::ExplainMatchResult(
            ::testing::UnorderedElementsAreArray(matchers), RowsOf(result),
            listener);
      });
}

PolymorphicMatcher<ResultMatcher> UnorderedRowsAre(
    std::initializer_list<std::initializer_list<ExpectedValue>> rows) {
  return UnorderedRowsAre(ToRows(rows));
}

PolymorphicMatcher<ResultMatcher> IsScalar(ExpectedValue value) {
  return MakeResultMatcher(
      absl::StrCat("one value, ", value.description()),
      [value](const PGresult* result,
              ::testing::MatchResultListener* listener) {
        const std::vector<ActualRow> rows = RowsOf(result);
        if (rows.size() != 1 || rows[0].values.size() != 1) {
          *listener << "which has " << rows.size() << " rows and "
                    << PQnfields(result) << " columns";
          return false;
        }
        return value.Matches(rows[0].values[0]);
      });
}

PolymorphicMatcher<ResultMatcher> IsEmptyResult() {
  return MakeResultMatcher(
      "no rows",
      [](const PGresult* result, ::testing::MatchResultListener* listener) {
        return PQntuples(result) == 0;
      });
}

}  // namespace dsql_testing
