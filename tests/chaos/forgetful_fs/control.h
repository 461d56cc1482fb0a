// What the disk is told to do wrong: a line on a local socket, a line back ("ok …" or "error …").
//
//   lose                    power is lost: everything unsynced is gone. Programs that still run see the medium then.
//                           "ok pages=N names=N": what was unsynced
//   tear SEED               the same, but some of the unsynced sectors and names remain, by the seed
//   fail-syncs N TEXT       the next N syncs of what has TEXT in its path fail; what they should have saved is gone
//   slow-syncs MS           each sync takes so much longer; 0: no longer
//   full on|off             nothing is made and nothing grows
//   lie on|off              syncs succeed and do nothing
//   status                  "ok failed=N": how many syncs have failed so far
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "front.h"

namespace forgetful {

// One connection after the other, on a thread of its own, which ends with the process.
class Control {
 public:
  // Both outlive the process's last moment: nobody stops the thread.
  Control(Front& front, fuse_session* session) : front_(front), session_(session) {}

  // False when the socket cannot be made; errno says why.
  bool start(const std::string& path);

 private:
  void serve();
  std::string lose(const std::function<Unsynced()>& power);
  std::string answer(const std::string& line);

  Front& front_;
  fuse_session* session_;
  int listening_ = -1;
};

}  // namespace forgetful
