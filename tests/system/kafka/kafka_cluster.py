"""Kafka on this machine, to be hurt: some brokers, each a process of its own, in one directory.

    with KafkaCluster(tmp_path / "kafka") as kafka:
        kafka.create_topic("ballots", partitions=4)
        kafka.node(kafka.partition("ballots", 0)["leader"]).kill()

A cluster ends with the process that started it, however that ends, unless it was told to stay. What belongs to it is in
its directory's cluster.json, so that other processes can stop a cluster that stays.
"""

import base64
import fcntl
import json
import os
import pathlib
import subprocess
import time
import uuid

import kafka_fetch
import kafka_wire
from kafka_node import STOP_SECONDS, Node
from kafka_ports import free_ports

BROKERS = 3
FORMAT_SECONDS_MAX = 60
UP_SECONDS_MAX = 90  # a dozen are enough on two idle cores


class ClusterError(Exception):
    pass


class KafkaCluster:
    """directory   of a new cluster, or of one that was here before: then it has its brokers, ports and data again
    settings       broker settings beside those of broker_settings(), for a new cluster
    stays          whether it outlives this process
    """

    def __init__(self, directory, brokers=BROKERS, settings=None, stays=False):
        self.directory = pathlib.Path(directory).absolute()
        self.settings = dict(settings or {})
        self.stays = stays
        self.file = self.directory / "cluster.json"
        self.guard = None
        if self.file.exists():
            record = json.loads(self.file.read_text())
            self.id = record["cluster_id"]
            self.nodes = [Node.recorded(self, node) for node in record["nodes"]]
        else:
            self.id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
            ports = free_ports(2 * brokers)
            self.nodes = [Node(self, 1 + i, ports[2 * i], ports[2 * i + 1]) for i in range(brokers)]

    # -- life ---------------------------------------------------------------------------------------------------

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        # Nobody wants its data any more: a parting broker's handing over would be waited for in vain.
        for node in self.nodes:
            node.kill()
        self.dismiss_guard()

    def start(self):
        """Returns when every broker answers; otherwise stops what it started and raises ClusterError."""
        started = [node for node in self.nodes if not node.is_running]
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.format()
            for node in started:
                node.start()
            self.wait_until_up()
        except BaseException:
            for node in started:
                node.kill()
            self.dismiss_guard()
            raise
        return self

    def format(self):
        formatting = [(node, process) for node in self.nodes if (process := node.format()) is not None]
        deadline = time.monotonic() + FORMAT_SECONDS_MAX
        try:
            for node, process in formatting:
                if process.wait(max(0, deadline - time.monotonic())) != 0:
                    raise ClusterError(f"the directory of broker {node.number} could not be made\n{node.said()}")
        except subprocess.TimeoutExpired as error:
            raise ClusterError(f"Kafka's directories were not made within {FORMAT_SECONDS_MAX} s") from error
        finally:
            for _, process in formatting:
                process.kill()
                process.wait()

    def stop(self):
        """Asks all brokers to end, kills who does not. Does nothing to a cluster that does not run."""
        for node in self.nodes:
            node.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for node in self.nodes:
            node.end(deadline)
        self.dismiss_guard()

    def group(self):
        """How a broker is started (arguments of Popen) so that it lives as long as it should.

        A cluster that stays has nothing to do with whoever started it. Any other has a guard, whose process group its
        brokers are in from before their first instruction: it sits on a pipe that only this process holds the other end
        of, and when that closes, because this process closed it or is gone, it kills the group. It ignores the SIGHUP
        that the kernel sends to a group that nobody watches any more and in which a process is paused.
        """
        if self.stays:
            return {"start_new_session": True}
        if self.guard is None:
            self.guard = subprocess.Popen(["sh", "-c", "trap '' HUP INT TERM; cat; kill -KILL 0"], process_group=0,
                                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"process_group": self.guard.pid}

    def dismiss_guard(self):
        if self.guard is not None:
            self.guard.stdin.close()
            self.guard.wait()
            self.guard = None

    # -- what runs ----------------------------------------------------------------------------------------------

    @property
    def url(self):
        return "kafka://" + ",".join(self.addresses)

    @property
    def addresses(self):
        return [f"127.0.0.1:{node.port}" for node in self.nodes]

    def node(self, number):
        """The broker with this id; the first one is 1."""
        return next(node for node in self.nodes if node.number == number)

    def wait_until_up(self, seconds=UP_SECONDS_MAX):
        """Until every broker that was started, and is not paused, answers and knows the others of them. When that is
        all, a topic with as many replicas as it should have can be created from then on."""
        deadline = time.monotonic() + seconds
        while (reason := self.why_not_up()) is not None:
            for node in self.nodes:
                if node.process is not None and not node.is_running:
                    raise ClusterError(f"broker {node.number} has ended\n{node.said()}")
            if time.monotonic() > deadline:
                said = "\n".join(node.said() for node in self.nodes)
                raise ClusterError(f"not up within {seconds} s: {reason}\n{said}")
            time.sleep(0.1)

    def why_not_up(self):
        up = self.answering()
        try:
            for node in up:
                missing = {one.number for one in up} - kafka_wire.metadata(node.port)["brokers"].keys()
                if missing:
                    return f"broker {node.number} does not know {sorted(missing)}"
            if len(up) == len(self.nodes):
                return kafka_wire.create_topic(up[0].port, "would-be", 1, self.replicas, only_try=True)
            return None
        except OSError as error:
            return f"no answer: {error}"

    # -- topics -------------------------------------------------------------------------------------------------

    @property
    def replicas(self):
        return min(3, len(self.nodes))

    def create_topic(self, name, partitions=1, settings=None):
        """Returns when each partition has a leader and all its replicas."""
        error = self.ask(lambda port: kafka_wire.create_topic(port, name, partitions, self.replicas, settings))
        if error is not None:
            raise ClusterError(f"topic {name} cannot be created: {error}")
        for number in range(partitions):
            self.wait_until_in_sync(name, number, self.replicas)

    def partition(self, topic, number=0):
        """{"leader", "replicas", "in_sync"}, as a broker believes it; a leader of -1 is none."""
        return self.ask(lambda port: kafka_wire.metadata(port, [topic]))["topics"][topic][number]

    def wait_until_in_sync(self, topic, number, replicas, seconds=60):
        """Until so many replicas have all that is acknowledged. All brokers have to say so: one that was paused
        believes for a while what was true before."""
        deadline = time.monotonic() + seconds
        while not self.are_in_sync(topic, number, replicas):
            if time.monotonic() > deadline:
                raise ClusterError(f"{topic}-{number} has not {replicas} replicas in sync within {seconds} s")
            time.sleep(0.1)

    def are_in_sync(self, topic, number, replicas):
        try:
            views = [kafka_wire.metadata(node.port, [topic])["topics"][topic][number] for node in self.answering()]
        except (OSError, KeyError):
            return False
        return bool(views) and all(view["leader"] >= 0 and len(view["in_sync"]) >= replicas for view in views)

    def answering(self):
        """The brokers that answer, or will: they were started and are not paused."""
        return [node for node in self.nodes if node.process is not None and not node.is_paused]

    def ask(self, question):
        """What the first broker that answers says."""
        errors = []
        for node in self.answering():
            try:
                return question(node.port)
            except OSError as error:
                errors.append(f"broker {node.number}: {error}")
        raise ClusterError("no broker answers: " + "; ".join(errors))

    # -- cluster.json -------------------------------------------------------------------------------------------

    def save(self, changed):
        """Writes down what became of one node: of the others, another process may know more."""
        with open(self.directory / "cluster.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            nodes = {node.number: node.record() for node in self.nodes}
            if self.file.exists():
                nodes |= {node["id"]: node for node in json.loads(self.file.read_text())["nodes"]}
            nodes[changed.number] = changed.record()
            record = {"url": self.url, "kafka": kafka_fetch.VERSION, "cluster_id": self.id,
                      "nodes": list(nodes.values())}
            beside = self.file.with_suffix(".new")
            beside.write_text(json.dumps(record, indent=2) + "\n")
            os.replace(beside, self.file)
