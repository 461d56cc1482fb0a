// A bit flipped, or the file cut off, at every place of every structure: what was durable is missed and said where,
// with nothing touched; what never was is cut and reported.
#include <algorithm>

#include "log/embedded/test_world.h"

namespace ostraka::log {
namespace {

using Image = std::map<std::string, std::string>;

enum class Tail { unsealed, sealed };
enum class Proof { watermark, none };

struct Variant {
  const char* name;
  Tail tail;
  Proof proof;
};

// Where a batch stands.
struct Place {
  std::uint64_t base;  // of its segment
  std::size_t begin;
  std::size_t payload_bytes;
  std::size_t end;
  BatchKind kind;
  Offset first;
  Offset next;
};

std::vector<Place> places_of(const std::string& segment, std::uint64_t base) {
  std::vector<Place> places;
  for (std::size_t at = k_segment_header_bytes; at < segment.size();) {
    const DecodedBatchHeader decoded = decode_batch_header(std::string_view(segment).substr(at));
    if (decoded.fault != HeaderFault::none) {
      break;
    }
    const std::size_t end = at + batch_bytes(decoded.header.payload_bytes);
    places.push_back(
        {base, at, decoded.header.payload_bytes, end, decoded.header.kind, decoded.header.base, decoded.header.next()});
    at = end;
  }
  return places;
}

class DamagedLog : public testing::TestWithParam<Variant> {
 protected:
  DamagedLog() : world(11) {
    world.options.writer.sizes.fixed_bytes = 16 * k_block_bytes;
    auto appender = world.appender();
    // Two segments that are finished, and one with three batches, the middle one of several blocks.
    for (int segment = 0; segment < 3; ++segment) {
      for (const std::size_t bytes : {10, 9000, 10}) {
        EXPECT_TRUE(append_all(**appender, {std::string(bytes, 'a'), std::string(bytes / 2, 'b')}));
      }
      if (segment < 2) {
        fill_segment(**appender);
      }
    }
    if (GetParam().tail == Tail::sealed) {
      EXPECT_TRUE(dynamic_cast<EmbeddedAppender&>(**appender).seal_if_idle());
    }
    world.restart();
    world.disk.sync_all();
    if (GetParam().proof == Proof::none) {
      world.disk.set_content(watermark_path(world.partition()), std::string(k_block_bytes, '\0'));
    }
    image = world.image();
    const std::vector<Offset> found = list_segments(world.files(), world.partition()).value();
    for (const Offset base : found) {
      bases.push_back(base.value);
      for (const Place& place : places_of(image.at(world.segment(base.value)), base.value)) {
        places.push_back(place);
      }
    }
    end = places.back().next;
  }

  // Small batches until the segment has rolled over.
  void fill_segment(Appender& appender) {
    const std::size_t before = list_segments(world.files(), world.partition())->size();
    while (list_segments(world.files(), world.partition())->size() == before) {
      ASSERT_TRUE(append_all(appender, {"filler", "filler"}));
    }
  }

  bool in_last_segment(const Place& place) const { return place.base == bases.back(); }
  std::string& bytes_of(Image& changed, const Place& place) { return changed.at(world.segment(place.base)); }

  // Whether something else than this batch proves that it was durable.
  bool is_proven(const Place& place) const {
    if (!in_last_segment(place)) {
      return true;
    }
    if (place.kind != BatchKind::data) {
      return false;
    }
    return GetParam().proof == Proof::watermark || place.begin != places.back().begin;
  }

  void expect_damage(const Image& changed, const std::string& path, Offset offset, const std::string& context) {
    world.restore(changed);
    world.restart();
    const auto appender = world.appender();
    ASSERT_FALSE(appender) << context;
    EXPECT_EQ(appender.error().kind, ErrorKind::damaged) << context;
    EXPECT_NE(appender.error().message.find(path), std::string::npos) << context << ": " << appender.error().message;
    EXPECT_NE(appender.error().message.find("byte "), std::string::npos) << context;
    EXPECT_NE(appender.error().message.find(fmt::format("offset {}", offset.value)), std::string::npos)
        << context << ": " << appender.error().message;
    EXPECT_EQ(world.image(), changed) << context << ": nothing may be touched";
    EXPECT_TRUE(check_log(world.files(), world.directory)->damaged()) << context;
    world.restore(image);
  }

  void expect_cut(const Image& changed, Offset kept, const std::string& context) {
    world.restore(changed);
    world.restart();
    world.events.clear();
    const Result<CheckReport> report = check_log(world.files(), world.directory);
    EXPECT_FALSE(report->damaged()) << context;
    {
      const auto appender = world.appender();
      ASSERT_TRUE(appender) << context << ": " << appender.error().message;
      EXPECT_EQ((*appender)->end(), kept) << context;
      EXPECT_EQ(read_all(*world.reader()).size(), kept.value) << context;
      world.restart();
    }
    world.restore(image);
  }

  bool reported_cut() const {
    return std::any_of(world.events.begin(), world.events.end(),
                       [](const LogEvent& event) { return event.kind == LogEvent::Kind::cut; });
  }

  // A file with one bit changed.
  void flip(const Place& place, std::size_t at) {
    Image changed = image;
    bytes_of(changed, place)[at] ^= 0x10;
    const std::string context = fmt::format("{} byte {} (batch at {})", world.segment(place.base), at, place.begin);
    if (is_proven(place)) {
      expect_damage(changed, world.segment(place.base), place.first, context);
    } else {
      expect_cut(changed, place.first, context);
      EXPECT_TRUE(reported_cut()) << context;
    }
  }

  TestWorld world;
  Image image;
  std::vector<std::uint64_t> bases;
  std::vector<Place> places;
  Offset end;
};

TEST_P(DamagedLog, IsThreeSegmentsWithADefiniteTail) {
  ASSERT_EQ(bases.size(), 3U);
  const std::size_t in_tail = std::count_if(places.begin(), places.end(), [&](auto& p) { return in_last_segment(p); });
  EXPECT_EQ(in_tail, GetParam().tail == Tail::sealed ? 5U : 4U);  // the batch that rolled over, three more, the seal
  expect_cut(image, end, "as it was written");
  EXPECT_FALSE(reported_cut());
}

TEST_P(DamagedLog, BitFlippedInAnyByteOfABatchHeader) {
  for (const Place& place : places) {
    for (std::size_t at = place.begin; at < place.begin + k_batch_header_bytes; ++at) {
      flip(place, at);
      ASSERT_FALSE(HasFatalFailure());
    }
  }
}

TEST_P(DamagedLog, BitFlippedInAnyRegionOfABatchBody) {
  for (const Place& place : places) {
    const std::size_t body = place.begin + k_batch_header_bytes;
    const std::size_t payload_end = body + place.payload_bytes;
    std::vector<std::size_t> spots = {payload_end, place.end - 1};  // padding
    if (place.payload_bytes > 0) {
      spots.insert(spots.end(), {body, body + 1, body + 2, body + place.payload_bytes / 2, payload_end - 1});
    }
    for (const std::size_t at : spots) {
      flip(place, std::min(at, place.end - 1));
      ASSERT_FALSE(HasFatalFailure());
    }
  }
}

TEST_P(DamagedLog, BitFlippedInASegmentHeader) {
  for (const std::uint64_t base : bases) {
    for (std::size_t at = 0; at < k_segment_header_bytes; at += at < 96 || at > 4088 ? 1 : 61) {
      Image changed = image;
      changed.at(world.segment(base))[at] ^= 0x01;
      expect_damage(changed, world.segment(base), Offset{base}, fmt::format("segment {} byte {}", base, at));
      ASSERT_FALSE(HasFatalFailure());
    }
  }
}

TEST_P(DamagedLog, FileCutOffAnywhere) {
  for (const Place& place : places) {
    const std::size_t body = place.begin + k_batch_header_bytes;
    for (const std::size_t cut : {place.begin, place.begin + 1, body, body + 1, place.end - 1, place.end}) {
      Image changed = image;
      bytes_of(changed, place).resize(cut);
      const std::string context = fmt::format("{} cut off at byte {}", world.segment(place.base), cut);
      const Offset kept = cut == place.end ? place.next : place.first;
      // The proof of what is cut off went with it, except for the watermark's and the later segments'.
      const bool ended = cut == place.end && place.kind == BatchKind::end;
      const bool last = in_last_segment(place);
      if (last ? GetParam().proof == Proof::watermark && kept < end : !ended) {
        expect_damage(changed, world.segment(place.base), kept, context);
      } else {
        expect_cut(changed, last ? kept : end, context);
      }
      ASSERT_FALSE(HasFatalFailure());
    }
  }
  for (const std::uint64_t base : bases) {
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, k_segment_header_bytes - 1}) {
      Image changed = image;
      changed.at(world.segment(base)).resize(cut);
      expect_damage(changed, world.segment(base), Offset{base}, fmt::format("segment {} cut off at {}", base, cut));
      ASSERT_FALSE(HasFatalFailure());
    }
  }
}

TEST_P(DamagedLog, BatchBlanked) {
  for (const Place& place : places) {
    Image changed = image;
    bytes_of(changed, place).replace(place.begin, place.end - place.begin, place.end - place.begin, '\0');
    const std::string context = fmt::format("{} blank from byte {}", world.segment(place.base), place.begin);
    if (is_proven(place)) {
      expect_damage(changed, world.segment(place.base), place.first, context);
    } else {
      expect_cut(changed, place.first, context);  // nothing was lost that anybody could know of
    }
    ASSERT_FALSE(HasFatalFailure());
  }
}

TEST_P(DamagedLog, SegmentMissing) {
  for (const std::uint64_t base : bases) {
    const bool last = base == bases.back();
    if (last && GetParam().proof == Proof::none) {
      continue;  // nothing knows of it any more
    }
    Image changed = image;
    changed.erase(world.segment(base));
    ASSERT_TRUE(world.files().remove(world.segment(base)));
    expect_damage(changed, world.segment(base), Offset{base}, fmt::format("segment {} missing", base));
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, DamagedLog,
                         testing::Values(Variant{"UnsealedWithWatermark", Tail::unsealed, Proof::watermark},
                                         Variant{"UnsealedWithoutWatermark", Tail::unsealed, Proof::none},
                                         Variant{"SealedWithWatermark", Tail::sealed, Proof::watermark},
                                         Variant{"SealedWithoutWatermark", Tail::sealed, Proof::none}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace ostraka::log
