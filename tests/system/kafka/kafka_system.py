"""A whole Ostraka whose log is on a Kafka cluster."""

import json

from ostraka import System


class KafkaSystem(System):
    def __init__(self, directory, url, flags=()):
        super().__init__(directory)
        self.url = url
        self.flags = ["--log", url, *flags]

    def create_topics(self, partitions):
        return self.cli("topics", "create", "--log", self.url, "--partitions", partitions, server=False)

    def recount(self, election, *flags, check=True):
        done = self.cli("recount", election, "--log", self.url, "--json", *flags, check=check, server=False)
        return json.loads(done.stdout)
