"""One system, a disk to keep it on, clocks, and a proxy before its door; and what an operator does with it.

What the system answers wrongly is noted as a violation; the harness goes on, so that a round tells all of them.
"""

import contextlib
import http.client
import json
import os
import pathlib
import random
import select
import signal
import time

from ostraka import BIN, Client, System, eventually

from clocks import Clocks
from places import wait_until_dead
from proxy import Proxy
from witness import OPTIONS

START_SECONDS = 45
PARTITIONS = 2
MARKERS_EACH = 2  # of an election that was opened and closed, in each partition


def children_of(process):
    """None of one that has ended: its number may be somebody else's by now."""
    if process.poll() is not None:
        return []
    return [int(child) for children in pathlib.Path(f"/proc/{process.pid}/task").glob("*/children")
            for child in children.read_text().split()]


def contest(election, **members):
    return {"id": election, "title": f"Round {election}", **members,
            "contests": [{"id": "one", "title": "Which?", "method": "single",
                          "options": [{"id": option, "title": option} for option in OPTIONS]}]}


class World:
    def __init__(self, place, seed, with_clocks=False):
        self.place = place
        self.random = random.Random(seed)
        self.clocks = Clocks(place.folder / "clocks") if with_clocks else None
        self.system = System(place.data, partitions=PARTITIONS, binaries=self.clocks.binaries if with_clocks else BIN)
        # What is said about a broken disk is kept on another.
        self.system.stderr_file = place.folder / "up.stderr"
        self.violations = []
        self.notes = []
        self.finished = {}  # election -> its final result
        self.halted_service = None
        self.proxy = None

    @property
    def has(self):
        return ({"forget"} if self.place.can_forget else set()) | (
            {"fill up"} if self.place.can_fill_up else set()) | ({"clocks"} if self.clocks else set())

    def violated(self, words):
        self.violations.append(words)

    def note(self, words):
        self.notes.append(words)

    # -- life ---------------------------------------------------------------------------------------------------

    def __enter__(self):
        self.start()
        self.proxy = Proxy(0, self.system.port, self.random.randrange(1 << 32))
        self.proxy.__enter__()
        return self

    def __exit__(self, *_):
        if self.proxy is not None:
            self.proxy.__exit__()
        if self.system.process is not None:
            self.kill_everything()

    def start(self, wait=True):
        """Until votes can be cast. On the port that it had. On a full disk the operator sees to that first."""
        self.system.start(port=self.system.port or 0, wait=False)
        if self.place.is_full:
            time.sleep(1)  # time to fail in
            self.place.make_space()
            if self.system.process.poll() is not None:
                self.note("up does not start on a full disk")
                self.system.stop()
                self.system.start(port=self.system.port or 0, wait=False)
        if not wait:
            return
        process = self.system.process
        readable = select.select([process.stdout], [], [], START_SECONDS)[0]
        assert readable, f"not ready within {START_SECONDS} s: {self.last_words()}"
        self.system.wait_ready()

    def stop(self):
        return self.system.stop()

    def kill_everything(self):
        """At once, as when the power fails. How many processes; none of them runs any more then."""
        system = self.system
        system.process.send_signal(signal.SIGSTOP)  # or it would start them again, and they would see it die
        pids = children_of(system.process)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        system.process.kill()
        system.process.wait()
        wait_until_dead(pids)
        system.process.stdout.close()
        system.stderr.close()
        system.process = None
        if system.client is not None:
            system.client.close()
        return len(pids) + 1

    def pid(self, service):
        """None when it is not running. A disk that lost power may hold the list of an earlier time."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            pid = self.system.pids()[service]
            return pid if pid in children_of(self.system.process) else None
        return None

    def signal(self, service, how):
        """Whether it was there to be hit."""
        pid = self.pid(service)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
            return True
        return False

    def has_halted(self):
        """A service ended because its storage failed, and stays down until somebody has looked."""
        with contextlib.suppress(OSError, ValueError, AssertionError):
            return (self.system.metric("up", "ostraka_service_halted") or 0) > 0
        return False

    def last_words(self):
        return self.system.stderr_tail()[-1500:]

    def sockets(self):
        record = self.system.directory / "run" / "sockets"
        return pathlib.Path(record.read_text().strip()) if record.exists() else self.system.directory / "run"

    def heal(self):
        """Everything serves again. A service that halted by design is started as an operator does it."""
        if self.has_halted():
            self.note("a service had halted")
            self.stop()
            self.check_the_log()
            self.start()
        eventually(lambda: self.ask("GET", "/readyz").status == 200, START_SECONDS)

    # -- questions ----------------------------------------------------------------------------------------------

    def ask(self, method, path, body=None, token=None):
        """An answer that is none of 503 and 429: asking again is always safe. From a connection of its own."""
        def attempt():
            client = Client(self.system.port, timeout=10)
            try:
                answer = client.request(method, path, body, token=token)
                return answer if answer.status not in (429, 503) else None
            finally:
                client.close()
        return eventually(attempt, START_SECONDS)

    def administer(self, path, body=None):
        return self.ask("POST", path, body, token=self.system.admin_token)

    def try_to_make_an_election(self):
        """A draft, if all goes well; nobody waits for it."""
        client = Client(self.system.port, timeout=3)
        with contextlib.suppress(OSError, http.client.HTTPException):
            client.request("POST", "/v1/elections", contest(f"draft-{time.monotonic_ns()}"),
                           token=self.system.admin_token)
        client.close()

    def ballot_token(self, election, name):
        signed_in = self.ask("POST", "/v1/development/sign-in", {"name": name})
        answer = self.ask("POST", f"/v1/elections/{election}/ballot-tokens", token=signed_in.json["id_token"])
        assert answer.status == 201, answer
        return answer.json["ballot_token"]

    def every_option(self, election, name):
        """What the voter is answered to each of the options: (status, place of the ballot that counts)."""
        token = self.ballot_token(election, name)
        heard = []
        for option in self.random.sample(OPTIONS, len(OPTIONS)):
            answer = self.ask("POST", f"/v1/elections/{election}/votes", {"ballot": {"one": [option]}}, token=token)
            receipt = answer.json.get("receipt", {})
            heard.append((answer.status, (receipt.get("partition"), receipt.get("offset"))))
        return heard

    # -- looking at the log -------------------------------------------------------------------------------------

    def check_the_log(self):
        """Whether the system runs or not."""
        checked = self.system.fsck(check=False)
        if checked.returncode != 0:
            self.violated(f"fsck: {checked.stdout[-600:]} {checked.stderr[-300:]}")

    def recount(self, election):
        """Its document, and the voters that it counted."""
        voters = self.place.folder / "voters.txt"
        done = self.system.cli("recount", election, "--data", self.system.directory, "--json", "--voters", voters,
                               check=False, server=False)
        if done.returncode != 0:
            self.violated(f"recount ended with {done.returncode}: {done.stderr[-400:]}")
        return json.loads(done.stdout), voters.read_text().split()
