"""A process that may have been started by somebody else: known by its id and by when it began, so that a signal never
meets a stranger who has the id now."""

import os
import pathlib
import select
import signal


def begun(pid):
    """When it began, in the kernel's ticks since the start of the machine; None when it is gone or only unreaped."""
    fields = status(f"/proc/{pid}/stat")
    return int(fields[19]) if fields and fields[0] not in "ZX" else None


def is_paused(pid):
    """Whether all of its threads stand still: on a busy machine some run on for a while."""
    threads = [status(thread / "stat") for thread in pathlib.Path(f"/proc/{pid}/task").glob("*")]
    return bool(threads) and all(fields[0] == "T" for fields in threads if fields)


def status(path):
    """The fields of a stat file behind the name, which may have blanks and brackets of its own."""
    try:
        return pathlib.Path(path).read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


class Process:
    def __init__(self, pid, began, child=None):
        self.pid = pid
        self.began = began
        self.child = child  # the Popen, in the process that started it: who else would reap it

    @classmethod
    def of(cls, child):
        return cls(child.pid, begun(child.pid), child)

    @property
    def is_running(self):
        return self.began is not None and begun(self.pid) == self.began

    def send(self, how):
        with Handle(self) as handle:
            if handle is not None:
                signal.pidfd_send_signal(handle, how)

    def wait(self, seconds):
        """Whether it has ended within the time."""
        with Handle(self) as handle:
            if handle is not None:
                poll = select.poll()
                poll.register(handle, select.POLLIN)
                if not poll.poll(max(0, seconds) * 1000):
                    return False
        if self.child is not None:
            self.child.wait()
        return True


class Handle:
    """The kernel's own handle of the process, None when it has ended: it cannot become another one's meanwhile."""

    def __init__(self, process):
        self.process = process
        self.handle = None

    def __enter__(self):
        try:
            self.handle = os.pidfd_open(self.process.pid)
        except ProcessLookupError:
            return None
        return self.handle if self.process.is_running else None

    def __exit__(self, *_):
        if self.handle is not None:
            os.close(self.handle)
