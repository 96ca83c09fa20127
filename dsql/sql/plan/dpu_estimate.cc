// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/dpu_estimate.h"

#include "absl/strings/str_format.h"

namespace dsql::sql {
namespace {

constexpr double kPerMillisecond = 1e-3;
constexpr double kPerByte = 1e-5;

}  // namespace

std::vector<std::pair<std::string, std::string>> DpuEstimate::Lines() const {
  const double compute = milliseconds_ * kPerMillisecond;
  const double read = read_ * kPerByte;
  const double written = written_ * kPerByte;
  const auto text = [](double units) {
    return absl::StrFormat("%.5f DPU", units);
  };
  return {{"Compute", text(compute)},
          {"Read", text(read)},
          {"Write", text(written)},
          {"Total", text(compute + read + written)}};
}

}  // namespace dsql::sql
