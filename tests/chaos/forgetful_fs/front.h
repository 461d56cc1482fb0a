// The disk as a mounted file system: libfuse's low-level calls, each answered by the disk.
#pragma once

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include <atomic>
#include <chrono>

#include "disk/disk.h"

namespace forgetful {

// Outlives the session. Its calls come from many threads.
struct Front {
  Disk disk;
  std::atomic<std::chrono::milliseconds> sync_takes{};  // that much longer
};

// The user data of the session is the Front.
const fuse_lowlevel_ops& front_operations();

// The kernel's page cache is given up, also what programs have mapped: dirty pages of a mapping come as writes first.
void give_up_page_cache(fuse_session* session, const Disk& disk);

}  // namespace forgetful
