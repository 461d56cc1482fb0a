// The bytes of CastBatch and CastReplies (proto/ostraka/v1/ballotbox_service.proto), written and read in place: every
// vote has one of each, and Protocol Buffers' own classes would copy and allocate each field. What they read and write
// is the same, which cast_codec_test holds this to. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ostraka/v1/ballotbox_service.pb.h"

namespace ostraka::rpc {

// The views are the caller's, or into the batch that was read.
struct CastRequest {
  std::string_view election;
  std::string_view ballot_token;
  std::string_view body;
};

struct CastMistake {
  std::string_view pointer;
  std::string_view detail;
};

struct CastReply {
  v1::CastOutcome outcome = v1::CAST_OUTCOME_UNSPECIFIED;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  std::string_view ballot_hash;  // 16 bytes, or none
  std::string_view detail;
  std::vector<CastMistake> mistakes;
};

// One more vote or reply behind those that are in the batch.
void append_cast_request(const CastRequest& request, std::string& batch);
void append_cast_reply(const CastReply& reply, std::string& batch);

// False when the bytes are no such batch, or one of more entries than batch::k_batch_requests_max; what was read before
// stays in the vector. Fields that are not known are skipped; of one that comes twice the last counts.
bool read_cast_requests(std::string_view batch, std::vector<CastRequest>& requests);
bool read_cast_replies(std::string_view batch, std::vector<CastReply>& replies);

}  // namespace ostraka::rpc
