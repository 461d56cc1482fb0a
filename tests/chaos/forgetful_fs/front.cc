#include "front.h"

#include "front_calls.h"

namespace forgetful {

struct stat as_stat(const Attributes& attributes) {
  struct stat status{};
  status.st_ino = attributes.id;
  status.st_mode = attributes.mode;
  status.st_nlink = attributes.links;
  status.st_uid = attributes.owner;
  status.st_gid = attributes.group;
  status.st_size = static_cast<off_t>(attributes.size);
  status.st_blksize = k_page_bytes;
  status.st_blocks = static_cast<blkcnt_t>((attributes.size + 511) / 512);
  status.st_atim = status.st_mtim = status.st_ctim = attributes.changed;
  return status;
}

fuse_entry_param as_entry(const Attributes& attributes) {
  fuse_entry_param entry{};
  entry.ino = attributes.id;
  entry.attr = as_stat(attributes);
  entry.attr_timeout = entry.entry_timeout = k_remembered_seconds;
  return entry;
}

void answer_entry(fuse_req_t request, int error, const Attributes& attributes) {
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  const fuse_entry_param entry = as_entry(attributes);
  if (fuse_reply_entry(request, &entry) != 0) {
    disk(request).forget(attributes.id, 1);
  }
}

void answer_attributes(fuse_req_t request, Id id) {
  Attributes found;
  const int error = disk(request).attributes(id, found);
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  const struct stat status = as_stat(found);
  fuse_reply_attr(request, &status, k_remembered_seconds);
}

int make(fuse_req_t request, Id parent, const char* name, mode_t mode, Attributes& made, const char* target) {
  const fuse_ctx* context = fuse_req_ctx(request);
  return disk(request).make(parent, name, {.mode = mode, .owner = context->uid, .group = context->gid}, target, made);
}

namespace {

void on_init(void*, fuse_conn_info* connection) {
  // A time that changed is no reason to drop pages; dirty ones of a mapping would be written at odd moments.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
}

}  // namespace

const fuse_lowlevel_ops& front_operations() {
  static const fuse_lowlevel_ops operations = [] {
    fuse_lowlevel_ops all{};
    all.init = on_init;
    add_name_operations(all);
    add_file_operations(all);
    return all;
  }();
  return operations;
}

void give_up_page_cache(fuse_session* session, const Disk& disk) {
  for (const Id id : disk.ids()) {
    fuse_lowlevel_notify_inval_inode(session, id, 0, 0);  // ENOENT: the kernel does not know it
  }
}

}  // namespace forgetful
