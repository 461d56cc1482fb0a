"""The cluster does what it is there for: it keeps what it acknowledged whatever is done to its brokers, and it leaves
nothing running. With a client of others, so that nothing of ours has to be believed."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from kafka_cluster import KafkaCluster
from kafka_process import Process
from ostraka import eventually

CLUSTER = pathlib.Path(__file__).with_name("cluster")
# A broker that was killed or paused leads, and is waited for, until the controller has not heard it for 9 s.
ANSWER_SECONDS = 60


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka") / "cluster") as cluster:
        yield cluster


@pytest.fixture
def cluster(running):
    """Whole again for the next test, whatever this one did to it."""
    yield running
    for node in running.nodes:
        node.resume()
        node.start()
    running.wait_until_up()


class Producer:
    def __init__(self, cluster, seconds):
        self.seconds = seconds
        self.producer = KafkaProducer(bootstrap_servers=cluster.addresses, acks="all", request_timeout_ms=3000,
                                      delivery_timeout_ms=seconds * 1000, max_block_ms=seconds * 1000)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.producer.close(timeout=0)

    def send(self, topic, values):
        """Returns when all of them are acknowledged; raises KafkaError when one is not within the time."""
        sent = [self.producer.send(topic, value, partition=0) for value in values]
        for future in sent:
            future.get(timeout=self.seconds + 10)


def produce(cluster, topic, values, seconds=ANSWER_SECONDS):
    with Producer(cluster, seconds) as producer:
        producer.send(topic, values)


def everything_in(cluster, topic):
    partition = TopicPartition(topic, 0)
    consumer = KafkaConsumer(bootstrap_servers=cluster.addresses, request_timeout_ms=15000)
    try:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        values = []
        while consumer.position(partition) < end:
            values += [record.value for record in consumer.poll(timeout_ms=1000).get(partition, [])]
        return values
    finally:
        consumer.close()


def numbered(word, count=100):
    return [f"{word} {number}".encode() for number in range(count)]


def test_what_is_acknowledged_survives_the_death_of_its_leader(cluster):
    cluster.create_topic("killed")
    before, after = numbered("before"), numbered("after")
    leader = cluster.partition("killed")["leader"]
    with Producer(cluster, ANSWER_SECONDS) as producer:
        producer.send("killed", before)
        cluster.node(leader).kill()
        producer.send("killed", after)
    # A broker may hear of the new leader after the producer did.
    eventually(lambda: cluster.partition("killed")["leader"] not in (leader, -1))
    assert everything_in(cluster, "killed") == before + after
    cluster.node(leader).start()
    cluster.wait_until_in_sync("killed", 0, 3)


def test_a_paused_broker_is_not_waited_for_without_end(cluster):
    cluster.create_topic("paused")
    leader = cluster.partition("paused")["leader"]
    with Producer(cluster, ANSWER_SECONDS) as producer:
        producer.send("paused", numbered("before"))
        cluster.node(leader).pause()
        assert cluster.node(leader).is_paused
        producer.send("paused", numbered("after"))
    cluster.node(leader).resume()
    cluster.wait_until_in_sync("paused", 0, 3)
    assert everything_in(cluster, "paused") == numbered("before") + numbered("after")


def test_one_broker_alone_acknowledges_nothing_and_forgets_nothing(cluster):
    cluster.create_topic("alone")
    acknowledged = numbered("acknowledged")
    leader = cluster.partition("alone")["leader"]
    with Producer(cluster, 10) as producer:
        producer.send("alone", acknowledged)
        for node in cluster.nodes:
            if node.number != leader:
                node.kill()
        with pytest.raises(KafkaError):
            producer.send("alone", [b"perhaps"])
    for node in cluster.nodes:
        node.start()
    cluster.wait_until_up()
    cluster.wait_until_in_sync("alone", 0, 3)
    # What was not acknowledged may be there all the same: nobody can tell from a silence.
    assert everything_in(cluster, "alone") in (acknowledged, acknowledged + [b"perhaps"])
    produce(cluster, "alone", [b"again"])


def test_a_second_cluster_runs_beside_and_ends_with_whoever_started_it(cluster, tmp_path):
    script = ("import sys; from kafka_cluster import KafkaCluster\n"
              "print(KafkaCluster(sys.argv[1], brokers=1).start().url, flush=True); sys.stdin.read()")
    starter = subprocess.Popen([sys.executable, "-c", script, tmp_path / "second"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True,
                               env=os.environ | {"PYTHONPATH": str(CLUSTER.parent)})
    with starter:
        url = starter.stdout.readline().strip()
        second = KafkaCluster(tmp_path / "second")
        assert url == second.url and not set(second.addresses) & set(cluster.addresses)
        second.create_topic("second")
        assert cluster.why_not_up() is None
        second.node(1).pause()  # then the kernel's SIGHUP meets the guard
        starter.kill()
    assert second.node(1).process.wait(10)


def run(*arguments, code=0):
    done = subprocess.run([CLUSTER, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=150)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def directory(tmp_path):
    yield tmp_path / "of a user"
    run("stop", tmp_path / "of a user")


def broker_in(directory):
    node = json.loads((directory / "cluster.json").read_text())["nodes"][0]
    return Process(node["pid"], node["began"])


def test_the_commands_start_hurt_and_stop_a_cluster(directory):
    url = run("start", directory, "--brokers", 1)
    assert url == KafkaCluster(directory).url + "\n"
    first = broker_in(directory)
    assert first.is_running and run("start", directory) == url and broker_in(directory).pid == first.pid
    run("node", directory, 1, "pause")
    assert KafkaCluster(directory).node(1).is_paused
    run("node", directory, 1, "resume")
    run("node", directory, 1, "stop")
    assert not first.is_running
    run("node", directory, 1, "start")
    second = broker_in(directory)
    assert second.is_running and run("start", directory) == url
    run("node", directory, 1, "kill")
    assert not second.is_running
    run("stop", directory)
    run("stop", directory)
    # A start that cannot succeed says why, and leaves nothing behind. (It fails at the other port as well, 20 s later.)
    with socket.create_server(("127.0.0.1", KafkaCluster(directory).node(1).controller_port)):
        assert "Address already in use" in run("start", directory, code=1)
    assert not KafkaCluster(directory).node(1).is_running
    assert "there is no broker 2" in run("node", directory, 2, "kill", code=1)


def test_a_process_that_has_the_id_of_a_broker_that_was_is_left_alone():
    with subprocess.Popen(["sleep", "60"]) as stranger:
        began = Process.of(stranger).began
        Process(stranger.pid, began - 1).send(signal.SIGKILL)
        assert Process(stranger.pid, began).is_running
        assert Process(stranger.pid, began - 1).wait(0), "the broker that was has ended"
        Process(stranger.pid, began).send(signal.SIGKILL)
