// SPDX-License-Identifier: Apache-2.0

// A FakeDsql that keeps everything in a directory, opened again and again.

#ifndef TESTING_DATA_DIR_DATA_DIR_FIXTURE_H_
#define TESTING_DATA_DIR_DATA_DIR_FIXTURE_H_

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {

class DataDirFixture : public ::testing::Test {
 protected:
  DataDirFixture() {
    std::string pattern = ::testing::TempDir() + "/data_dir.XXXXXX";
    parent_ = mkdtemp(&pattern[0]);
    options_.data_dir = parent_ + "/data";
  }
  ~DataDirFixture() override {
    fake_.reset();
    std::filesystem::remove_all(parent_);
  }

  void Open() {
    auto fake = dsql::FakeDsql::Create(options_);
    ASSERT_THAT(fake, IsOk());
    fake_ = *std::move(fake);
  }
  void Reopen() {
    ASSERT_THAT(fake_->Stop(), IsOk());
    fake_.reset();
    Open();
  }

  std::string parent_;
  dsql::FakeDsqlOptions options_;
  std::unique_ptr<dsql::FakeDsql> fake_;
};

}  // namespace dsql_testing

#endif  // TESTING_DATA_DIR_DATA_DIR_FIXTURE_H_
