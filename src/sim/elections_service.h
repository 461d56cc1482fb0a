// The elections service of a simulated run: writes definitions and life cycle to the `elections` stream, dies and comes
// back like everyone else, and keeps account of what it did for the checkers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ballotbox/core/elections.h"
#include "election/catalogue.h"
#include "ostraka/v1/election_records.pb.h"
#include "sim/backend.h"
#include "sim/clock.h"
#include "sim/history.h"
#include "sim/variant.h"

namespace ostraka::sim {

class ElectionsService {
 public:
  ElectionsService(Backend& backend, const TrueTime& time, History& history, std::uint32_t partitions, Variant variant)
      : backend_(backend), time_(time), history_(history), partitions_(partitions), variant_(variant) {}

  // Each is done when it returns true, and is to be tried again when not. Doing it twice does it once.
  bool define(std::string_view id, Method method, std::string_view title, std::optional<WallTime> closes_at);
  bool open(std::string_view id);
  bool move_end(std::string_view id, std::optional<WallTime> closes_at);
  bool close(std::string_view id);

  // As it stands, also while the service is down. Null when it is not defined.
  std::shared_ptr<const election::Entry> find(std::string_view id) const { return catalogue_.find(id); }
  Offset end() const { return catalogue_.position(); }
  void power_lost() { stop(); }

  // Whether it is up; starts it when it is not.
  bool started();

 private:
  void stop();
  bool append(v1::ElectionRecord record);
  Status catch_up();
  void account(const v1::ElectionRecord& record, Offset at);

  Backend& backend_;
  const TrueTime& time_;
  History& history_;
  std::uint32_t partitions_;
  const Variant variant_;
  std::unique_ptr<LogProcess> process_;
  std::unique_ptr<log::Appender> appender_;
  std::unique_ptr<log::Reader> reader_;
  election::Catalogue catalogue_;  // survives the process, for the checkers' account; the stream says the same
};

}  // namespace ostraka::sim
