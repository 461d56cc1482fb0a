"""Whole elections with the log on three brokers: the same that test_real_ballots.py holds on the embedded log, and what
brokers and a ballot box that die do to them."""

import subprocess

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from kafka_cluster import KafkaCluster
from kafka_system import KafkaSystem
from ostraka import BIN, eventually, song_contest
from test_real_ballots import *  # noqa: F401,F403  the tests, with this file's `system`

PARTITIONS = 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka") / "cluster") as running:
        yield running


@pytest.fixture(scope="module")
def system(tmp_path_factory, cluster):
    running = KafkaSystem(tmp_path_factory.mktemp("ostraka") / "data", cluster.url)
    running.create_topics(PARTITIONS)
    running.start()
    yield running
    assert running.stop() == 0


def ostraka(*arguments):
    return subprocess.run([BIN / "ostraka", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, check=False)


def test_a_ballot_box_that_is_killed_knows_everybody_again(system):
    election = system.create(song_contest("killed"))
    tokens = {f"voter-{i}": system.ballot_token(election, f"voter-{i}") for i in range(40)}
    for name, token in tokens.items():
        assert system.vote(election, name, {"song": ["a"]}, token).status == 201
    old = system.pids()["ballotbox"]
    system.kill("ballotbox")
    eventually(lambda: system.pids().get("ballotbox", old) != old)
    for name, token in tokens.items():
        answer = eventually(lambda: (lambda a: a if a.status != 503 else None)(
            system.vote(election, name, {"song": ["a"]}, token)), 60)
        assert answer.status == 200, answer
    other = system.vote(election, "voter-0", {"song": ["b"]}, tokens["voter-0"])
    assert other.status == 409, other
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    final = system.results_when(election, lambda r: r["final"])
    assert final["ballots"]["counted"] == 40
    assert system.recount(election)["voters"] == 40


def test_what_was_answered_outlives_a_leader_that_dies(system, cluster, tmp_path):
    election = system.create(song_contest("leader"))
    acked = tmp_path / "acked"
    load = subprocess.Popen([BIN / "ostraka", "load", election, "--voters", "20000", "--rate", "400", "--duration", "40",
                             "--data", system.directory, "--server", system.server, "--acked", acked, "--json"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    eventually(lambda: acked.exists() and acked.stat().st_size > 0)
    victim = cluster.node(cluster.partition("ostraka-ballots", 0)["leader"])
    victim.kill()
    load.wait(120)
    load.stdout.close()
    victim.start()
    cluster.wait_until_up()
    eventually(lambda: system.management("gateway", "/readyz").status == 200, 120)
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    final = system.results_when(election, lambda r: r["final"], 120)
    voters = tmp_path / "voters"
    recount = system.recount(election, "--voters", voters)
    answered = acked.read_text().split()
    counted = voters.read_text().split()
    assert len(answered) > 1_000
    assert set(answered) <= set(counted)
    assert len(counted) == len(set(counted)) == recount["voters"] == final["ballots"]["counted"]


def test_records_of_elections_that_land_twice_are_nothing(system, cluster):
    """As appends that timed out and came through after all: to every service, and to one that starts afresh."""
    election = system.create(song_contest("twice"))
    consumer = KafkaConsumer(bootstrap_servers=cluster.addresses, enable_auto_commit=False,
                             auto_offset_reset="earliest")
    topic = TopicPartition("ostraka-elections", 0)
    consumer.assign([topic])
    end = consumer.end_offsets([topic])[topic]
    records = []
    while len(records) < end:
        records += [record.value for batch in consumer.poll(timeout_ms=1_000).values() for record in batch]
    consumer.close()
    producer = KafkaProducer(bootstrap_servers=cluster.addresses, acks="all")
    for record in records:
        producer.send("ostraka-elections", record, partition=0).get(30)
    producer.close()
    assert system.vote(election, "voter-1", {"song": ["a"]}).status == 201
    before = system.pids()
    for service in ("elections", "ballotbox", "tally", "gateway"):
        system.kill(service)
    eventually(lambda: all(system.pids().get(service) not in (None, pid) for service, pid in before.items()
                           if service in ("elections", "ballotbox", "tally", "gateway")), 60)
    eventually(lambda: system.request("GET", "/readyz").status == 200, 60)
    assert eventually(lambda: (lambda a: a if a.status != 503 else None)(
        system.vote(election, "voter-2", {"song": ["b"]})), 60).status == 201
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    assert system.results_when(election, lambda r: r["final"])["ballots"]["counted"] == 2
    assert system.create(song_contest("behind"))


def test_topics_are_checked_and_cannot_be_made_otherwise(system, cluster):
    checked = ostraka("topics", "check", "--log", cluster.url)
    assert checked.returncode == 0, checked
    assert checked.stdout.count("safe") == 4
    again = ostraka("topics", "create", "--log", cluster.url, "--partitions", PARTITIONS + 1)
    assert again.returncode == 1 and f"with {PARTITIONS} partitions" in again.stderr, again


def test_topics_that_could_lose_votes_are_refused(tmp_path, cluster):
    for stream in ("elections", "administration", "ballots", "issuances"):
        cluster.create_topic(f"loose-{stream}", settings={"retention.ms": "1000"})
    url = f"{cluster.url}?prefix=loose-"
    checked = ostraka("topics", "check", "--log", url)
    assert checked.returncode == 1 and checked.stdout.count("retention.ms is not -1") == 4, checked
    up = ostraka("up", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--log", url)
    assert up.returncode == 1 and "could lose votes" in up.stderr, up


def test_topics_that_are_not_there_are_named(tmp_path, cluster):
    up = ostraka("up", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--log", f"{cluster.url}?prefix=none-")
    assert up.returncode == 1
    assert "none-ballots is not there" in up.stderr and "ostraka topics create" in up.stderr, up
