// SPDX-License-Identifier: Apache-2.0

// What a FakeDsqlSnapshot holds.

#ifndef DSQL_FAKE_DSQL_SNAPSHOT_CONTENT_H_
#define DSQL_FAKE_DSQL_SNAPSHOT_CONTENT_H_

#include <map>
#include <memory>
#include <string>

#include "dsql/fake_dsql_snapshot.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

struct FakeDsqlSnapshot::Content {
  v1::ControlPlaneSnapshot control_plane;
  // By the ids of databases; those that nobody has connected to are not here.
  std::map<std::string, std::shared_ptr<postgres::DataSnapshot>> rows;
};

}  // namespace dsql

#endif  // DSQL_FAKE_DSQL_SNAPSHOT_CONTENT_H_
