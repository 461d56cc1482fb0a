#include "cli/data_directory.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cli/file_lock.h"
#include "cli/listening.h"
#include "cli/test_directory.h"
#include "crypto/base64url.h"

namespace ostraka::cli {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 0777;
}

TEST(DataDirectory, TheTokenIsPrivateAndMadeOnce) {
  const TestDirectory directory;
  const auto data = DataDirectory::prepare(directory / "data/").value();
  EXPECT_EQ(data.path(), directory / "data");
  ASSERT_TRUE(data.ensure_admin_token());
  const std::string token = content_of(data.admin_token());
  EXPECT_EQ(mode_of(data.admin_token()), 0600U);
  EXPECT_EQ(mode_of(data.keys()), 0700U);
  ASSERT_EQ(token.back(), '\n');
  EXPECT_EQ(crypto::base64url_decode(token.substr(0, token.size() - 1)).value().size(), 32U);
  ASSERT_TRUE(data.ensure_admin_token());
  EXPECT_EQ(content_of(data.admin_token()), token);
}

TEST(DataDirectory, SocketsLieInItWhileTheirNamesAreShortEnough) {
  const TestDirectory directory;
  const auto data = DataDirectory::prepare(directory / "data").value();
  EXPECT_EQ(data.sockets().value(), data.run());
}

TEST(DataDirectory, LongNamesGetAShortPrivateDirectoryAndKeepIt) {
  const TestDirectory directory;
  const auto data = DataDirectory::prepare(directory / std::string(120, 'x')).value();
  const std::string sockets = data.sockets().value();
  EXPECT_LT(sockets.size(), 60U);
  EXPECT_EQ(mode_of(sockets), 0700U);
  EXPECT_EQ(data.sockets().value(), sockets);
  chmod(sockets.c_str(), 0755);
  const std::string other = data.sockets().value();
  EXPECT_NE(other, sockets) << "a directory that others can enter is not used";
  std::filesystem::remove(sockets);
  std::filesystem::remove(other);
}

TEST(DataDirectory, WhatHoldsNoLogIsNone) {
  const TestDirectory directory;
  EXPECT_EQ(DataDirectory::existing(directory.path()).error().kind, ErrorKind::not_found);
}

TEST(FileLock, OneHolderAtATime) {
  const TestDirectory directory;
  auto first = FileLock::try_take(directory / "lock").value();
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::try_take(directory / "lock").value().has_value());
  first.reset();
  EXPECT_TRUE(FileLock::try_take(directory / "lock").value().has_value());
}

TEST(Listening, ATakenPortIsSaidAndAFreeOneIsFound) {
  const auto free = free_address({"127.0.0.1", 0}).value();
  EXPECT_NE(free.port, 0);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  EXPECT_EQ(free_address({"127.0.0.1", ntohs(address.sin_port)}).error().kind, ErrorKind::conflict);
  close(listener);
}

}  // namespace
}  // namespace ostraka::cli
