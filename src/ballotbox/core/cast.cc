#include "ballotbox/core/cast.h"

namespace ostraka::ballotbox {

std::string_view cast_outcome_name(CastOutcome outcome) {
  switch (outcome) {
    case CastOutcome::counted:
      return "counted";
    case CastOutcome::already_counts:
      return "already_counts";
    case CastOutcome::already_voted:
      return "already_voted";
    case CastOutcome::invalid_token:
      return "invalid_token";
    case CastOutcome::not_open:
      return "not_open";
    case CastOutcome::unknown_election:
      return "unknown_election";
    case CastOutcome::invalid_ballot:
      return "invalid_ballot";
    case CastOutcome::malformed_body:
      return "malformed_body";
    case CastOutcome::unavailable:
      return "unavailable";
    case CastOutcome::not_taken:
      return "not_taken";
  }
  return "unknown";
}

}  // namespace ostraka::ballotbox
