"""The disk fills up, stops confirming writes, or is met half written. What was answered stays true."""

import collections
import http.client
import os
import pathlib
import subprocess
import threading
import time

import pytest

from ostraka import BIN, System, eventually, song_contest
from test_crashes import VOTERS_AT_ONCE, Voters, check_everything, progressed, voter_key

MIB = 1 << 20
DISK_BYTES = 192 * MIB
# Less than any segment takes (the first has 1 MiB), and enough for what is written beside the log.
LEFT_FREE_BYTES = MIB // 2
TOKENS_SPARE = 720  # four partitions: beyond half of the first issuances segments (128 lone records), not to their end
REFUSALS_SEEN = 100
KILLS_IN_A_ROW = 5
RECOVERY_SEEN_SECONDS = 2


class Abandoned(Exception):
    """The test failed already: nobody is left to tell a voter anything."""


class Witnesses(Voters):
    """Voters that remember what they were told, also when it was no answer yet."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.abandoned = False
        self.told = collections.Counter()  # (what was asked for, status or the name of what broke) -> how often
        self.tokens = {}  # token -> (option, receipt) of votes that were answered 201 or 200

    def until_told(self, client, path, body, token):
        asked = path.rsplit("/", 1)[1]
        while not self.abandoned:
            try:
                answer = client.request("POST", path, body, token=token)
                self.told[asked, answer.status] += 1
                if answer.status not in (429, 503):
                    return answer
                assert answer.problem
            except (OSError, http.client.HTTPException) as error:
                self.told[asked, type(error).__name__] += 1
            time.sleep(0.02)
        raise Abandoned

    def cast(self, client, token, option):
        answer = super().cast(client, token, option)
        if answer.status in (200, 201):
            self.tokens[token] = (option, answer.json["receipt"])
        return answer


class Crowd:
    """Voters at work on an election until the block ends."""

    def __init__(self, system, election):
        self.stop = threading.Event()
        self.voters = [Witnesses(system, election, number, self.stop) for number in range(VOTERS_AT_ONCE)]

    def __enter__(self):
        for voter in self.voters:
            voter.start()
        return self

    def __exit__(self, failure, *_):
        self.stop.set()
        for voter in self.voters:
            voter.abandoned = failure is not None
        for voter in self.voters:
            voter.join()

    def told(self, asked):
        """status -> how often, over all voters."""
        total = collections.Counter()
        for voter in self.voters:
            for (what, status), times in list(voter.told.items()):
                if what == asked:
                    total[status] += times
        return total

    def is_told(self, asked, status, more):
        """A condition: so many more voters were told this since now."""
        start = self.told(asked)[status]
        return lambda: self.told(asked)[status] >= start + more

    def go_on(self, seconds=60):
        eventually(progressed(self.voters, 5 * VOTERS_AT_ONCE), seconds)


# -- a full disk ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", disk], capture_output=True,
                             text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a file system of its own cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.fixture
def on_small_disk(small_disk):
    system = System(small_disk / "data").start()
    yield system
    system.stop()


def fill(disk):
    """Leaves less than a segment takes. What is to be removed to have space again."""
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - LEFT_FREE_BYTES)
    return ballast


def segments(system, stream):
    """partition -> its segment files."""
    return {partition.name: sorted(partition.glob("*.segment"))
            for partition in (system.directory / "log" / stream).iterdir()}


def unfinished(system, stream):
    return list((system.directory / "log" / stream).glob("*/*.new"))


def test_a_full_disk_refuses_votes_and_goes_on_by_itself(on_small_disk, small_disk, tmp_path):
    system = on_small_disk
    election = system.create(song_contest())
    pids = system.pids()
    # So many issuances that they have their next segments already, and the ballots have not.
    tokens = [system.ballot_token(election, f"spare-{i}") for i in range(TOKENS_SPARE)]
    eventually(lambda: len(unfinished(system, "issuances")) == 4)
    early = system.vote(election, "", {"song": ["a"]}, token=tokens[0])
    assert early.status == 201
    ballast = fill(small_disk)
    with Crowd(system, election) as crowd:
        eventually(crowd.is_told("votes", 503, REFUSALS_SEEN), 120)
        assert system.metric("ballotbox", "ostraka_log_disk_full") == 1
        assert system.metric("ballotbox", "ostraka_ballotbox_appends_refused_total") > 0
        assert system.metric("ballotbox", "ostraka_ballotbox_appends_uncertain_total") == 0
        assert "no space" in system.log("ballotbox") and "goes on by itself" in system.log("ballotbox")
        # What needs no space is answered: the truth about a vote that counts, and the results.
        again = system.vote(election, "", {"song": ["a"]}, token=tokens[0])
        assert (again.status, again.json["receipt"]) == (200, early.json["receipt"])
        assert system.vote(election, "", {"song": ["b"]}, token=tokens[0]).status == 409
        assert system.results(election)["ballots"]["counted"] > 0
        ballast.unlink()
        crowd.go_on()
        eventually(lambda: system.metric("ballotbox", "ostraka_log_disk_full") == 0)
        assert any(len(files) > 1 for files in segments(system, "ballots").values())
    assert set(crowd.told("votes")) <= {200, 201, 409, 503}
    assert system.pids() == pids, "a service was restarted"
    crowd.voters[0].answered[voter_key(tokens[0])] = ("a", 0, 0)
    check_everything(system, election, crowd.voters, tmp_path)


def test_a_full_disk_refuses_ballot_tokens_and_goes_on_by_itself(on_small_disk, small_disk, tmp_path):
    system = on_small_disk
    election = system.create(song_contest())
    pids = system.pids()
    ballast = fill(small_disk)
    with Crowd(system, election) as crowd:
        eventually(crowd.is_told("ballot-tokens", 503, REFUSALS_SEEN), 120)
        assert system.metric("identity", "ostraka_log_disk_full") == 1
        assert system.metric("identity", "ostraka_identity_append_failures_total") > 0
        assert "no space" in system.log("identity")
        ballast.unlink()
        crowd.go_on()
        eventually(lambda: system.metric("identity", "ostraka_log_disk_full") == 0)
    assert set(crowd.told("ballot-tokens")) <= {201, 503}
    assert system.pids() == pids, "a service was restarted"
    check_everything(system, election, crowd.voters, tmp_path)


def test_services_killed_on_a_full_disk_come_back_when_there_is_space(on_small_disk, small_disk, tmp_path):
    system = on_small_disk
    election = system.create(song_contest())
    latecomer = system.sign_in("latecomer")
    with Crowd(system, election) as crowd:
        crowd.go_on()
        ballast = fill(small_disk)
        for service in ("ballotbox", "identity"):
            system.kill(service)
        # Coming back takes room for a copy of the last segment, in each partition.
        eventually(lambda: "waits" in system.log("ballotbox") and "No space" in system.log("ballotbox"))
        eventually(lambda: restarts(system, "identity") > 1)
        # The crowd may stand before a ballot box that is not there; somebody else asks for a ballot token.
        ballot_tokens = f"/v1/elections/{election}/ballot-tokens"
        eventually(lambda: system.request("POST", ballot_tokens, token=latecomer).status == 503, 60)
        ballast.unlink()
        crowd.go_on()
    check_everything(system, election, crowd.voters, tmp_path)


def test_a_complaint_that_cannot_be_written_is_no_crash(fresh, tmp_path):
    """stderr on a full disk: what was to be said is lost, what was to be done is not."""
    with open("/dev/full", "w") as full:
        failed = subprocess.run([BIN / "ostraka", "recount", "x", "--data", tmp_path], stderr=full)
        assert failed.returncode == 1
        taken = fresh.start().port
        failed = subprocess.run([BIN / "ostraka", "up", "--data", tmp_path / "other", "--listen", f"127.0.0.1:{taken}"],
                                stderr=full, timeout=30)
        assert failed.returncode == 1
    election = fresh.create(song_contest())
    assert fresh.vote(election, "v", {"song": ["a"]}).status == 201
    (tmp_path / "votes.csv").write_text("song\nSong A\n")
    for command in (["recount", election, "--data", fresh.directory, "--voters", "/dev/full"],
                    ["cast", election, "--ballots", tmp_path / "votes.csv", "--contest", "song", "--columns", "song",
                     "--acked", "/dev/full"]):
        done = fresh.cli(*command, check=False)
        assert done.returncode == 1 and "/dev/full" in done.stderr, done


# -- a disk that does not confirm -------------------------------------------------------------------------------------


def sample(system, name, service):
    """What `up` says about a service."""
    for line in system.management("up", "/metrics").body.decode().splitlines():
        if line.startswith(f'{name}{{service="{service}"}} '):
            return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"no {name} of {service}")


def restarts(system, service):
    return sample(system, "ostraka_service_restarts_total", service)


@pytest.fixture(params=["kept", "lost"])
def unreliable(request, tmp_path):
    """A system and the file that lets the syncs of its ballots fail; the last write is then on the disk, or is not."""
    library = tmp_path / "failing_sync.so"
    source = pathlib.Path(__file__).with_name("failing_sync.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    trigger = tmp_path / "trigger"
    environment = {"LD_PRELOAD": str(library), "FAILING_SYNC_UNDER": "/log/ballots/",
                   "FAILING_SYNC_TRIGGER": str(trigger)}
    if request.param == "lost":
        environment["FAILING_SYNC_LOSES"] = "1"
    system = System(tmp_path / "data", environment=environment).start()
    yield system, trigger
    system.stop()


def test_a_failed_sync_stops_the_ballot_box_until_an_operator_has_looked(unreliable, tmp_path):
    system, trigger = unreliable
    election = system.create(song_contest())
    with Crowd(system, election) as crowd:
        crowd.go_on()
        ballotbox = system.pids()["ballotbox"]
        others = {service: pid for service, pid in system.pids().items() if service != "ballotbox"}
        trigger.touch()
        eventually(lambda: sample(system, "ostraka_service_halted", "ballotbox") == 1)
        assert sample(system, "ostraka_service_up", "ballotbox") == 0
        said = system.stderr_tail()
        assert f"ballotbox (process {ballotbox}) ended with exit code 86" in said
        assert "not started again by itself" in said and f"ostraka fsck --data {system.directory}" in said
        assert said in system.log("up")
        assert "storage failed" in system.log("ballotbox") and "/log/ballots/" in system.log("ballotbox")
        before = {token: vote for voter in crowd.voters for token, vote in list(voter.tokens.items())}
        # The others live on, and nobody is told anything about a vote.
        answers = sum(times for status, times in crowd.told("votes").items() if status in (200, 201, 409))
        eventually(crowd.is_told("votes", 503, 2 * VOTERS_AT_ONCE))
        assert answers == sum(times for status, times in crowd.told("votes").items() if status in (200, 201, 409))
        assert system.ballot_token(election, "somebody-else")
        assert system.request("GET", "/readyz").status == 503
        assert eventually(lambda: system.pids() == others)
        assert restarts(system, "ballotbox") == 0
        assert all(sample(system, "ostraka_service_up", service) == 1 for service in others)

        port = system.port
        assert system.stop() == 1
        assert system.fsck().returncode == 0
        trigger.unlink()
        system.start(port=port)
        for token, (option, receipt) in before.items():
            again = system.vote(election, "", {"song": [option]}, token=token)
            assert (again.status, again.json["receipt"]) == (200, receipt)
        crowd.go_on()
    assert set(before) <= {token for voter in crowd.voters for token in voter.tokens}
    check_everything(system, election, crowd.voters, tmp_path)


# -- killed while it comes back, and around a new segment -------------------------------------------------------------


def test_kills_during_recovery_and_around_new_segments(fresh, tmp_path):
    system = fresh.start()
    election = system.create(song_contest())
    with Crowd(system, election) as crowd:
        crowd.go_on()
        kill_in_a_row(system, lambda: None)
        crowd.go_on()
        kill_in_a_row(system, lambda: wait_for_a_recovery(system))
        # Once more with the next segment prepared, and once more when it is in use.
        eventually(lambda: next_segments(system), 120)
        kill(system)
        eventually(lambda: any(len(files) > 1 for files in segments(system, "ballots").values()), 120)
        kill(system)
        crowd.go_on()
    assert restarts(system, "ballotbox") >= 2 * KILLS_IN_A_ROW + 2
    check_everything(system, election, crowd.voters, tmp_path)
    assert any(len(files) > 1 for files in segments(system, "ballots").values())


def next_segments(system):
    return [path for path in unfinished(system, "ballots") if path.name.startswith("next-")]


def kill_in_a_row(system, wait):
    """The ballot box, and one successor after the other."""
    for _ in range(KILLS_IN_A_ROW):
        kill(system)
        wait()


def kill(system):
    """Returns as soon as there is a successor, which has not come far then."""
    before = system.pids()["ballotbox"]
    system.kill("ballotbox")
    eventually(lambda: system.pids().get("ballotbox") not in (None, before))


def wait_for_a_recovery(system):
    """Until the last segment is being copied; that may be too quick to be seen."""
    deadline = time.monotonic() + RECOVERY_SEEN_SECONDS
    while time.monotonic() < deadline and not list((system.directory / "log/ballots").glob("*/tail.new")):
        pass
