"""The two requests of Kafka's protocol that a cluster is watched with: no client has to be installed for them.

They are of versions that Kafka 3.9 and 4 both speak, from before the protocol's compact fields.
"""

import socket
import struct

METADATA, CREATE_TOPICS = 3, 19
ANSWER_BYTES_MAX = 1 << 24


class Answer:
    """Reads an answer's fields one after the other."""

    def __init__(self, content):
        self.content = content
        self.place = 0

    def take(self, form):
        value, = struct.unpack_from(form, self.content, self.place)
        self.place += struct.calcsize(form)
        return value

    def int16(self):
        return self.take(">h")

    def int32(self):
        return self.take(">i")

    def boolean(self):
        return self.take(">?")

    def string(self):
        length = self.int16()
        if length < 0:
            return None
        self.place += length
        return self.content[self.place - length:self.place].decode()

    def array(self, element):
        return [element() for _ in range(self.int32())]


def string(text):
    return struct.pack(">h", len(text.encode())) + text.encode()


def array(elements):
    return struct.pack(">i", len(elements)) + b"".join(elements)


def ask(port, kind, version, body, seconds):
    """Raises OSError where nothing answers."""
    request = struct.pack(">hhi", kind, version, 1) + string("ostraka-tests") + body
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            length, = struct.unpack(">i", read(stream, 4))
            if not 4 <= length <= ANSWER_BYTES_MAX:
                raise ConnectionError(f"an answer of {length} bytes")
            answer = Answer(read(stream, length))
    answer.int32()  # repeats the number that the request had
    return answer


def read(stream, length):
    content = stream.read(length)
    if len(content) != length:
        raise ConnectionError("closed before the answer was whole")
    return content


def metadata(port, topics=(), seconds=5):
    """What the broker at this port believes: {"brokers": {id: port}, "topics": {name: {partition: {"error", "leader",
    "replicas", "in_sync"}}}}. Brokers that the controller has not heard for a while are not among them."""
    answer = ask(port, METADATA, 1, array([string(topic) for topic in topics]), seconds)

    def broker():
        number, _, own_port, _ = answer.int32(), answer.string(), answer.int32(), answer.string()
        return number, own_port

    def partition():
        error, number, leader = answer.int16(), answer.int32(), answer.int32()
        return number, {"error": error, "leader": leader, "replicas": answer.array(answer.int32),
                        "in_sync": answer.array(answer.int32)}

    def topic():
        _, name, _ = answer.int16(), answer.string(), answer.boolean()
        return name, dict(answer.array(partition))

    brokers = dict(answer.array(broker))
    answer.int32()  # the controller, or who passes requests on to it
    return {"brokers": brokers, "topics": dict(answer.array(topic))}


def create_topic(port, name, partitions, replicas, settings=None, only_try=False, seconds=15):
    """None when it is created (or, with only_try, could be), otherwise the reason why not."""
    values = [string(key) + string(str(value)) for key, value in (settings or {}).items()]
    topic = string(name) + struct.pack(">ih", partitions, replicas) + array([]) + array(values)
    body = array([topic]) + struct.pack(">i?", int(seconds * 1000), only_try)
    answer = ask(port, CREATE_TOPICS, 2, body, seconds + 5)
    answer.int32()  # how long it was throttled

    def outcome():
        _, error, reason = answer.string(), answer.int16(), answer.string()
        return f"error {error}: {reason}" if error else None

    return answer.array(outcome)[0]
