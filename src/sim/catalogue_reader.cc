#include "sim/catalogue_reader.h"

namespace ostraka::sim {

Result<CatalogueMemo::Pointer> CatalogueMemo::after(const Pointer& catalogue, std::string_view record) {
  std::pair<Pointer, std::string> key{catalogue, record};
  if (const auto found = after_.find(key); found != after_.end()) {
    return found->second;
  }
  auto next = std::make_shared<election::Catalogue>(*catalogue);
  if (const Status applied = next->apply(record); !applied) {
    return tl::make_unexpected(applied.error());
  }
  return after_.emplace(std::move(key), std::move(next)).first->second;
}

Result<std::unique_ptr<CatalogueReader>> CatalogueReader::open(log::Log& log, CatalogueMemo& memo) {
  auto reader = log.open_reader({std::string(log::k_elections_stream), Partition{0}}, Offset{0});
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  return std::unique_ptr<CatalogueReader>(new CatalogueReader(std::move(*reader), memo));
}

Result<std::shared_ptr<const election::Catalogue>> CatalogueReader::caught_up() {
  while (true) {
    const auto read = reader_->read();
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    if (read->records.empty()) {
      return catalogue_;
    }
    for (const std::string_view record : read->records) {
      auto next = memo_.after(catalogue_, record);
      if (!next) {
        return next;
      }
      catalogue_ = std::move(*next);
    }
  }
}

}  // namespace ostraka::sim
