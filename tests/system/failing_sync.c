// A disk that stops confirming writes: preloaded into a process, it lets syncs of some files fail with EIO.
//
// FAILING_SYNC_UNDER    the files: those with this text in their path
// FAILING_SYNC_TRIGGER  syncs fail while this file exists
// FAILING_SYNC_LOSES    when set, what the thread wrote last is not in the file afterwards: the disk lost it. Zeros
// take
//                       its place, which is what a log segment held before.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t (*Write)(int, const void*, size_t, off_t);
typedef int (*Sync)(int);

static __thread struct {
  int file;
  size_t bytes;
  off_t at;
} last_write = {-1, 0, 0};

static int sync_is_to_fail(int file) {
  const char* under = getenv("FAILING_SYNC_UNDER");
  const char* trigger = getenv("FAILING_SYNC_TRIGGER");
  if (under == NULL || trigger == NULL || access(trigger, F_OK) != 0) {
    return 0;
  }
  char link[64];
  char path[PATH_MAX + 1];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, PATH_MAX);
  if (length < 0) {
    return 0;
  }
  path[length] = '\0';
  return strstr(path, under) != NULL;
}

static void lose_last_write(int file) {
  if (getenv("FAILING_SYNC_LOSES") == NULL || last_write.file != file) {
    return;
  }
  const Write write_on = (Write)dlsym(RTLD_NEXT, "pwrite64");
  char* zeros = calloc(1, last_write.bytes);
  if (zeros == NULL || write_on(file, zeros, last_write.bytes, last_write.at) != (ssize_t)last_write.bytes) {
    abort();  // the test would not test what it says
  }
  free(zeros);
}

static int sync_or_fail(const char* name, int file) {
  if (sync_is_to_fail(file)) {
    lose_last_write(file);
    errno = EIO;
    return -1;
  }
  return ((Sync)dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) {
  return sync_or_fail("fsync", file);
}

int fdatasync(int file) {
  return sync_or_fail("fdatasync", file);
}

static ssize_t write_and_remember(int file, const void* bytes, size_t count, off_t at) {
  const ssize_t written = ((Write)dlsym(RTLD_NEXT, "pwrite64"))(file, bytes, count, at);
  if (written > 0) {
    last_write.file = file;
    last_write.bytes = (size_t)written;
    last_write.at = at;
  }
  return written;
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  return write_and_remember(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  return write_and_remember(file, bytes, count, at);
}
