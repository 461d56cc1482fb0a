// Names and directories.
#include <cerrno>
#include <cstdio>
#include <memory>

#include "front_calls.h"

namespace forgetful {

namespace {

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

}  // namespace

void add_name_operations(fuse_lowlevel_ops& all) {
  all.lookup = on_lookup;
  all.forget = on_forget;
  all.forget_multi = on_forget_multi;
  all.readlink = on_readlink;
  all.mknod = on_mknod;
  all.mkdir = on_mkdir;
  all.unlink = on_unlink;
  all.rmdir = on_rmdir;
  all.symlink = on_symlink;
  all.rename = on_rename;
  all.link = on_link;
  all.opendir = on_opendir;
  all.readdir = on_readdir;
  all.releasedir = on_releasedir;
}

}  // namespace forgetful
