// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_order.h"

#include <algorithm>
#include <deque>

#include "absl/strings/str_cat.h"

namespace dsql_testing {

ConcurrentOrder::ConcurrentOrder(int events)
    : events_(events), edges_(events) {}

void ConcurrentOrder::Add(Edge edge, const std::string& why) {
  if (!why_.emplace(std::make_pair(edge.before, edge.after), why).second)
    return;
  edges_[edge.before].push_back(edge.after);
}

void ConcurrentOrder::AddChoice(std::vector<Edges> alternatives,
                                const std::string& why) {
  choices_.push_back({std::move(alternatives), why});
}

std::string ConcurrentOrder::FindContradiction(
    const std::vector<std::string>& names) {
  bool changed = true;
  while (changed) {
    changed = false;
    Close();
    const std::string cycle = FindCycle(names);
    if (!cycle.empty()) return cycle;
    for (Choice& choice : choices_) {
      if (choice.made) continue;
      std::vector<const Edges*> left;
      for (const Edges& edges : choice.alternatives)
        if (!Contradicts(edges)) left.push_back(&edges);
      if (left.empty()) return TellChoice(choice, names);
      if (left.size() > 1) continue;
      choice.made = true;
      for (const Edge& edge : *left.front()) {
        if (Reaches(edge.before, edge.after)) continue;
        Add(edge, choice.why);
        changed = true;
      }
    }
  }
  return "";
}

bool ConcurrentOrder::Contradicts(const Edges& edges) const {
  return std::any_of(edges.begin(), edges.end(), [this](const Edge& edge) {
    return edge.before == edge.after || Reaches(edge.after, edge.before);
  });
}

void ConcurrentOrder::Close() {
  const size_t words = static_cast<size_t>(events_) / 64 + 1;
  reached_.assign(static_cast<size_t>(events_), Bits(words));
  for (Event from = 0; from < events_; ++from)
    for (Event to : edges_[from])
      reached_[from][to / 64] |= uint64_t{1} << (to % 64);
  for (Event middle = 0; middle < events_; ++middle) {
    const Bits further = reached_[middle];
    for (Event from = 0; from < events_; ++from) {
      if (!Reaches(from, middle)) continue;
      for (size_t word = 0; word < words; ++word)
        reached_[from][word] |= further[word];
    }
  }
}

std::vector<ConcurrentOrder::Event> ConcurrentOrder::PathBetween(
    Event from, Event to) const {
  std::vector<Event> came(static_cast<size_t>(events_), -1);
  std::deque<Event> waiting = {from};
  while (!waiting.empty()) {
    const Event event = waiting.front();
    waiting.pop_front();
    for (Event next : edges_[event]) {
      if (came[next] != -1) continue;
      came[next] = event;
      if (next != to) {
        waiting.push_back(next);
        continue;
      }
      std::vector<Event> path = {to};
      for (Event at = event; at != from; at = came[at]) path.push_back(at);
      path.push_back(from);
      std::reverse(path.begin(), path.end());
      return path;
    }
  }
  return {};
}

std::string ConcurrentOrder::FindCycle(
    const std::vector<std::string>& names) const {
  std::vector<Event> shortest;
  for (Event event = 0; event < events_; ++event) {
    if (!Reaches(event, event)) continue;
    const std::vector<Event> path = PathBetween(event, event);
    if (shortest.empty() || path.size() < shortest.size()) shortest = path;
  }
  return Tell(shortest, names);
}

std::string ConcurrentOrder::Tell(const std::vector<Event>& path,
                                  const std::vector<std::string>& names) const {
  std::string text;
  for (size_t i = 1; i < path.size(); ++i) {
    absl::StrAppend(&text, "  ", names[path[i - 1]], " < ", names[path[i]],
                    ": ", why_.at({path[i - 1], path[i]}), "\n");
  }
  return text;
}

std::string ConcurrentOrder::TellChoice(
    const Choice& choice, const std::vector<std::string>& names) const {
  std::string text = absl::StrCat("  nothing is left of: ", choice.why, "\n");
  for (const Edges& edges : choice.alternatives) {
    for (const Edge& edge : edges) {
      if (!Reaches(edge.after, edge.before)) continue;
      absl::StrAppend(&text, "  not ", names[edge.before], " < ",
                      names[edge.after], ":\n",
                      Tell(PathBetween(edge.after, edge.before), names));
    }
  }
  return text;
}

}  // namespace dsql_testing
