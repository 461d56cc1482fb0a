// forgetful_fs MOUNT_POINT CONTROL_SOCKET: a file system in memory that loses what was not synced, on command.
//
// Prints "mounted" when it is; ends, and takes everything with it, when it is unmounted or told to by SIGTERM.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "control.h"
#include "front.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "forgetful_fs MOUNT_POINT CONTROL_SOCKET\n");
    return 2;
  }
  static forgetful::Front front;
  const char* words[] = {"forgetful_fs", "-o", "fsname=forgetful,default_permissions"};
  fuse_args arguments = FUSE_ARGS_INIT(3, const_cast<char**>(words));
  const fuse_lowlevel_ops& operations = forgetful::front_operations();
  fuse_session* session = fuse_session_new(&arguments, &operations, sizeof operations, &front);
  if (session == nullptr || fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, argv[1]) != 0) {
    std::fprintf(stderr, "forgetful_fs: %s cannot be mounted\n", argv[1]);
    return 1;
  }
  static forgetful::Control control(front, session);
  int code = 1;
  if (control.start(argv[2])) {
    std::printf("mounted\n");
    std::fflush(stdout);
    fuse_loop_config* config = fuse_loop_cfg_create();
    code = fuse_session_loop_mt(session, config) == 0 ? 0 : 1;
    fuse_loop_cfg_destroy(config);
  } else {
    std::fprintf(stderr, "forgetful_fs: %s: %s\n", argv[2], std::strerror(errno));
  }
  fuse_session_unmount(session);
  fuse_remove_signal_handlers(session);
  std::fflush(nullptr);
  _exit(code);  // the control's thread still uses everything
}
