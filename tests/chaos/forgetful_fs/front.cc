#include "front.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <memory>
#include <thread>

namespace forgetful {

namespace {

// Nothing is remembered by the kernel but pages: names and sizes change under it when power is lost.
constexpr double k_remembered_seconds = 0;
constexpr std::uint64_t k_blocks = std::uint64_t{16} << 30 >> 12;

Front& front(fuse_req_t request) { return *static_cast<Front*>(fuse_req_userdata(request)); }
Disk& disk(fuse_req_t request) { return front(request).disk; }

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

int make(fuse_req_t request, Id parent, const char* name, mode_t mode, Attributes& made, const char* target = "") {
  const fuse_ctx* context = fuse_req_ctx(request);
  return disk(request).make(parent, name, {.mode = mode, .owner = context->uid, .group = context->gid}, target, made);
}

// -- names -----------------------------------------------------------------------------------------------------------

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  Attributes found;
  answer_entry(request, disk(request).look_up(parent, name, found), found);
}

void on_forget(fuse_req_t request, fuse_ino_t id, std::uint64_t times) {
  disk(request).forget(id, times);
  fuse_reply_none(request);
}

void on_forget_multi(fuse_req_t request, std::size_t count, fuse_forget_data* forgets) {
  for (std::size_t i = 0; i < count; ++i) {
    disk(request).forget(forgets[i].ino, forgets[i].nlookup);
  }
  fuse_reply_none(request);
}

void on_mknod(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
  Attributes made;
  answer_entry(request, make(request, parent, name, mode, made), made);
}

void on_mkdir(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
  Attributes made;
  answer_entry(request, make(request, parent, name, S_IFDIR | mode, made), made);
}

void on_symlink(fuse_req_t request, const char* target, fuse_ino_t parent, const char* name) {
  Attributes made;
  answer_entry(request, make(request, parent, name, S_IFLNK | 0777, made, target), made);
}

void on_link(fuse_req_t request, fuse_ino_t id, fuse_ino_t parent, const char* name) {
  Attributes linked;
  answer_entry(request, disk(request).link(id, parent, name, linked), linked);
}

void on_unlink(fuse_req_t request, fuse_ino_t parent, const char* name) {
  fuse_reply_err(request, disk(request).remove(parent, name, false));
}

void on_rmdir(fuse_req_t request, fuse_ino_t parent, const char* name) {
  fuse_reply_err(request, disk(request).remove(parent, name, true));
}

void on_rename(fuse_req_t request, fuse_ino_t parent, const char* name, fuse_ino_t new_parent, const char* new_name,
               unsigned flags) {
  const bool is_known = (flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) == 0;
  fuse_reply_err(request, is_known ? disk(request).rename(parent, name, new_parent, new_name, flags != 0) : EINVAL);
}

void on_readlink(fuse_req_t request, fuse_ino_t id) {
  std::string target;
  const int error = disk(request).target(id, target);
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_readlink(request, target.c_str());
  }
}

// -- directories: what one held when it was opened -------------------------------------------------------------------

using Listing = std::vector<Entry>;
Listing* listing(fuse_file_info* file) { return reinterpret_cast<Listing*>(file->fh); }

void on_opendir(fuse_req_t request, fuse_ino_t id, fuse_file_info* file) {
  auto entries = std::make_unique<Listing>(Listing{{".", id, S_IFDIR}, {"..", k_root, S_IFDIR}});
  if (const int error = disk(request).list(id, *entries); error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  file->fh = reinterpret_cast<std::uint64_t>(entries.release());
  if (fuse_reply_open(request, file) != 0) {
    delete listing(file);
  }
}

void on_readdir(fuse_req_t request, fuse_ino_t, std::size_t bytes_max, off_t from, fuse_file_info* file) {
  std::string page(bytes_max, '\0');
  std::size_t used = 0;
  for (auto at = static_cast<std::size_t>(from); at < listing(file)->size(); ++at) {
    const Entry& entry = (*listing(file))[at];
    struct stat status{};
    status.st_ino = entry.id;
    status.st_mode = entry.mode;
    const std::size_t needed = fuse_add_direntry(request, page.data() + used, bytes_max - used, entry.name.c_str(),
                                                 &status, static_cast<off_t>(at + 1));
    if (needed > bytes_max - used) {
      break;
    }
    used += needed;
  }
  fuse_reply_buf(request, page.data(), used);
}

void on_releasedir(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  delete listing(file);
  fuse_reply_err(request, 0);
}

// -- files -----------------------------------------------------------------------------------------------------------

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

void on_init(void*, fuse_conn_info* connection) {
  // A time that changed is no reason to drop pages; dirty ones of a mapping would be written at odd moments.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
}

}  // namespace

const fuse_lowlevel_ops& front_operations() {
  static const fuse_lowlevel_ops operations = [] {
    fuse_lowlevel_ops all{};
    all.init = on_init;
    all.lookup = on_lookup;
    all.forget = on_forget;
    all.forget_multi = on_forget_multi;
    all.getattr = on_getattr;
    all.setattr = on_setattr;
    all.readlink = on_readlink;
    all.mknod = on_mknod;
    all.mkdir = on_mkdir;
    all.unlink = on_unlink;
    all.rmdir = on_rmdir;
    all.symlink = on_symlink;
    all.rename = on_rename;
    all.link = on_link;
    all.open = on_open;
    all.create = on_create;
    all.read = on_read;
    all.write = on_write;
    all.flush = on_flush;
    all.release = on_release;
    all.fsync = on_fsync;
    all.fsyncdir = on_fsync;
    all.opendir = on_opendir;
    all.readdir = on_readdir;
    all.releasedir = on_releasedir;
    all.statfs = on_statfs;
    all.fallocate = on_fallocate;
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
