"""A wall clock of its own for each service, which a test moves while the service runs (libfaketime).

`ostraka up` starts the binaries that lie beside its own, so it is given a folder in which each is a few lines of shell
that set the clock up and become the service.
"""

import os
import pathlib
import shutil
import subprocess

from ostraka import BIN, SERVICES

LIBRARY = "/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1".format(os.uname().machine)
NOTICED_SECONDS = 1  # a service looks for its clock's file when the second is another one

WRAPPER = """#!/bin/sh
export LD_PRELOAD={library}:{futex} FAKETIME_TIMESTAMP_FILE={clock} FAKETIME_CACHE_DURATION=0
export FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1
exec {binary} "$@"
"""


class Clocks:
    """In `folder`, which has to be on a disk that forgets nothing. `binaries` is for System(binaries=…)."""

    def __init__(self, folder):
        assert pathlib.Path(LIBRARY).exists(), f"{LIBRARY} is missing: Debian's package faketime"
        self.folder = pathlib.Path(folder)
        self.binaries = self.folder / "bin"
        self.binaries.mkdir(parents=True)
        self.offsets = {}
        futex = self.folder / "faked_futex.so"
        source = pathlib.Path(__file__).with_name("faked_futex.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", futex, source, "-ldl"], check=True)
        shutil.copy(BIN / "ostraka", self.binaries / "ostraka")
        for service in SERVICES:
            self.set(service, 0)
            wrapper = self.binaries / f"ostraka-{service}"
            wrapper.write_text(WRAPPER.format(library=LIBRARY, futex=futex, clock=self.file(service),
                                              binary=BIN / wrapper.name))
            wrapper.chmod(0o755)

    def file(self, service):
        return self.folder / f"{service}.clock"

    def set(self, service, seconds):
        """So much before or behind the machine's clock, from a second or so on."""
        fresh = self.file(service).with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(self.file(service))
        self.offsets[service] = seconds

    def set_right(self):
        for service in SERVICES:
            self.set(service, 0)
