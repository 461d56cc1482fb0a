"""The faults, each with a beginning and an end, so that several can be at work at once.

`begin` does the harm, `end` undoes what does not undo itself; `struck` is then how much harm it was: processes killed
or paused, pages and names lost, syncs failed, chunks delayed or cut. `KINDS` names them all; a kind says what it needs
of a world.
"""

import contextlib
import re
import signal
import time

from ostraka import SERVICES, eventually

from clocks import NOTICED_SECONDS
from proxy import Proxy

WRITERS = ("ballotbox", "identity", "elections")
FOUND_SECONDS = 5
HALT_SECONDS = 6  # in which a failing sync is met, with votes streaming in


class Fault:
    kind = ""
    needs = ()  # of the world: "forget", "fill up", "clocks"
    stops_services = False

    def __init__(self, random):
        self.random = random
        self.struck = 0

    def begin(self, world):
        raise NotImplementedError

    def end(self, world):
        pass


class Kill(Fault):
    """kill -9 of some services, several times perhaps; `up` starts them again."""
    kind, stops_services = "kill", True

    def begin(self, world):
        for _ in range(self.random.randint(1, 3)):
            self.struck += world.signal(self.random.choice(SERVICES), signal.SIGKILL)
            time.sleep(self.random.uniform(0, 0.3))


class KillAll(Fault):
    """kill -9 of `up`: everything dies with it."""
    kind, stops_services = "kill everything", True

    def begin(self, world):
        self.struck = world.kill_everything()
        world.start()


class Pause(Fault):
    """SIGSTOP of one or two services, which wake up late."""
    kind = "pause"

    def begin(self, world):
        self.paused = self.random.sample(SERVICES, self.random.randint(1, 2))
        for service in self.paused:
            self.struck += world.signal(service, signal.SIGSTOP)
        time.sleep(self.random.uniform(0.2, 1.2))

    def end(self, world):
        for service in self.paused:
            world.signal(service, signal.SIGCONT)  # its successor, if it was killed meanwhile, does not mind


class PowerLoss(Fault):
    """Everything stops at once, and the disk forgets what was not synced: all of it, or all but some torn rest."""
    kind, needs, stops_services = "power loss", ("forget",), True

    def begin(self, world):
        slow = self.random.choice((0, 2, 20))  # milliseconds: more is on its way then
        world.place.tell(f"slow-syncs {slow}")
        time.sleep(self.random.uniform(0, 0.3))
        self.fail_once(world)
        while self.random.random() < 0.3:  # once more, while everything comes back
            world.start(wait=False)
            time.sleep(self.random.uniform(0, 0.5))
            self.fail_once(world)
        world.place.tell("slow-syncs 0")
        world.start()

    def fail_once(self, world):
        world.kill_everything()
        said = world.place.tell("lose" if self.random.random() < 0.4 else f"tear {self.random.randrange(1 << 32)}")
        self.struck += sum(int(number) for number in re.findall(r"=(\d+)", said))


class FailedSync(Fault):
    """A sync of a log fails, and what it should have saved is gone. Its writer ends; an operator looks."""
    kind, needs, stops_services = "failed sync", ("forget",), True

    def begin(self, world):
        failed = world.place.failed_syncs()
        stream = self.random.choice(("ballots", "ballots", "issuances", "elections"))
        world.place.tell(f"fail-syncs 1 /log/{stream}/")
        if stream == "elections":
            world.try_to_make_an_election()
        try:
            eventually(lambda: world.place.failed_syncs() > failed, HALT_SECONDS)
        except AssertionError:
            world.place.tell("fail-syncs 0")  # nobody wrote
            return
        self.struck = 1
        eventually(world.has_halted, HALT_SECONDS)
        world.note("the operator stops, looks, and starts again")
        code = world.stop()
        if code != 1:
            world.violated(f"up ended with {code} although a service had halted")
        world.check_the_log()
        world.start()


class FullDisk(Fault):
    """No space for a while, and a writer that has to come back on it, perhaps."""
    kind, needs, stops_services = "full disk", ("fill up",), True

    def begin(self, world):
        world.place.fill_up()
        self.struck = 1
        if self.random.random() < 0.6:
            world.signal(self.random.choice(WRITERS), signal.SIGKILL)
        time.sleep(self.random.uniform(0.3, 1.2))

    def end(self, world):
        world.place.make_space()


class ClockJump(Fault):
    """The wall clock of some services, or all, jumps; it comes back at the end."""
    kind, needs = "clock jump", ("clocks",)
    SECONDS = (-7200, -900, -30, -3, 3, 30, 900, 7200)

    def begin(self, world):
        services = SERVICES if self.random.random() < 0.5 else self.random.sample(SERVICES, self.random.randint(1, 3))
        seconds = self.random.choice(self.SECONDS)
        for service in services:
            world.clocks.set(service, seconds)
            self.struck += 1
        time.sleep(NOTICED_SECONDS + self.random.uniform(0.2, 1.2))

    def end(self, world):
        world.clocks.set_right()
        time.sleep(NOTICED_SECONDS + 0.2)  # nothing says when they have


class CutConnections(Fault):
    """Voters' connections break in the middle of requests and answers."""
    kind = "cut connections"

    def begin(self, world):
        before = world.proxy.cuts
        world.proxy.cut_share = self.random.choice((0.02, 0.1, 0.3))
        time.sleep(self.random.uniform(0.5, 1.5))
        self.struck = world.proxy.cuts - before

    def end(self, world):
        world.proxy.heal()


class SlowConnections(Fault):
    """What voters and gateway say to each other arrives late."""
    kind = "slow connections"

    def begin(self, world):
        before = world.proxy.delayed
        world.proxy.delay_seconds_max = self.random.choice((0.02, 0.1, 0.5))
        time.sleep(self.random.uniform(0.5, 1.5))
        self.struck = world.proxy.delayed - before

    def end(self, world):
        world.proxy.heal()


class CutServices(Fault):
    """A proxy takes the place of a service's socket: batches, commands and counts are late, or cut in the middle."""
    kind, stops_services = "cut between services", True

    def begin(self, world):
        self.proxy = None
        behind = self.random.choice(("ballotbox.streams", "ballotbox.streams", "identity.streams", "ballotbox", "tally",
                                     "identity", "elections"))
        self.socket = world.sockets() / f"{behind}.sock"
        self.moved = self.socket.with_suffix(".behind")
        if not self.socket.exists():
            return  # it is just being started
        self.socket.rename(self.moved)
        proxy = Proxy(str(self.socket), str(self.moved), self.random.randrange(1 << 32))
        try:
            self.proxy = proxy.__enter__()
        except OSError:  # no space for a socket
            self.moved.rename(self.socket)
            return
        self.inode = self.socket.stat().st_ino
        world.signal("gateway", signal.SIGKILL)  # its successor finds the proxy
        with contextlib.suppress(AssertionError):  # it may be kept from coming up
            eventually(lambda: self.proxy.passed > 0, FOUND_SECONDS)
        if self.random.random() < 0.5:
            self.proxy.delay_seconds_max = self.random.choice((0.05, 0.3))
        time.sleep(self.random.uniform(0.3, 0.6))
        self.proxy.cut_share = self.random.choice((0.02, 0.2))
        time.sleep(self.random.uniform(0.5, 1.2))
        self.struck = self.proxy.cut_all()

    def end(self, world):
        if self.proxy is None:
            return
        self.struck += self.proxy.delayed + self.proxy.cuts
        # A service that started meanwhile has made a socket of its own.
        with contextlib.suppress(FileNotFoundError):
            if self.socket.stat().st_ino == self.inode and self.moved.exists():
                self.moved.rename(self.socket)
        self.moved.unlink(missing_ok=True)
        self.proxy.__exit__()


KINDS = (Kill, KillAll, Pause, PowerLoss, FailedSync, FullDisk, ClockJump, CutConnections, SlowConnections, CutServices)


def possible(world_has):
    return [kind for kind in KINDS if set(kind.needs) <= world_has]
