"""One broker of a test cluster, which is one of its controllers too: its settings, its process."""

import signal
import subprocess
import time

import kafka_fetch
from kafka_process import Process, is_paused

STOP_SECONDS = 20  # to hand over what it leads; then it is killed
PAUSE_SECONDS = 10  # the kernel needs far less
# For many short lives on two cores: compiled quickly rather than well, one thread to collect garbage.
JAVA_FLAGS = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"]
HEAP = ["-Xms64m", "-Xmx384m"]


def java(log, *arguments, heap=("-Xmx128m",)):
    """The command that runs a class of Kafka's."""
    return [kafka_fetch.java(), *heap, *JAVA_FLAGS, f"-Dostraka.log={log}",
            f"-Dlog4j.configuration=file:{kafka_fetch.FOLDER / 'log4j.properties'}",
            "-cp", f"{kafka_fetch.classes()}/*", *map(str, arguments)]


def broker_settings(node, nodes):
    """The settings that do not lose data (README.md says why), and what keeps three brokers small on one machine."""
    replicas = min(3, len(nodes))
    return {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.voters": ",".join(f"{one.number}@127.0.0.1:{one.controller_port}" for one in nodes),
        "listeners": f"PLAINTEXT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{node.port}",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": node.data,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": min(2, replicas),
        "default.replication.factor": replicas,
        "min.insync.replicas": min(2, replicas),
        "unclean.leader.election.enable": "false",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        # Smallness: a cleaner's buffer is a third of the heap otherwise, and 50 partitions are for many groups.
        "log.cleaner.dedupe.buffer.size": 4 << 20,
        "offsets.topic.num.partitions": 3,
        "transaction.state.log.num.partitions": 3,
    }


class Node:
    def __init__(self, cluster, number, port, controller_port, process=None):
        self.cluster = cluster
        self.number = number
        self.port = port
        self.controller_port = controller_port
        self.process = process  # None: nobody wants it to run
        self.directory = cluster.directory / str(number)
        self.data = self.directory / "data"
        self.properties = self.directory / "node.properties"
        self.log = self.directory / "broker.log"  # warnings and worse
        self.output = self.directory / "output.log"  # what java itself says

    # -- life ---------------------------------------------------------------------------------------------------

    @property
    def is_running(self):
        return self.process is not None and self.process.is_running

    @property
    def is_paused(self):
        return self.is_running and is_paused(self.process.pid)

    def format(self):
        """The process that makes the node's data directory; None when there is one already."""
        if (self.data / "meta.properties").exists():
            return None
        self.directory.mkdir(parents=True, exist_ok=True)
        settings = broker_settings(self, self.cluster.nodes) | self.cluster.settings
        self.properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return self.run(java(self.log, "kafka.tools.StorageTool", "format", "-t", self.cluster.id,
                             "-c", self.properties))

    def start(self):
        """Returns before it answers: wait_until_up() waits. Its ports and its data are those that it had."""
        if not self.is_running:
            self.process = Process.of(self.run(java(self.log, "kafka.Kafka", self.properties, heap=HEAP),
                                               **self.cluster.group()))
            self.cluster.save(self)

    def run(self, command, **group):
        with open(self.output, "ab") as output:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                    cwd=self.directory, **group)

    def stop(self, seconds=STOP_SECONDS):
        self.ask_to_stop()
        self.end(time.monotonic() + seconds)

    def ask_to_stop(self):
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # a paused one would not hear it

    def end(self, deadline):
        """Waits for the process until then, and kills it."""
        if self.process is not None:
            if not self.process.wait(deadline - time.monotonic()):
                self.process.send(signal.SIGKILL)
                self.process.wait(STOP_SECONDS)
            self.process = None
            self.cluster.save(self)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.end(time.monotonic() + STOP_SECONDS)

    def pause(self):
        """Returns when it stands still."""
        self.signal(signal.SIGSTOP)
        deadline = time.monotonic() + PAUSE_SECONDS
        while self.is_running and not self.is_paused and time.monotonic() < deadline:
            time.sleep(0.001)

    def resume(self):
        self.signal(signal.SIGCONT)

    def signal(self, how):
        if self.process is not None:
            self.process.send(how)

    # -- what is told of it -------------------------------------------------------------------------------------

    def said(self):
        """The end of what it wrote, for whoever asks why it does not run."""
        ends = []
        for path in (self.output, self.log):
            if path.exists() and path.stat().st_size:
                ends.append(f"-- the end of {path}:\n{path.read_text(errors='replace')[-2500:]}")
        return "\n".join(ends) or f"-- broker {self.number} wrote nothing"

    def record(self):
        process = self.process
        return {"id": self.number, "port": self.port, "controller_port": self.controller_port,
                "directory": str(self.directory), "pid": process and process.pid, "began": process and process.began}

    @classmethod
    def recorded(cls, cluster, record):
        process = Process(record["pid"], record["began"]) if record["pid"] else None
        return cls(cluster, record["id"], record["port"], record["controller_port"], process)
