"""examples/independent_reader counts what we count, without any code of ours."""

import json
import os
import subprocess
import sys

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from kafka_cluster import KafkaCluster
from kafka_system import KafkaSystem
from ostraka import SOURCE, eventually


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka") / "cluster") as cluster:
        running = KafkaSystem(tmp_path_factory.mktemp("ostraka") / "data", cluster.url)
        running.create_topics(3)
        running.start()
        running.brokers = ",".join(cluster.addresses)
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """The published .proto files, as anybody would compile them."""
    out = tmp_path_factory.mktemp("messages")
    subprocess.run(["protoc", f"--proto_path={SOURCE / 'proto'}", f"--python_out={out}",
                    "ostraka/v1/ballot_records.proto", "ostraka/v1/election_records.proto"], check=True)
    return out


def count_independently(system, messages, election):
    done = subprocess.run([sys.executable, SOURCE / "examples/independent_reader/count.py", system.brokers, election,
                           "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          env=os.environ | {"PYTHONPATH": str(messages)}, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def write_a_vote_again(system):
    """As an owner that was paused with it in its hands: the same record, later in its partition."""
    consumer = KafkaConsumer(bootstrap_servers=system.brokers, enable_auto_commit=False, auto_offset_reset="earliest")
    consumer.assign([TopicPartition("ostraka-ballots", 0)])
    written = []
    while len(written) < 2:  # behind the marker
        written += [record.value for records in consumer.poll(timeout_ms=1_000).values() for record in records]
    consumer.close()
    producer = KafkaProducer(bootstrap_servers=system.brokers, acks="all")
    producer.send("ostraka-ballots", written[1], partition=0).get(30)
    producer.close()


DEFINITION = {"title": "Là-bas and elsewhere", "contests": [
    {"id": "song", "method": "single", "options": [{"id": "a"}, {"id": "b"}]},
    {"id": "board", "method": "approval", "min_choices": 0, "options": [{"id": "x"}, {"id": "y"}, {"id": "z"}]},
    {"id": "mayor", "method": "ranked", "options": [{"id": "anna"}, {"id": "ben"}, {"id": "carl"}]},
    {"id": "film", "method": "score", "max_score": 300, "options": [{"id": "m"}, {"id": "n"}]}]}


def test_an_election_with_repeats_and_late_votes_counts_the_same(system, messages):
    election = system.create(DEFINITION)
    tokens = {}
    for i in range(60):
        tokens[i] = system.ballot_token(election, f"voter-{i}")
        ballot = {"song": ["a" if i % 3 else "b"], "board": ["x", "z"][: i % 3],
                  "mayor": ["carl", "anna", "ben"][i % 2:], "film": {"m": i, "n": 300 - i}}
        assert system.vote(election, f"voter-{i}", ballot, tokens[i]).status == 201
    for i in range(0, 60, 5):
        ballot = {"song": ["b"], "board": [], "mayor": ["ben"], "film": {"m": 1}}
        assert system.vote(election, f"voter-{i}", ballot, tokens[i]).status in (200, 409)
    write_a_vote_again(system)
    late = system.ballot_token(election, "late")
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    ballot = {"song": ["b"], "mayor": ["ben"], "film": {"m": 1}}
    assert system.vote(election, "late", ballot, late).status == 403
    final = system.results_when(election, lambda r: r["final"])
    theirs = eventually(lambda: count_independently(system, messages, election))
    assert theirs["ballots"]["counted"] == final["ballots"]["counted"] == 60
    assert theirs["ballots"]["repeated"] == final["ballots"]["repeated"] == 1
    ours = {contest["id"]: contest for contest in final["contests"]}
    for contest in theirs["contests"]:
        for option in contest["options"]:
            shown = next(o for o in ours[contest["id"]]["options"] if o["id"] == option["id"])
            if contest["id"] == "film":
                assert option["votes"] == shown.get("points", shown.get("votes")), (contest["id"], option, shown)
            else:
                assert option["votes"] == shown["votes"], (contest["id"], option, shown)
