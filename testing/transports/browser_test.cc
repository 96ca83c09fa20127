// SPDX-License-Identifier: Apache-2.0

// A page in a browser that runs SELECT 1 in a WebSocket.

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsql/fake_dsql.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/tools.h"
#include "testing/transports/programs.h"
#include "testing/transports/transport_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

// Of a URL's fragment.
std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"%", "%25"}, {"#", "%23"}, {";", "%3B"}});
}

class BrowserTest : public TransportTest {
 protected:
  void SetUp() override {
    if (FindChromium().empty() || FindCertutil().empty()) {
      DSQL_SKIP_WITHOUT_TOOL(
          "apt-get install chromium-headless-shell libnss3-tools");
    }
    TransportTest::SetUp();
  }

  // What the page says that connects with `token`, where the browser trusts
  // `authority`.
  std::string Open(const std::string& token, const std::string& authority) {
    const std::string url =
        absl::StrCat("file://", RealPath("testing/transports/page.html"), "#",
                     Escape(*cluster().WebSocketUrl()), ";", Escape(token));
    return RunWith(
        {}, {"/bin/bash", "testing/transports/run_page.sh", FindChromium(),
             FindCertutil(), url, HostName(), Address(), authority});
  }

 private:
  static std::string RealPath(const std::string& path) {
    char* const real = realpath(path.c_str(), nullptr);
    const std::string found = real == nullptr ? "" : real;
    free(real);
    return found;
  }
};

TEST_F(BrowserTest, RunsAQuery) {
  EXPECT_EQ(Open(Token(), *fake().certificate_file()), "value 1\n");
}

TEST_F(BrowserTest, IsToldWhyItIsNotLetIn) {
  EXPECT_THAT(Open("no token", *fake().certificate_file()),
              HasSubstr("unable to accept connection, access denied"));
}

TEST_F(BrowserTest, TakesNoCertificateOfWhomItDoesNotTrust) {
  EXPECT_EQ(Open(Token(), ""), "no WebSocket\n");
}

}  // namespace
}  // namespace dsql_testing
