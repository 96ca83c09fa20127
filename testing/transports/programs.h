// SPDX-License-Identifier: Apache-2.0

// Programs that are no part of this project, and what they need.

#ifndef TESTING_TRANSPORTS_PROGRAMS_H_
#define TESTING_TRANSPORTS_PROGRAMS_H_

#include <map>
#include <string>
#include <vector>

namespace dsql_testing {

// Where things are; empty where they are not.
std::string FindNssWrapper();
std::string FindPsql();
std::string FindNode();
// The directory of the packages of testing/sdk/package-lock.json.
std::string FindNodeModules();
std::string FindChromium();
std::string FindCertutil();

// What a program prints that is run with `environment` besides the test's own,
// and how it failed if it did.
std::string RunWith(const std::map<std::string, std::string>& environment,
                    const std::vector<std::string>& argv);

}  // namespace dsql_testing

#endif  // TESTING_TRANSPORTS_PROGRAMS_H_
