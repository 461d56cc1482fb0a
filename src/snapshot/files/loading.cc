#include "snapshot/files/loading.h"

namespace ostraka::snapshot {
namespace {

class Stoppable final : public Source {
 public:
  Stoppable(const std::atomic<bool>& stop, std::unique_ptr<Source> source) : stop_(stop), source_(std::move(source)) {}

  const FileHeader& header() const override { return source_->header(); }
  Result<std::optional<Piece>> next() override {
    if (stop_) {
      return fail(ErrorKind::unavailable, "it is not needed any more");
    }
    return source_->next();
  }

 private:
  const std::atomic<bool>& stop_;
  const std::unique_ptr<Source> source_;
};

}  // namespace

OpenSource until(const std::atomic<bool>& stop, OpenSource open) {
  return [&stop, open = std::move(open)]() -> Result<std::unique_ptr<Source>> {
    auto source = open();
    if (!source) {
      return source;
    }
    return std::make_unique<Stoppable>(stop, std::move(*source));
  };
}

}  // namespace ostraka::snapshot
