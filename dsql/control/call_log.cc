// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/call_log.h"

#include <ostream>
#include <utility>

namespace dsql {
namespace {

bool IsRefused(const Call& call) { return call.request == nullptr; }

bool IsOf(const Call& call, absl::string_view operation) {
  return !IsRefused(call) && call.operation == operation;
}

void PrintMessage(const google::protobuf::Message* message, std::ostream& out) {
  if (message != nullptr) out << " {" << message->ShortDebugString() << "}";
}

}  // namespace

constexpr size_t CallLog::kCapacity;

std::ostream& operator<<(std::ostream& out, const Call& call) {
  out << (call.operation.empty() ? "no operation" : call.operation);
  PrintMessage(call.request.get(), out);
  if (!call.region.empty()) out << " in " << call.region;
  if (call.caller.transport == Transport::kHttp) out << " over HTTP";
  if (!call.caller.principal_arn.empty()) {
    out << " by " << call.caller.principal_arn;
  }
  if (!call.http_request.empty()) out << ", " << call.http_request;
  out << " -> ";
  if (call.http_status != 0) out << call.http_status << " ";
  if (call.status.ok()) {
    out << "OK";
    PrintMessage(call.answer.get(), out);
  } else {
    // Without the payloads, which ToString() adds in escaped bytes.
    out << call.status.message();
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const CallLog& calls) {
  const std::vector<Call> all = calls.All();
  if (all.empty()) return out << "No calls.\n";
  for (const Call& call : all) out << call << "\n";
  return out;
}

void CallLog::Add(Call call) {
  Call forgotten;  // Freed after the lock is released.
  FastMutexLock lock(&mutex_);
  if (calls_.size() == kCapacity) {
    forgotten = std::move(calls_.front());
    calls_.pop_front();
  }
  calls_.push_back(std::move(call));
}

std::vector<Call> CallLog::All() const {
  FastMutexLock lock(&mutex_);
  return std::vector<Call>(calls_.begin(), calls_.end());
}

template <typename Predicate>
std::vector<Call> CallLog::Select(Predicate predicate) const {
  std::vector<Call> calls;
  FastMutexLock lock(&mutex_);
  for (const Call& call : calls_) {
    if (predicate(call)) calls.push_back(call);
  }
  return calls;
}

std::vector<Call> CallLog::Of(absl::string_view operation) const {
  return Select(
      [operation](const Call& call) { return IsOf(call, operation); });
}

std::vector<Call> CallLog::Refused() const { return Select(IsRefused); }

size_t CallLog::Count(absl::string_view operation) const {
  size_t count = 0;
  FastMutexLock lock(&mutex_);
  for (const Call& call : calls_) {
    if (IsOf(call, operation)) ++count;
  }
  return count;
}

void CallLog::Clear() {
  std::deque<Call> forgotten;
  FastMutexLock lock(&mutex_);
  forgotten.swap(calls_);
}

}  // namespace dsql
