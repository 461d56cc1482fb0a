"""What a run started: its processes with all of their children, what they cost, and their end."""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("OSTRAKA_BIN", SOURCE / "build/release/bin"))
READY_SECONDS = 60
STOP_SECONDS = 40
DRIVE_SECONDS_MORE = 60  # than it was told


def load_average():
    return round(os.getloadavg()[0], 1)


def stat_of(pid):
    """The fields behind the name: [1] is the parent, [11:15] the processor time, its own and its ended children's."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def wait_until(is_so, what):
    deadline = time.monotonic() + READY_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: not ready after {READY_SECONDS} s")
        time.sleep(0.02)


class Server:
    def __init__(self, process, port):
        self.process = process
        self.port = port


class Processes:
    """In order; ended the other way round."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []  # (name, process, signal that ends it)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _, process, ending in reversed(self.started):
            if process.poll() is None:
                process.send_signal(ending)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name, command, ending=signal.SIGTERM, **options):
        with open(self.folder / f"{name}.log", "a") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log, **({"stdout": log} | options))
        self.started.append((name, process, ending))
        return process

    def start_server(self, command, secret):
        """One that says `ready PORT`."""
        process = self.start("server", command, stdout=subprocess.PIPE, text=True,
                             env=os.environ | {"VOTE_SECRET": secret})
        is_heard, _, _ = select.select([process.stdout], [], [], READY_SECONDS)
        line = process.stdout.readline() if is_heard else ""
        if not line.startswith("ready "):
            sys.exit(f"the server is not ready: {(self.folder / 'server.log').read_text()[-2000:]}")
        return Server(process, int(line.split()[1]))

    def cpu_seconds(self):
        """By name: of each process, its children, and those of them that have ended."""
        children = {}
        ticks = {}
        for entry in os.listdir("/proc"):
            fields = stat_of(entry) if entry.isdigit() else None
            if fields is not None:
                children.setdefault(int(fields[1]), []).append(int(entry))
                ticks[int(entry)] = sum(map(int, fields[11:15]))

        def of_tree(pid):
            return ticks.get(pid, 0) + sum(of_tree(child) for child in children.get(pid, []))

        return {name: of_tree(process.pid) / os.sysconf("SC_CLK_TCK") for name, process, _ in self.started}

    def drive(self, server, tokens_file, seconds, connections):
        # Ends with 1 when a vote failed, which its figures say as well.
        done = subprocess.run([BIN / "ostraka-drive", "--port", str(server.port), "--pid", str(server.process.pid),
                               "--connections", str(connections), "--tokens", tokens_file, "--seconds", str(seconds)],
                              stdout=subprocess.PIPE, text=True, timeout=seconds + DRIVE_SECONDS_MORE)
        if not done.stdout:
            sys.exit(f"ostraka-drive ended with {done.returncode}")
        return json.loads(done.stdout)
