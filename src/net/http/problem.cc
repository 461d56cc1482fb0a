#include "net/http/problem.h"

#include "net/http/json_text.h"

namespace ostraka::http {

Response problem(unsigned status, std::string_view name, std::string_view title, std::string_view detail,
                 std::string_view members) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  std::string& body = response.body;
  body.reserve(96 + name.size() + title.size() + detail.size() + members.size());
  body = "{\"type\":";
  append_json_string(body, std::string("/problems/").append(name));
  body += ",\"title\":";
  append_json_string(body, title);
  body += ",\"status\":";
  body += std::to_string(status);
  body += ",\"detail\":";
  append_json_string(body, detail);
  if (!members.empty()) {
    body += ',';
    body += members;
  }
  body += '}';
  return response;
}

std::string mistakes_member(const std::vector<PointedMistake>& mistakes) {
  std::string out = "\"mistakes\":[";
  for (const PointedMistake& mistake : mistakes) {
    out += out.back() == '[' ? "{\"pointer\":" : ",{\"pointer\":";
    append_json_string(out, mistake.pointer);
    out += ",\"detail\":";
    append_json_string(out, mistake.detail);
    out += '}';
  }
  out += ']';
  return out;
}

}  // namespace ostraka::http
