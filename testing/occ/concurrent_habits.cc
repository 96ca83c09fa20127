// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_habits.h"

namespace dsql_testing {
namespace {

std::vector<DriverHabits> MakeHabits() {
  DriverHabits libpqxx = {"libpqxx"};
  libpqxx.simple = true;
  libpqxx.max_batch = 3;
  libpqxx.commit_with_last = true;

  // prepareThreshold is 5; 2 gets there sooner.
  DriverHabits pgjdbc = {"pgjdbc"};
  pgjdbc.named_from = 2;
  pgjdbc.named_control = true;
  pgjdbc.begin_with_first = true;
  pgjdbc.max_batch = 3;
  pgjdbc.describes = true;

  DriverHabits psycopg = {"psycopg pipeline"};
  psycopg.named_from = 3;
  psycopg.begin_with_first = true;
  psycopg.commit_with_last = true;
  psycopg.max_batch = 4;
  psycopg.describes = true;
  psycopg.flushes = true;

  DriverHabits postgres_js = {"postgres.js"};
  postgres_js.named_from = 1;
  postgres_js.named_control = true;
  postgres_js.describes = true;

  DriverHabits npgsql = {"npgsql"};
  npgsql.named_from = 2;
  npgsql.begin_with_first = true;
  npgsql.max_batch = 4;
  npgsql.describes = true;

  DriverHabits pgx = {"pgx"};
  pgx.named_from = 1;
  pgx.simple_control = true;
  pgx.describes = true;
  pgx.prepares_first = true;

  return {libpqxx, pgjdbc, psycopg, postgres_js, npgsql, pgx};
}

}  // namespace

const std::vector<DriverHabits>& KnownDriverHabits() {
  static const auto* const habits = new std::vector<DriverHabits>(MakeHabits());
  return *habits;
}

}  // namespace dsql_testing
