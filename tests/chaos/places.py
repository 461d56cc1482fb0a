"""Where a system keeps its data: a plain folder, a small disk, or a disk that forgets what was not synced."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from ostraka import BIN, eventually

MIB = 1 << 20
SMALL_DISK_BYTES = 192 * MIB
LEFT_FREE_BYTES = MIB // 4  # less than any segment takes
FORGETFUL_FS = pathlib.Path(os.environ.get("FORGETFUL_FS", BIN / "forgetful_fs"))


class CannotMount(Exception):
    """This machine allows no file system of one's own: what needs one is not run, and that has to be said."""


class Place:
    """A folder that is gone when the block ends. Short, for sockets are made in it."""

    name = "plain"
    can_forget = can_fill_up = is_full = False

    def __init__(self):
        self.folder = None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ochaos-"))
        self.disk = self.folder / "d"
        self.disk.mkdir()
        try:
            self.mount()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        self.unmount()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data(self):
        return self.disk / "data"

    def mount(self):
        pass

    def unmount(self):
        pass


def umount(disk):
    """Lazily at last: a process that is still dying must not keep the test from ending."""
    if subprocess.run(["umount", disk], capture_output=True).returncode != 0:
        subprocess.run(["umount", "--lazy", disk], capture_output=True)


class SmallDisk(Place):
    name = "small disk"
    can_fill_up = True

    def mount(self):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs", self.disk],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            raise CannotMount(mounted.stderr.strip())

    def unmount(self):
        umount(self.disk)

    def fill_up(self):
        self.is_full = True
        free = os.statvfs(self.disk)
        with open(self.disk / "ballast", "wb") as file:
            with contextlib.suppress(OSError):  # others took the rest meanwhile
                os.posix_fallocate(file.fileno(), 0, max(free.f_bavail * free.f_frsize - LEFT_FREE_BYTES, 1))

    def make_space(self):
        (self.disk / "ballast").unlink(missing_ok=True)
        self.is_full = False


class ForgetfulDisk(Place):
    """forgetful_fs/: its control.h says what it can be told."""

    name = "forgetful disk"
    can_forget = can_fill_up = True

    def mount(self):
        assert FORGETFUL_FS.exists(), f"{FORGETFUL_FS} is not built: libfuse3-dev was missing"
        self.process = subprocess.Popen([FORGETFUL_FS, self.disk, self.folder / "control"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "mounted\n":
            said = self.process.communicate()[1]
            raise CannotMount(said.strip())

    def unmount(self):
        umount(self.disk)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def tell(self, command):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(30)
            control.connect(str(self.folder / "control"))
            control.sendall(command.encode() + b"\n")
            said = control.makefile().readline().strip()
        assert said.startswith("ok"), (command, said)
        return said

    def failed_syncs(self):
        return int(self.tell("status").rsplit("=", 1)[1])

    def fill_up(self):
        self.tell("full on")
        self.is_full = True

    def make_space(self):
        self.tell("full off")
        self.is_full = False


def is_dead(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until_dead(pids, seconds=30):
    eventually(lambda: all(is_dead(pid) for pid in pids), seconds)
