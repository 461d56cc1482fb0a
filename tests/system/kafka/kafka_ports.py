"""Free ports that a broker can come back to."""

import pathlib
import random
import socket

FIRST = 10000
TRIES_MAX = 1000


def free_ports(count):
    """Different free ports of 127.0.0.1, chosen at random.

    They are below those that the kernel gives to outgoing connections, of which one might sit on the port of a broker
    that is down just now. Nobody keeps them until the brokers listen: that two clusters which start in the same seconds
    choose one of 20,000 alike is rare, and the one that comes second says so and fails.
    """
    outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    choices = range(FIRST, max(outgoing, 2 * FIRST))
    ports = set()
    for _ in range(TRIES_MAX):
        if len(ports) == count:
            return sorted(ports)
        port = random.SystemRandom().choice(choices)
        if is_free(port):
            ports.add(port)
    raise OSError(f"no {count} free ports")


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
