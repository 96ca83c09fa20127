// SPDX-License-Identifier: Apache-2.0

// A file descriptor that closes itself.

#ifndef DSQL_POSTGRES_UNIQUE_FD_H_
#define DSQL_POSTGRES_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace dsql::postgres {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { Close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_UNIQUE_FD_H_
