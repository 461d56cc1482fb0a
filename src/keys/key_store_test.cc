#include "keys/key_store.h"

#include <gtest/gtest.h>

#include <stdlib.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>
#include <vector>

#include "keys/token_keyring.h"

namespace ostraka::keys {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime k_now = from_rfc3339("2026-01-01T00:00:00Z").value();

class ManualClock final : public Clock {
 public:
  WallTime wall_now() const override { return k_now + passed; }
  MonotonicTime monotonic_now() const override { return MonotonicTime(passed); }
  Milliseconds passed{0};
};

io::FatalHandler never_fatal() {
  return [](const std::string& what) { FAIL() << what; };
}

class KeyStoreTest : public testing::Test {
 protected:
  KeyFilesInMemory files_;
  std::string master_ = master_key_or_make(files_, system_random()).value();
  KeyStore store_{files_, master_, system_random()};
};

TEST_F(KeyStoreTest, KeysAreMadeOnceAndReadAgain) {
  EXPECT_FALSE(store_.pepper("a").value());
  const std::string pepper = store_.pepper_or_make("a").value();
  EXPECT_EQ(pepper.size(), k_secret_bytes);
  EXPECT_EQ(store_.pepper_or_make("a").value(), pepper);
  EXPECT_EQ(store_.pepper("a").value(), pepper);
  EXPECT_NE(store_.pepper_or_make("b").value(), pepper);
  EXPECT_FALSE(store_.receipt_key().value());
  const std::string receipt = store_.receipt_key_or_make().value();
  KeyStore again(files_, master_key_or_make(files_, system_random()).value(), system_random());
  EXPECT_EQ(again.receipt_key_or_make().value(), receipt);
  EXPECT_EQ(again.pepper("a").value(), pepper);
  EXPECT_EQ(again.development_issuer_key_or_store("first").value(), "first");
  EXPECT_EQ(again.development_issuer_key_or_store("second").value(), "first");
}

TEST_F(KeyStoreTest, NothingButTheMasterKeyLiesOpen) {
  const std::string pepper = store_.pepper_or_make("a").value();
  const std::string token = store_.make_token_key(k_now, k_now).value().key.secret;
  for (const auto& [name, bytes] : files_.files) {
    EXPECT_EQ(bytes.find(pepper), std::string::npos) << name;
    EXPECT_EQ(bytes.find(token), std::string::npos) << name;
  }
}

TEST_F(KeyStoreTest, AnAlteredOrMovedFileIsDamagedAndNeverReplaced) {
  const std::string pepper = store_.pepper_or_make("a").value();
  files_.files["peppers/b"] = files_.files["peppers/a"];
  EXPECT_EQ(store_.pepper("b").error().kind, ErrorKind::damaged);
  EXPECT_EQ(store_.pepper_or_make("b").error().kind, ErrorKind::damaged);
  std::string& file = files_.files["peppers/a"];
  for (const std::string& broken : {file.substr(0, file.size() - 1), file + "x", std::string(), std::string("x")}) {
    files_.files["peppers/a"] = broken;
    EXPECT_EQ(store_.pepper_or_make("a").error().kind, ErrorKind::damaged);
    EXPECT_EQ(files_.files["peppers/a"], broken);
  }
  KeyStore stranger(files_, std::string(k_secret_bytes, 'x'), system_random());
  store_.receipt_key_or_make().value();
  EXPECT_EQ(stranger.receipt_key_or_make().error().kind, ErrorKind::damaged);
}

TEST_F(KeyStoreTest, ALostMasterKeyIsNotMadeAnew) {
  store_.pepper_or_make("a").value();
  files_.files.erase(k_master_key_name);
  EXPECT_EQ(master_key_or_make(files_, system_random()).error().kind, ErrorKind::conflict);
  files_.files[k_master_key_name] = "short";
  EXPECT_EQ(master_key_or_make(files_, system_random()).error().kind, ErrorKind::damaged);
}

TEST_F(KeyStoreTest, TokenKeysComeBackInTheOrderOfActivation) {
  const StoredTokenKey later = store_.make_token_key(k_now, k_now + seconds(60)).value();
  const StoredTokenKey first = store_.make_token_key(k_now, k_now).value();
  const auto keys = store_.token_keys().value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key.id, first.key.id);
  EXPECT_EQ(keys[0].key.secret, first.key.secret);
  EXPECT_EQ(keys[1].key.id, later.key.id);
  EXPECT_EQ(keys[1].active_from, later.active_from);
  EXPECT_EQ(keys[1].created_at, k_now);
  ASSERT_TRUE(store_.remove_token_key(first.key.id));
  EXPECT_EQ(store_.token_keys().value().size(), 1U);
}

TEST(TokenKeySchedule, AKeySignsFromItsActivationAndVerifiesUntilItsLastTokenIsDead) {
  const auto key = [](const char* id, WallTime active) {
    return StoredTokenKey{{id, std::string(32, 'k')}, active, active};
  };
  const std::vector<StoredTokenKey> keys = {key("old", k_now), key("new", k_now + seconds(60))};
  const auto signer = [&keys](WallTime now) { return signing_key(keys, now); };
  EXPECT_EQ(signer(k_now - Milliseconds(1)), nullptr);
  EXPECT_EQ(signer(k_now)->key.id, "old");
  EXPECT_EQ(signer(k_now + seconds(60) - Milliseconds(1))->key.id, "old");
  EXPECT_EQ(signer(k_now + seconds(60))->key.id, "new");
  const WallTime dead = k_now + seconds(60) + minutes(11);
  EXPECT_EQ(verifying_keys(keys, k_now).size(), 2U);
  EXPECT_EQ(verifying_keys(keys, dead - Milliseconds(1)).size(), 2U);
  ASSERT_EQ(verifying_keys(keys, dead).size(), 1U);
  EXPECT_EQ(verifying_keys(keys, dead)[0].id, "new");
  EXPECT_FALSE(is_retired(keys, 1, dead + minutes(10'000)));
}

TEST_F(KeyStoreTest, ThreadsThatMeetANewKeyTogetherAllGetIt) {
  constexpr int k_rounds = 50;
  for (int round = 0; round < k_rounds; ++round) {
    ManualClock clock;
    const auto keyring = TokenKeyring::start(store_, clock).value();
    const std::uint64_t seen = keyring->now()->generation;
    store_.make_token_key(k_now, k_now).value();
    clock.passed += k_keyring_refresh_interval_min;
    std::atomic<int> got_it{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { got_it += keyring->refresh_after_unknown(seen) ? 1 : 0; });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    ASSERT_EQ(got_it, 4);
  }
}

TEST_F(KeyStoreTest, AKeyringSeesNewKeysButIsNotDrivenByStrangers) {
  ManualClock clock;
  store_.make_token_key(k_now, k_now).value();
  const auto keyring = TokenKeyring::start(store_, clock).value();
  const auto first = keyring->now();
  EXPECT_EQ(first->keys.size(), 1U);
  store_.make_token_key(k_now, k_now).value();
  EXPECT_FALSE(keyring->refresh_after_unknown(first->generation)) << "read a moment ago";
  clock.passed += k_keyring_refresh_interval_min;
  EXPECT_TRUE(keyring->refresh_after_unknown(first->generation));
  EXPECT_EQ(keyring->now()->keys.size(), 2U);
  const auto second = keyring->now();
  ASSERT_TRUE(keyring->refresh());
  EXPECT_EQ(keyring->now()->generation, second->generation) << "nothing changed";
  files_.files.begin()->second += "damage";
  files_.files["tokens/x"] = "damage";
  EXPECT_FALSE(keyring->refresh());
  EXPECT_EQ(keyring->now()->keys.size(), 2U);
}

class KeyFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "ostraka-keys-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    parent_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(parent_); }
  std::string folder() const { return (parent_ / "keys").string(); }
  std::unique_ptr<KeyFiles> open() const { return open_key_folder(folder(), system_random(), never_fatal()).value(); }

  std::filesystem::path parent_;
};

TEST_F(KeyFolderTest, FilesAreForTheirOwnerOnlyAndNeverReplaced) {
  const auto files = open();
  EXPECT_FALSE(files->read("tokens/a").value());
  EXPECT_TRUE(files->list("tokens").value().empty());
  ASSERT_TRUE(files->create("tokens/a", "one"));
  EXPECT_EQ(files->create("tokens/a", "two").error().kind, ErrorKind::conflict);
  EXPECT_EQ(files->read("tokens/a").value(), "one");
  EXPECT_EQ(files->list("tokens").value(), std::vector<std::string>{"a"});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder() + "/tokens"), {}), 1) << "no leftovers";
  struct stat status{};
  ASSERT_EQ(::stat((folder() + "/tokens/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat((folder() + "/tokens").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  ASSERT_TRUE(files->remove("tokens/a"));
  ASSERT_TRUE(files->remove("tokens/a"));
  EXPECT_FALSE(files->read("tokens/a").value());
}

TEST_F(KeyFolderTest, FilesAndFoldersOpenToOthersAreRefused) {
  ASSERT_TRUE(open()->create("receipt.key", "x"));
  std::filesystem::permissions(folder() + "/receipt.key", std::filesystem::perms(0640));
  EXPECT_EQ(open()->read("receipt.key").error().kind, ErrorKind::denied);
  std::filesystem::permissions(folder(), std::filesystem::perms(0755));
  EXPECT_EQ(open_key_folder(folder(), system_random(), never_fatal()).error().kind, ErrorKind::denied);
}

TEST_F(KeyFolderTest, AMountedMasterKeyIsExactly32BytesForItsOwner) {
  const std::string path = (parent_ / "mounted").string();
  EXPECT_EQ(read_master_key(path).error().kind, ErrorKind::not_found);
  std::ofstream(path) << std::string(32, 'm');
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  EXPECT_EQ(read_master_key(path).error().kind, ErrorKind::denied);
  std::filesystem::permissions(path, std::filesystem::perms(0400));
  EXPECT_EQ(read_master_key(path).value(), std::string(32, 'm'));
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  std::ofstream(path) << std::string(33, 'm');
  EXPECT_EQ(read_master_key(path).error().kind, ErrorKind::invalid);
}

// Several instances of identity start at once.
TEST_F(KeyFolderTest, ProcessesThatMakeTheSameKeyAtOnceAgreeOnOne) {
  open();
  std::vector<std::future<std::string>> peppers;
  for (int i = 0; i < 8; ++i) {
    peppers.push_back(std::async(std::launch::async, [this] {
      const auto files = open();
      KeyStore store(*files, master_key_or_make(*files, system_random()).value(), system_random());
      return store.pepper_or_make("a").value();
    }));
  }
  const std::string first = peppers[0].get();
  for (std::size_t i = 1; i < peppers.size(); ++i) {
    EXPECT_EQ(peppers[i].get(), first);
  }
}

}  // namespace
}  // namespace ostraka::keys
