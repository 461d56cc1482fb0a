// The batch streams between the services, as batch::Client wants to know them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "net/rpc/cast_codec.h"
#include "ostraka/v1/identity_service.pb.h"

namespace ostraka::rpc {

inline constexpr std::string_view k_cast_stream = "ostraka.v1.BallotBox/Cast";
inline constexpr std::string_view k_issue_stream = "ostraka.v1.Identity/Issue";
inline constexpr std::string_view k_development_sign_in_stream = "ostraka.v1.Identity/DevelopmentSignIn";

struct CastTraits {
  static constexpr std::string_view k_stream = k_cast_stream;
  using Request = CastRequest;
  using Replies = std::vector<CastReply>;
  using Reply = CastReply;
  static void append(const Request& request, std::string& batch) { append_cast_request(request, batch); }
  static bool parse(std::string_view bytes, Replies& replies) {
    replies.clear();
    return read_cast_replies(bytes, replies);
  }
  static std::size_t count(const Replies& replies) { return replies.size(); }
  static Reply* reply(Replies& replies, std::size_t index) { return &replies[index]; }
};

struct IssueTraits {
  static constexpr std::string_view k_stream = k_issue_stream;
  using Request = v1::IssueRequest;
  using Replies = v1::IssueReplies;
  using Reply = v1::IssueReply;
  static void append(const Request& request, std::string& batch) {
    v1::IssueBatch one;  // batches that stand one behind the other are one batch
    *one.add_requests() = request;
    one.AppendToString(&batch);
  }
  static bool parse(std::string_view bytes, Replies& replies) {
    return replies.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  static std::size_t count(const Replies& replies) { return static_cast<std::size_t>(replies.replies_size()); }
  static Reply* reply(Replies& replies, std::size_t index) {
    return replies.mutable_replies(static_cast<int>(index));
  }
};

struct DevelopmentSignInTraits {
  static constexpr std::string_view k_stream = k_development_sign_in_stream;
  using Request = std::string;
  using Replies = v1::DevelopmentSignInReplies;
  using Reply = std::string;
  static void append(const Request& name, std::string& batch) {
    v1::DevelopmentSignInBatch one;
    one.add_names(name);
    one.AppendToString(&batch);
  }
  static bool parse(std::string_view bytes, Replies& replies) {
    return replies.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  static std::size_t count(const Replies& replies) { return static_cast<std::size_t>(replies.id_tokens_size()); }
  static Reply* reply(Replies& replies, std::size_t index) {
    return replies.mutable_id_tokens(static_cast<int>(index));
  }
};

}  // namespace ostraka::rpc
