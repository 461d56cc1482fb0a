"""Several of each service with the log on three brokers: two ballot boxes share the partitions, two tallies count, two
gateways ask both. The real ballots count the same; what dies, stands still or is restarted costs nobody a vote."""

import itertools
import json
import os
import signal
import threading
import time
import urllib.request

import pytest

from kafka_cluster import KafkaCluster
from kafka_ports import free_ports
from kafka_system import KafkaSystem
from ostraka import Client, eventually, song_contest
from test_crashes import Voters, progressed
from test_real_ballots import *  # noqa: F401,F403  the tests, with this file's `system`

PARTITIONS = 4
BALLOT_BOXES = ("ballotbox", "ballotbox-2")
TALLIES = ("tally", "tally-2")
GATEWAYS = ("gateway", "gateway-2")
VOTERS_AT_ONCE = 6
# Of a group's member that says nothing (src/log/kafka/kafka_sharing.h).
SESSION_SECONDS = 6
PAUSED_ROUNDS = int(os.environ.get("OSTRAKA_PAUSED_ROUNDS", 2))  # 20 in the long run


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka") / "cluster") as running:
        yield running


@pytest.fixture(scope="module")
def system(tmp_path_factory, cluster):
    second = free_ports(1)[0]
    running = KafkaSystem(tmp_path_factory.mktemp("ostraka") / "data", cluster.url,
                          ["--ballot-boxes", "2", "--tallies", "2", "--also-listen", f"127.0.0.1:{second}"])
    running.create_topics(PARTITIONS)
    running.start()
    running.ports = [running.port, second]
    eventually(lambda: all(held(running, box) == 2 for box in BALLOT_BOXES), 60)
    yield running
    assert running.stop() == 0


def held(system, ballot_box):
    return metric(system, ballot_box, "ostraka_ballotbox_partitions_held")


def metric(system, instance, name):
    """Of one of several instances; None while it is not there."""
    service = instance.split("-")[0]
    folder = system.directory / "run" / (instance if instance != service else "")
    try:
        address = (folder / f"{service}.management").read_text().strip()
        page = urllib.request.urlopen(f"http://{address}/metrics", timeout=5).read().decode()
    except OSError:
        return None
    samples = [float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
               if line.startswith(name) and line[len(name)] in " {"]
    return sum(samples) if samples else None


class AnyGateway(Client):
    """As behind a balancer: a gateway that does not answer is followed by the other one."""

    def __init__(self, ports, timeout):
        super().__init__(ports[0], timeout)
        self.others = itertools.cycle(ports)

    def exchange(self, *request):
        try:
            return super().exchange(*request)
        except Exception:
            self.port = next(self.others)
            raise


class PatientVoters(Voters):
    """They ask either gateway; what a vote was answered beside 200, 201 and 409 is kept."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.failed = []
        self.slowest = 0.0

    def client(self):
        return AnyGateway(self.system.ports, timeout=8)

    def until_told(self, client, path, body, token):
        begun = time.monotonic()
        while True:
            try:
                answer = client.request("POST", path, body, token=token)
                if answer.status not in (429, 503):
                    break
                self.failed.append((path, answer))
            except Exception:  # a gateway that went away: the other one knows
                pass
            time.sleep(0.02)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return answer


@pytest.fixture
def streaming(system):
    election = system.create(song_contest(f"stream-{time.monotonic_ns()}"))
    stop = threading.Event()
    voters = [PatientVoters(system, election, number, stop) for number in range(VOTERS_AT_ONCE)]
    for voter in voters:
        voter.start()
    yield election, voters
    stop.set()
    for voter in voters:
        voter.join()


def restart_with_sigterm(system, instance):
    before = system.pids()[instance]
    system.kill(instance, signal.SIGTERM)
    eventually(lambda: system.pids().get(instance) not in (None, before), 60)


def finish(system, election, voters, tmp_path):
    """Everybody was told the truth: who was answered is counted, nobody else is, nobody twice."""
    eventually(progressed(voters, VOTERS_AT_ONCE), 90)
    voters[0].stop.set()
    for voter in voters:
        voter.join()
    lies = [lie for voter in voters for lie in voter.lies]
    assert not lies, lies[:5]
    answered = {key: vote for voter in voters for key, vote in voter.answered.items()}
    eventually(lambda: system.admin("POST", f"/v1/elections/{election}/close").status == 200, 60)
    final = system.results_when(election, lambda r: r["final"], 90)
    listed = tmp_path / "voters"
    recount = system.recount(election, "--voters", listed)
    counted = listed.read_text().split()
    assert len(counted) == len(set(counted)) == recount["voters"] == final["ballots"]["counted"]
    assert set(answered) == set(counted)
    assert recount["contests"] == final["contests"]
    # An owner that was replaced may write its own closed marker behind the one that counts: the recount reads that, too.
    assert all(recount["covers"][partition] >= covers for partition, covers in final["covers"].items())
    return final, answered


def test_two_ballot_boxes_have_half_of_the_partitions_each(system):
    for box in BALLOT_BOXES:
        assert held(system, box) == PARTITIONS / 2
    election = system.create(song_contest("halves"))
    for i in range(40):
        assert system.vote(election, f"voter-{i}", {"song": ["a"]}).status == 201
    appended = [metric(system, box, "ostraka_ballotbox_appends_total") for box in BALLOT_BOXES]
    assert all(appends > 2 for appends in appended), appended


def test_both_gateways_show_the_same_results(system):
    election = system.create(song_contest("same"))
    for i in range(20):
        assert system.vote(election, f"voter-{i}", {"song": ["b"]}).status == 201
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    for port in system.ports:
        def final(port=port):
            answer = Client(port).request("GET", f"/v1/elections/{election}/results")
            return answer.status == 200 and answer.json["final"] and answer.json
        assert eventually(final, 60)["ballots"]["counted"] == 20


def test_a_rolling_restart_of_every_service_fails_no_vote(system, streaming, tmp_path):
    election, voters = streaming
    eventually(progressed(voters, 30), 60)
    for instance in (*BALLOT_BOXES, *TALLIES, *GATEWAYS):
        moved = progressed(voters, 20)
        restart_with_sigterm(system, instance)
        eventually(moved, 60)
        if instance in BALLOT_BOXES:  # the next one only when this one has its share again: as an operator would
            eventually(lambda: all(held(system, box) == 2 for box in BALLOT_BOXES), 60)
    failed = [failure for voter in voters for failure in voter.failed if failure[0].endswith("/votes")]
    assert not failed, failed[:5]
    finish(system, election, voters, tmp_path)
    print(json.dumps({"slowest_answer_seconds": max(voter.slowest for voter in voters)}))


def test_a_rolling_restart_of_every_broker_fails_no_vote(system, cluster, streaming, tmp_path):
    election, voters = streaming
    eventually(progressed(voters, 30), 60)
    for node in cluster.nodes:
        moved = progressed(voters, 20)
        node.stop()
        eventually(moved, 60)
        node.start()
        cluster.wait_until_up()
        for partition in range(PARTITIONS):
            cluster.wait_until_in_sync("ostraka-ballots", partition, 3)
    failed = [failure for voter in voters for failure in voter.failed if failure[0].endswith("/votes")]
    assert not failed, failed[:5]
    finish(system, election, voters, tmp_path)


def test_a_ballot_box_that_is_killed_is_taken_over_in_seconds(system, streaming, tmp_path):
    election, voters = streaming
    eventually(progressed(voters, 30), 60)
    system.kill("ballotbox-2", signal.SIGSTOP)  # not restarted by anybody: the other one has to take over
    stopped = time.monotonic()
    eventually(lambda: held(system, "ballotbox") == PARTITIONS, 60)
    eventually(progressed(voters, 20 * VOTERS_AT_ONCE), 60)
    took = time.monotonic() - stopped
    system.kill("ballotbox-2", signal.SIGKILL)
    finish(system, election, voters, tmp_path)
    assert took < 30, took
    eventually(lambda: all(held(system, box) == 2 for box in BALLOT_BOXES), 60)


@pytest.mark.parametrize("round", range(PAUSED_ROUNDS))
def test_a_paused_owner_that_wakes_after_it_was_replaced_does_no_harm(system, streaming, tmp_path, round):
    """It has votes in its hands when it stops; they are sent to its successor meanwhile; then it wakes and writes them."""
    election, voters = streaming
    box = BALLOT_BOXES[round % 2]
    other = BALLOT_BOXES[1 - round % 2]
    eventually(lambda: all(held(system, one) == 2 for one in BALLOT_BOXES), 90)
    eventually(progressed(voters, 30), 60)
    system.kill(box, signal.SIGSTOP)
    try:
        paused = time.monotonic()
        eventually(lambda: held(system, other) == PARTITIONS, 60)
        assert time.monotonic() - paused > SESSION_SECONDS / 2
        eventually(progressed(voters, 5 * VOTERS_AT_ONCE), 60)
    finally:
        system.kill(box, signal.SIGCONT)
    eventually(progressed(voters, 5 * VOTERS_AT_ONCE), 60)
    finish(system, election, voters, tmp_path)
