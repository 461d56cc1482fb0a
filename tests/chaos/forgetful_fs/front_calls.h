// What the answers to libfuse's calls have in common. Part of the front alone.
#pragma once

#include <sys/stat.h>

#include "front.h"

namespace forgetful {

void add_name_operations(fuse_lowlevel_ops& all);
void add_file_operations(fuse_lowlevel_ops& all);

inline Front& front(fuse_req_t request) { return *static_cast<Front*>(fuse_req_userdata(request)); }
inline Disk& disk(fuse_req_t request) { return front(request).disk; }

// The kernel is told to remember nothing but pages: names and sizes change under it when power is lost.
struct stat as_stat(const Attributes& attributes);
fuse_entry_param as_entry(const Attributes& attributes);

void answer_entry(fuse_req_t request, int error, const Attributes& attributes);
void answer_attributes(fuse_req_t request, Id id);

// By and for who asked.
int make(fuse_req_t request, Id parent, const char* name, mode_t mode, Attributes& made, const char* target = "");

inline constexpr double k_remembered_seconds = 0;

}  // namespace forgetful
