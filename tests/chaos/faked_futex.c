// Beside libfaketime in a process: what waits on a futex until a time of the wall clock (gRPC's timers do, through
// abseil) asks the kernel by syscall(2), which libfaketime leaves alone. The kernel knows nothing of the faked clock,
// and would wait for hours where milliseconds are meant. So the deadline is told in the kernel's time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>

typedef long (*Syscall)(long, ...);

enum { k_arguments_max = 6, k_nanoseconds = 1000000000 };

static struct timespec in_kernel_time(Syscall kernel, struct timespec deadline) {
  struct timespec faked;
  struct timespec real;
  clock_gettime(CLOCK_REALTIME, &faked);
  kernel(SYS_clock_gettime, CLOCK_REALTIME, &real);
  deadline.tv_sec -= faked.tv_sec - real.tv_sec;
  deadline.tv_nsec -= faked.tv_nsec - real.tv_nsec;
  while (deadline.tv_nsec < 0) {
    deadline.tv_nsec += k_nanoseconds;
    --deadline.tv_sec;
  }
  while (deadline.tv_nsec >= k_nanoseconds) {
    deadline.tv_nsec -= k_nanoseconds;
    ++deadline.tv_sec;
  }
  return deadline;
}

long syscall(long number, ...) {
  static Syscall kernel = NULL;
  if (kernel == NULL) {
    kernel = (Syscall)dlsym(RTLD_NEXT, "syscall");
  }
  long words[k_arguments_max];
  va_list arguments;
  va_start(arguments, number);
  for (int i = 0; i < k_arguments_max; ++i) {
    words[i] = va_arg(arguments, long);
  }
  va_end(arguments);
  struct timespec deadline;
  if (number == SYS_futex && (words[1] & FUTEX_CLOCK_REALTIME) != 0 && words[3] != 0) {
    deadline = in_kernel_time(kernel, *(const struct timespec*)words[3]);
    words[3] = (long)&deadline;
  }
  return kernel(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
