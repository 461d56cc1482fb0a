// Files: their attributes, their bytes, and when these are durable.
#include <fcntl.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <thread>

#include "front_calls.h"

namespace forgetful {

namespace {

constexpr std::uint64_t k_blocks = std::uint64_t{16} << 30 >> 12;  // 16 GiB, as far as anybody asks

void on_getattr(fuse_req_t request, fuse_ino_t id, fuse_file_info*) { answer_attributes(request, id); }

void on_setattr(fuse_req_t request, fuse_ino_t id, struct stat* wanted, int what, fuse_file_info*) {
  int error = 0;
  if ((what & FUSE_SET_ATTR_MODE) != 0) {
    error = disk(request).set_mode(id, wanted->st_mode);
  }
  if (error == 0 && (what & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0) {
    error = disk(request).set_owner(id, (what & FUSE_SET_ATTR_UID) != 0 ? std::optional(wanted->st_uid) : std::nullopt,
                                    (what & FUSE_SET_ATTR_GID) != 0 ? std::optional(wanted->st_gid) : std::nullopt);
  }
  if (error == 0 && (what & FUSE_SET_ATTR_SIZE) != 0) {
    error = disk(request).resize(id, static_cast<std::uint64_t>(wanted->st_size));
  }
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  answer_attributes(request, id);
}

void on_create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* file) {
  Attributes made;
  const int error = make(request, parent, name, S_IFREG | mode, made);
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  file->keep_cache = 1;
  const fuse_entry_param entry = as_entry(made);
  if (fuse_reply_create(request, &entry, file) != 0) {
    disk(request).forget(made.id, 1);
  }
}

void on_open(fuse_req_t request, fuse_ino_t id, fuse_file_info* file) {
  if ((file->flags & O_TRUNC) != 0) {
    if (const int error = disk(request).resize(id, 0); error != 0) {
      fuse_reply_err(request, error);
      return;
    }
  }
  file->keep_cache = 1;  // pages outlive the processes that wrote them, as on any disk
  fuse_reply_open(request, file);
}

void on_read(fuse_req_t request, fuse_ino_t id, std::size_t count, off_t at, fuse_file_info* file) {
  std::string bytes(count, '\0');
  const Source source = (file->flags & O_DIRECT) != 0 ? Source::medium : Source::seen;
  const int error = disk(request).read(id, static_cast<std::uint64_t>(at), source, bytes);
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_buf(request, bytes.data(), bytes.size());
  }
}

void on_write(fuse_req_t request, fuse_ino_t id, const char* bytes, std::size_t count, off_t at, fuse_file_info*) {
  const int error = disk(request).write(id, static_cast<std::uint64_t>(at), {bytes, count});
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_write(request, count);
  }
}

void on_fallocate(fuse_req_t request, fuse_ino_t id, int mode, off_t at, off_t count, fuse_file_info*) {
  Attributes found;
  int error = mode == 0 ? disk(request).attributes(id, found) : EOPNOTSUPP;
  if (const auto end = static_cast<std::uint64_t>(at + count); error == 0 && end > found.size) {
    error = disk(request).resize(id, end);
  }
  fuse_reply_err(request, error);
}

void on_flush(fuse_req_t request, fuse_ino_t, fuse_file_info*) { fuse_reply_err(request, 0); }
void on_release(fuse_req_t request, fuse_ino_t, fuse_file_info*) { fuse_reply_err(request, 0); }

void on_fsync(fuse_req_t request, fuse_ino_t id, int, fuse_file_info*) {
  std::this_thread::sleep_for(front(request).sync_takes.load());
  fuse_reply_err(request, disk(request).sync(id));
}

void on_statfs(fuse_req_t request, fuse_ino_t) {
  struct statvfs status{};
  status.f_bsize = status.f_frsize = k_page_bytes;
  status.f_blocks = k_blocks;
  status.f_bfree = status.f_bavail = disk(request).is_full() ? 0 : k_blocks;
  status.f_namemax = 255;
  fuse_reply_statfs(request, &status);
}

}  // namespace

void add_file_operations(fuse_lowlevel_ops& all) {
  all.getattr = on_getattr;
  all.setattr = on_setattr;
  all.create = on_create;
  all.open = on_open;
  all.read = on_read;
  all.write = on_write;
  all.fallocate = on_fallocate;
  all.flush = on_flush;
  all.release = on_release;
  all.fsync = on_fsync;
  all.fsyncdir = on_fsync;
  all.statfs = on_statfs;
}

}  // namespace forgetful
