// SPDX-License-Identifier: Apache-2.0

// The storages of FakeDsql keep the contract, and so do the wrappers around
// them.

#include "dsql/testing/storage_conformance.h"

#include <memory>

#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/fault_injecting_storage.h"
#include "dsql/testing/mock_storage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

struct Memory {
  dsql::InMemoryStorage memory;
};

// Memory comes first among the bases: it outlives what wraps it.
class InjectingStorage final : private Memory, public FaultInjectingStorage {
 public:
  InjectingStorage() : FaultInjectingStorage(&memory) {}
};

class DelegatingStorage final : private Memory,
                                public ::testing::NiceMock<MockStorage> {
 public:
  DelegatingStorage() { DelegateTo(&memory); }
};

template <typename T>
StorageConformanceParam Param(const char* name) {
  return {name, [] { return std::make_unique<T>(); }};
}

INSTANTIATE_TEST_SUITE_P(
    FakeDsql, StorageConformanceTest,
    ::testing::Values(Param<dsql::InMemoryStorage>("InMemoryStorage"),
                      Param<InjectingStorage>("FaultInjectingStorage"),
                      Param<DelegatingStorage>("MockStorage")),
    StorageConformanceName);

}  // namespace
}  // namespace dsql_testing
