// A process's own copy of the catalogue, read from its own view of the `elections` stream.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ballotbox/core/elections.h"
#include "election/catalogue.h"
#include "log/log.h"

namespace ostraka::sim {

// What a catalogue becomes by a record, computed once a run: processes start all the time, and half of a run would be
// spent on parsing the same definitions. A catalogue is a function of the bytes read, so nothing leaks between
// processes.
class CatalogueMemo {
 public:
  using Pointer = std::shared_ptr<const election::Catalogue>;

  const Pointer& empty() const { return empty_; }
  Result<Pointer> after(const Pointer& catalogue, std::string_view record);

 private:
  Pointer empty_ = std::make_shared<const election::Catalogue>();
  std::map<std::pair<Pointer, std::string>, Pointer> after_;
};

class CatalogueReader {
 public:
  // REQUIRES: `memo` outlives it.
  static Result<std::unique_ptr<CatalogueReader>> open(log::Log& log, CatalogueMemo& memo);

  // Reads to the durable end; the same object again when there is nothing new.
  Result<std::shared_ptr<const election::Catalogue>> caught_up();

 private:
  CatalogueReader(std::unique_ptr<log::Reader> reader, CatalogueMemo& memo)
      : reader_(std::move(reader)), memo_(memo), catalogue_(memo.empty()) {}

  std::unique_ptr<log::Reader> reader_;
  CatalogueMemo& memo_;
  CatalogueMemo::Pointer catalogue_;
};

}  // namespace ostraka::sim
