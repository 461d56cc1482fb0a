// A process's own copy of the catalogue, read from its own view of the `elections` stream.
#pragma once

#include <memory>

#include "ballotbox/core/elections.h"
#include "election/catalogue.h"
#include "log/log.h"

namespace ostraka::sim {

class CatalogueReader {
 public:
  static Result<std::unique_ptr<CatalogueReader>> open(log::Log& log);

  // Reads to the durable end; the same object again when there is nothing new.
  Result<std::shared_ptr<const election::Catalogue>> caught_up();

 private:
  explicit CatalogueReader(std::unique_ptr<log::Reader> reader) : reader_(std::move(reader)) {}

  std::unique_ptr<log::Reader> reader_;
  std::shared_ptr<const election::Catalogue> catalogue_ = std::make_shared<const election::Catalogue>();
};

}  // namespace ostraka::sim
