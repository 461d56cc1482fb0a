#include "sim/catalogue_reader.h"

namespace ostraka::sim {

Result<std::unique_ptr<CatalogueReader>> CatalogueReader::open(log::Log& log) {
  auto reader = log.open_reader({std::string(log::k_elections_stream), Partition{0}}, Offset{0});
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  return std::unique_ptr<CatalogueReader>(new CatalogueReader(std::move(*reader)));
}

Result<std::shared_ptr<const election::Catalogue>> CatalogueReader::caught_up() {
  std::shared_ptr<election::Catalogue> next;
  while (true) {
    const auto read = reader_->read();
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    if (read->records.empty()) {
      break;
    }
    if (!next) {
      next = std::make_shared<election::Catalogue>(*catalogue_);
    }
    for (const std::string_view record : read->records) {
      if (const Status applied = next->apply(record); !applied) {
        return tl::make_unexpected(applied.error());
      }
    }
  }
  if (next) {
    catalogue_ = std::move(next);
  }
  return catalogue_;
}

}  // namespace ostraka::sim
