"""The log's contract on three real brokers: the tests that every log is held to, by the binary that has them."""

import os
import subprocess

from kafka_cluster import KafkaCluster
from ostraka import BIN


def test_the_contract_on_three_brokers(tmp_path):
    with KafkaCluster(tmp_path / "cluster") as cluster:
        done = subprocess.run([BIN / "kafka_contract", "--gtest_brief=1"], stdin=subprocess.DEVNULL, timeout=600,
                              env=os.environ | {"OSTRAKA_KAFKA": cluster.url}, capture_output=True, text=True,
                              check=False)
        print(done.stdout[-6000:], done.stderr[-6000:])
        assert done.returncode == 0
        assert "SKIPPED" not in done.stdout
        assert "16 tests from 2 test suites ran" in done.stdout
