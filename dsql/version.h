// SPDX-License-Identifier: Apache-2.0

// The version of FakeDsql. pkg-config, CMake and CHANGELOG.md say the same one:
// dsql/install reads it here, .ci/install_test compares.
//
// 0.x: a minor version may change the API, a patch version does not.

#ifndef DSQL_VERSION_H_
#define DSQL_VERSION_H_

#define FAKEDSQL_VERSION_MAJOR 0
#define FAKEDSQL_VERSION_MINOR 1
#define FAKEDSQL_VERSION_PATCH 0
#define FAKEDSQL_VERSION "0.1.0"

#endif  // DSQL_VERSION_H_
