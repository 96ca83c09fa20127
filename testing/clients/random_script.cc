// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/random_script.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace dsql_testing {

std::string RandomScript::Key() { return absl::StrCat(1 + Below(12)); }

std::string RandomScript::Write() {
  switch (Below(7)) {
    case 0:
      return absl::StrCat("INSERT INTO u VALUES (", Key(), ", ", Key(), ")");
    case 1:
      return absl::StrCat("INSERT INTO u VALUES (", Key(),
                          ", NULL, 'x') RETURNING k, x");
    case 2:
      return absl::StrCat("UPDATE u SET x = x || 'y' WHERE k = ", Key(),
                          " RETURNING x");
    case 3:
      return absl::StrCat("UPDATE u SET v = ", Key(), " WHERE k = ", Key());
    case 4:
      return absl::StrCat("DELETE FROM u WHERE k = ", Key(), " RETURNING *");
    case 5:
      return absl::StrCat("INSERT INTO u VALUES (", Key(),
                          ", NULL) ON CONFLICT DO NOTHING");
    default:
      return absl::StrCat("INSERT INTO public.u VALUES (", Key(), ", ", Key(),
                          ") ON CONFLICT (k) DO UPDATE SET x = 'z'");
  }
}

std::string RandomScript::Mistake() {
  switch (Below(6)) {
    case 0:
      return "SELECT 1/0";
    case 1:
      return "SELECT nothing FROM u";
    case 2:
      return "INSERT INTO nowhere VALUES (1)";
    case 3:
      return absl::StrCat("SELECT v / 0 FROM u WHERE k >= ", Key());
    case 4:
      return "SELEC 1";
    default:
      return "UPDATE u SET nothing = 1";
  }
}

std::string RandomScript::Sql() {
  const int choice = Below(100);
  if (choice < 12) return "BEGIN";
  if (choice < 22) return "COMMIT";
  if (choice < 28) return "ROLLBACK";
  if (choice < 54) return Write();
  if (choice < 64) return Mistake();
  if (choice < 69) {
    return absl::StrCat("SELECT k, x FROM u WHERE k = ", Key(), " FOR UPDATE");
  }
  if (choice < 74) return "SELECT k, v, x FROM u ORDER BY k";
  if (choice < 77) return "COPY (SELECT k, x FROM u ORDER BY k) TO STDOUT";
  if (choice < 80) return "SELECT count(*) AS n, sum(v) FROM u";
  if (choice < 86) return "SELECT i, 'é' FROM generate_series(1, 4) AS s(i)";
  if (choice < 88) return "SET timezone = 'Asia/Tokyo'";
  if (choice < 90) return "SET datestyle = 'German'; RESET timezone";
  if (choice < 92) return "SET intervalstyle = 'iso_8601'";
  if (choice < 94) return "SHOW timezone";
  if (choice < 96) return "RESET ALL";
  if (choice < 98) return "SHOW timezone";
  return "SELECT interval '1 day', timestamptz '2026-01-01 00:00:00Z'";
}

std::string RandomScript::StatementName() {
  return Below(3) == 0 ? "" : absl::StrCat("s", Below(3));
}

std::string RandomScript::PortalName() {
  return Below(2) == 0 ? "" : absl::StrCat("p", Below(2));
}

std::string RandomScript::CopyRows() {
  std::string rows;
  for (int left = 1 + Below(3); left > 0; --left) {
    absl::StrAppend(&rows, Key(), "\t\\N\tz\n");
  }
  // One without its columns, which COPY refuses.
  if (Below(8) == 0) absl::StrAppend(&rows, Key(), "\n");
  return rows;
}

ScriptStep RandomScript::Next() {
  if (Below(8) == 0) return NextCopy();
  return Below(2) == 0 ? NextQuery() : NextPipeline();
}

// The data is sent whether somebody asks for it or not.
ScriptStep RandomScript::NextCopy() {
  const bool extended = Below(3) == 0;
  std::string sql = "COPY u FROM STDIN";
  Request request;
  if (extended) {
    request.Close('S', "copy").Parse("copy", sql).Run("copy").Flush();
  } else {
    if (Below(3) == 0) sql = absl::StrCat(Sql(), "; ", sql);
    if (Below(3) == 0) absl::StrAppend(&sql, "; ", Sql());
    request.Query(sql);
  }
  const std::string rows = CopyRows();
  const bool fails = Below(6) == 0;
  request.CopyData(rows);
  if (fails) {
    request.CopyFail("no more");
  } else {
    request.CopyDone();
  }
  if (extended) request.Sync();
  return {{request},
          1,
          absl::StrCat(extended ? "Close+Parse+Run+Flush(" : "Query(", sql,
                       ") CopyData(", absl::CHexEscape(rows),
                       fails ? ") CopyFail" : ") CopyDone",
                       extended ? " Sync" : "")};
}

ScriptStep RandomScript::NextQuery() {
  std::string sql = Sql();
  for (int more = Below(4); more > 0; --more) {
    absl::StrAppend(&sql, Below(4) == 0 ? " ; " : ";", Sql());
  }
  return {{Request().Query(sql)}, 1, absl::StrCat("Query(", sql, ")")};
}

ScriptStep RandomScript::NextPipeline() {
  ScriptStep step;
  step.parts.emplace_back();
  for (int left = 1 + Below(8); left > 0; --left) {
    Add(&step);
    if (Below(6) == 0) {
      step.parts.back().Flush();
      absl::StrAppend(&step.text, " Flush");
      if (Below(2) == 0) step.parts.emplace_back();
    }
    if (Below(8) == 0 || left == 1) {
      step.parts.back().Sync();
      ++step.readies;
      absl::StrAppend(&step.text, " Sync");
    }
  }
  return step;
}

void RandomScript::Add(ScriptStep* step) {
  Request& request = step->parts.back();
  const std::string name = StatementName();
  const std::string portal = PortalName();
  switch (Below(8)) {
    case 0:
    case 1: {
      const std::string sql = Sql();
      request.Close('S', name).Parse(name, sql).Run(name);
      absl::StrAppend(&step->text, " Close+Parse+Run(", name, ", ", sql, ")");
      return;
    }
    case 2: {
      const std::string sql = Sql();
      request.Parse(name, sql);
      absl::StrAppend(&step->text, " Parse(", name, ", ", sql, ")");
      return;
    }
    case 3:
      request.Run(name);
      absl::StrAppend(&step->text, " Run(", name, ")");
      return;
    case 4: {
      const int rows = Below(3);
      request.Bind(portal, name).DescribePortal(portal).Execute(portal, rows);
      absl::StrAppend(&step->text, " Bind+Describe+Execute(", portal, ", ",
                      name, ", ", rows, ")");
      return;
    }
    case 5: {
      const int rows = Below(3);
      request.Execute(portal, rows);
      step->names_portal = true;
      absl::StrAppend(&step->text, " Execute(", portal, ", ", rows, ")");
      return;
    }
    case 6:
      request.DescribeStatement(name);
      absl::StrAppend(&step->text, " Describe(", name, ")");
      return;
    default: {
      const std::string value = Key();
      request.Close('P', portal)
          .Parse("", "SELECT x, $1::int FROM u WHERE k = $1")
          .Bind(portal, "", {value})
          .Execute(portal);
      absl::StrAppend(&step->text, " Close+Lookup(", portal, ", ", value, ")");
    }
  }
}

}  // namespace dsql_testing
