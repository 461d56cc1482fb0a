"""One round: an election, votes streaming in, faults at work, everything healed, and then what must hold."""

import contextlib
import json
import subprocess
import time
from dataclasses import asdict, dataclass, field

from ostraka import eventually

import checks
from witness import Witness, voter_key
from world import MARKERS_EACH, World, contest

RATE = 500  # votes a second
VOTERS = 1_500
REPEAT_SHARE = 0.1
WITNESSES = 3
CLOSED_SHARE = 0.3  # of the rounds: in the middle of it all
STANDING_STILL = {"full disk", "pause"}
ASKED_AGAIN = 5  # of the voters who were answered
BEGUN_SECONDS = 20
LOAD_SECONDS = 90
CLOSES_SECONDS = 600  # beyond any round, within a jump of the clock


@dataclass
class Outcome:
    number: int
    place: str
    faults: dict  # kind -> how much harm it was; 0 when nothing came of it
    closed_in_the_middle: bool = False
    acked: int = 0  # voters of the load
    witnessed: int = 0  # voters who were answered while the faults were at work
    counted: int = 0
    seconds: float = 0
    violations: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def as_json(self):
        return asdict(self)


class Load:
    """`ostraka load` in the background, through the world's proxy."""

    def __init__(self, world, election):
        self.acked_file = world.place.folder / f"{election}.acked"
        self.passed = world.proxy.passed
        self.world = world
        self.process = subprocess.Popen(
            [world.system.binaries / "ostraka", "load", election, "--voters", str(VOTERS), "--rate", str(RATE),
             "--repeat", str(REPEAT_SHARE), "--connections", "32", "--tokens-ahead", str(VOTERS), "--voter-prefix",
             prefix(election), "--data", world.system.directory, "--server", f"http://127.0.0.1:{world.proxy.listen}",
             "--json", "--acked", self.acked_file],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_until_begun(self):
        eventually(lambda: self.world.proxy.passed > self.passed + 50 or self.process.poll() is not None, BEGUN_SECONDS)

    def end(self):
        """Its figures."""
        try:
            said, complaints = self.process.communicate(timeout=LOAD_SECONDS)
        finally:
            self.abandon()
        assert self.process.returncode == 0, (self.process.returncode, complaints[-500:])
        return json.loads(said)

    def abandon(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def acked(self):
        return self.acked_file.read_text().split()


def prefix(election):
    return f"{election}-voter-"


def run_round(world: World, number, kinds):
    outcome = Outcome(number, world.place.name, {kind.kind: 0 for kind in kinds})
    begun = time.monotonic()
    world.violations.clear()
    world.notes.clear()
    load = None
    witnesses = []
    try:
        election = f"round-{number}"
        opened(world, election, kinds)
        load = Load(world, election)
        load.wait_until_begun()
        witnesses = [Witness(world.proxy.listen, election, witness) for witness in range(WITNESSES)]
        for witness in witnesses:
            witness.start()
        hurt(world, election, kinds, outcome)
        healing = time.monotonic()
        world.heal()
        world.note(f"served again after {time.monotonic() - healing:.1f} s")
        dismiss(witnesses)
        look_at(world, election, load, witnesses, outcome)
    except Exception as error:  # the round failed, and the others have to be told of it
        world.violated(f"{type(error).__name__}: {str(error)[-1500:]}")
    finally:
        dismiss(witnesses)
        if load is not None:
            load.abandon()
    outcome.violations = list(world.violations)
    outcome.notes = list(world.notes)
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


def opened(world, election, kinds):
    """With an end that a jumping clock goes past, when no service starts anew under a clock that jumped."""
    members = {}
    if any("clocks" in kind.needs for kind in kinds) and not any(kind.stops_services for kind in kinds):
        members["closes_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + CLOSES_SECONDS))
    assert world.administer("/v1/elections", contest(election, **members)).status in (200, 201)
    assert world.administer(f"/v1/elections/{election}/open").status == 200


def hurt(world, election, kinds, outcome):
    """All faults begin, one after the other, then end. At times the election is closed in the middle of it."""
    close_behind = world.random.randrange(len(kinds)) if world.random.random() < CLOSED_SHARE else len(kinds)
    begun = set()
    with contextlib.ExitStack() as ends:  # whatever becomes of the others
        for at, fault in enumerate(kind(world.random) for kind in kinds):
            begun.add(fault.kind)
            ends.callback(end, fault, world, outcome)
            fault.begin(world)
            time.sleep(world.random.uniform(0, 0.2))
            # On a full disk, or while a service sleeps, nobody can be told that it is closed: then behind all of them.
            if at >= close_behind and not outcome.closed_in_the_middle and not begun & STANDING_STILL:
                close(world, election)
                outcome.closed_in_the_middle = True
    if close_behind < len(kinds) and not outcome.closed_in_the_middle:
        close(world, election)
        outcome.closed_in_the_middle = True


def close(world, election):
    closed = world.administer(f"/v1/elections/{election}/close")
    assert closed.status == 200, closed


def end(fault, world, outcome):
    fault.end(world)
    outcome.faults[fault.kind] = fault.struck


def dismiss(witnesses):
    for witness in witnesses:
        witness.stop.set()
    for witness in witnesses:
        witness.join()


def look_at(world, election, load, witnesses, outcome):
    state = world.ask("GET", f"/v1/elections/{election}").json["state"]
    expected = "closed" if outcome.closed_in_the_middle else "open"
    if state != expected:
        world.violated(f"the election is {state}, nobody asked for that")
    figures = load.end()
    if figures["refused"]:
        world.note(f"refused: {figures['refused']}")
    world.note(f"the load took {figures['seconds']:.1f} s, sent {figures['sent_again']} again")
    for violation in checks.load_was_told_the_truth(figures):
        world.violated(violation)
    acked = load.acked()
    outcome.acked = len(set(acked))
    ask_again(world, election, acked)
    close(world, election)
    result = final_result(world, election)
    recount, counted = world.recount(election)
    outcome.counted = len(counted)
    found = (checks.acked_votes_are_counted(acked, counted) + checks.nobody_is_counted_twice(counted, recount) +
             checks.only_the_entitled_are_counted(recount) + checks.tally_and_recount_agree(result, recount) +
             checks.votes_add_up(recount))
    found += [lie for witness in witnesses for lie in witness.lies]
    answered = {voter: vote for witness in witnesses for voter, vote in witness.answered.items()}
    refused = {voter for witness in witnesses for voter in witness.refused}
    found += checks.witnesses_were_told_the_truth(answered, refused, counted, recount)
    outcome.witnessed = len(answered)
    for earlier in world.finished.values():
        found += checks.a_final_result_stays(earlier, final_result(world, earlier["election"]))
    world.finished[election] = result
    for violation in found:
        world.violated(violation)
    world.check_the_log()


def final_result(world, election):
    def attempt():
        result = world.ask("GET", f"/v1/elections/{election}/results").json
        return result if result["final"] else None
    return eventually(attempt, 30)


def ask_again(world, election, acked):
    """Some of those who were answered: whichever option they chose, it is the one that counts, and no other."""
    answered = set(acked)
    asked = 0
    for number in world.random.sample(range(VOTERS), min(VOTERS, 10 * ASKED_AGAIN)):
        name = f"{prefix(election)}{number}"
        key = voter_key(world.ballot_token(election, name))
        if key not in answered:
            continue
        for violation in checks.answers_are_true(key[:6], world.every_option(election, name)):
            world.violated(violation)
        asked += 1
        if asked == ASKED_AGAIN:
            return
    if answered and asked == 0 and len(answered) > VOTERS / 2:
        world.violated("none of the voters that were answered is known by their name")


def end_of_world(world):
    """What must hold over all its elections. Violations."""
    recounts = []
    found = []
    for election, result in world.finished.items():
        recount, counted = world.recount(election)
        recounts.append(recount)
        found += checks.tally_and_recount_agree(result, recount) + checks.nobody_is_counted_twice(counted, recount)
    if recounts:
        found += checks.records_add_up(recounts, MARKERS_EACH)
    return found
