#include "net/rpc/cast_codec.h"

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <utility>

#include "base/bytes.h"
#include "net/batch/frame.h"

namespace ostraka::rpc {

namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// The tags of the fields, as the .proto numbers them.
constexpr std::uint32_t k_entry = 1;  // CastBatch.votes, CastReplies.replies
enum class RequestField : std::uint32_t { election = 1, ballot_token = 2, body = 3 };
enum class ReplyField : std::uint32_t { outcome = 1, partition = 2, offset = 3, ballot_hash = 4, mistakes = 5, detail = 6 };
enum class MistakeField : std::uint32_t { pointer = 1, detail = 2 };

template <class Field>
constexpr char tag(Field field, pbf_wire_type type) {
  return static_cast<char>(static_cast<std::uint32_t>(field) << 3 | static_cast<std::uint32_t>(type));
}

std::size_t varint_bytes(std::uint64_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) {
    ++bytes;
  }
  return bytes;
}

// As proto3 writes them: what is empty or zero is left out.
std::size_t bytes_of(std::string_view field) {
  return field.empty() ? 0 : 1 + varint_bytes(field.size()) + field.size();
}
std::size_t bytes_of(std::uint64_t field) { return field == 0 ? 0 : 1 + varint_bytes(field); }

template <class Field>
void append(std::string& out, Field field, std::string_view bytes) {
  if (!bytes.empty()) {
    out += tag(field, pbf_wire_type::length_delimited);
    append_varint(out, bytes.size());
    out += bytes;
  }
}
template <class Field>
void append(std::string& out, Field field, std::uint64_t value) {
  if (value != 0) {
    out += tag(field, pbf_wire_type::varint);
    append_varint(out, value);
  }
}

std::size_t bytes_of(const CastMistake& mistake) { return bytes_of(mistake.pointer) + bytes_of(mistake.detail); }

template <class Field>
void append_head(std::string& out, Field field, std::size_t bytes) {
  out += tag(field, pbf_wire_type::length_delimited);
  append_varint(out, bytes);
}

std::string_view view_of(pbf_reader& reader) {
  const protozero::data_view bytes = reader.get_view();
  return {bytes.data(), bytes.size()};
}

template <class Field>
bool is(const pbf_reader& reader, Field field, pbf_wire_type type) {
  return reader.tag() == static_cast<std::uint32_t>(field) && reader.wire_type() == type;
}

void read_request(pbf_reader reader, CastRequest& request) {
  while (reader.next()) {
    if (is(reader, RequestField::election, pbf_wire_type::length_delimited)) {
      request.election = view_of(reader);
    } else if (is(reader, RequestField::ballot_token, pbf_wire_type::length_delimited)) {
      request.ballot_token = view_of(reader);
    } else if (is(reader, RequestField::body, pbf_wire_type::length_delimited)) {
      request.body = view_of(reader);
    } else {
      reader.skip();
    }
  }
}

void read_mistake(pbf_reader reader, CastMistake& mistake) {
  while (reader.next()) {
    if (is(reader, MistakeField::pointer, pbf_wire_type::length_delimited)) {
      mistake.pointer = view_of(reader);
    } else if (is(reader, MistakeField::detail, pbf_wire_type::length_delimited)) {
      mistake.detail = view_of(reader);
    } else {
      reader.skip();
    }
  }
}

void read_reply(pbf_reader reader, CastReply& reply) {
  while (reader.next()) {
    if (is(reader, ReplyField::outcome, pbf_wire_type::varint)) {
      reply.outcome = static_cast<v1::CastOutcome>(reader.get_enum());
    } else if (is(reader, ReplyField::partition, pbf_wire_type::varint)) {
      reply.partition = reader.get_uint32();
    } else if (is(reader, ReplyField::offset, pbf_wire_type::varint)) {
      reply.offset = reader.get_uint64();
    } else if (is(reader, ReplyField::ballot_hash, pbf_wire_type::length_delimited)) {
      reply.ballot_hash = view_of(reader);
    } else if (is(reader, ReplyField::mistakes, pbf_wire_type::length_delimited)) {
      read_mistake(reader.get_message(), reply.mistakes.emplace_back());
    } else if (is(reader, ReplyField::detail, pbf_wire_type::length_delimited)) {
      reply.detail = view_of(reader);
    } else {
      reader.skip();
    }
  }
}

template <class Entry, class Read>
bool read_entries(std::string_view batch, std::vector<Entry>& entries, Read read) {
  try {
    pbf_reader reader(batch.data(), batch.size());
    while (reader.next()) {
      if (is(reader, k_entry, pbf_wire_type::length_delimited)) {
        if (entries.size() == batch::k_batch_requests_max) {
          return false;
        }
        read(reader.get_message(), entries.emplace_back());
      } else {
        reader.skip();
      }
    }
    return true;
  } catch (const protozero::exception&) {
    return false;
  }
}

}  // namespace

void append_cast_request(const CastRequest& request, std::string& batch) {
  append_head(batch, k_entry, bytes_of(request.election) + bytes_of(request.ballot_token) + bytes_of(request.body));
  append(batch, RequestField::election, request.election);
  append(batch, RequestField::ballot_token, request.ballot_token);
  append(batch, RequestField::body, request.body);
}

void append_cast_reply(const CastReply& reply, std::string& batch) {
  const auto outcome = static_cast<std::uint64_t>(reply.outcome);
  std::size_t bytes = bytes_of(outcome) + bytes_of(std::uint64_t{reply.partition}) + bytes_of(reply.offset) +
                      bytes_of(reply.ballot_hash) + bytes_of(reply.detail);
  for (const CastMistake& mistake : reply.mistakes) {
    bytes += 1 + varint_bytes(bytes_of(mistake)) + bytes_of(mistake);
  }
  append_head(batch, k_entry, bytes);
  append(batch, ReplyField::outcome, outcome);
  append(batch, ReplyField::partition, std::uint64_t{reply.partition});
  append(batch, ReplyField::offset, reply.offset);
  append(batch, ReplyField::ballot_hash, reply.ballot_hash);
  for (const CastMistake& mistake : reply.mistakes) {
    append_head(batch, ReplyField::mistakes, bytes_of(mistake));
    append(batch, MistakeField::pointer, mistake.pointer);
    append(batch, MistakeField::detail, mistake.detail);
  }
  append(batch, ReplyField::detail, reply.detail);
}

bool read_cast_requests(std::string_view batch, std::vector<CastRequest>& requests) {
  return read_entries(batch, requests, [](pbf_reader entry, CastRequest& request) { read_request(entry, request); });
}

bool read_cast_replies(std::string_view batch, std::vector<CastReply>& replies) {
  return read_entries(batch, replies, [](pbf_reader entry, CastReply& reply) { read_reply(entry, reply); });
}

}  // namespace ostraka::rpc
