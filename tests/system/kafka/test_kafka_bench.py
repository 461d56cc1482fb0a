"""A short run of bench/kafka: that every part of it works and counts, not how fast it is."""

import json
import subprocess

from ostraka import SOURCE


def test_the_log_on_kafka_is_measured_beside_its_client_and_the_whole_beside_itself(tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run([SOURCE / "bench/kafka/run", "--smoke", "--json", figures], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=420, check=False)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-3000:])
    report = json.loads(figures.read_text())
    assert {turn["batch"] for turn in report["appends"]["turns"]} == {64, 512, 4096}
    assert all(min(turn["ours"], turn["librdkafka"], turn["librdkafka_waiting"]) > 0
               for turn in report["appends"]["turns"])
    for log in ("kafka", "embedded"):
        for figures in report[log].values():
            assert figures["counted"] == figures["sent"] > 0 and figures["failed"] == 0, (log, figures)
            assert figures["cpu_us"]["ballotbox"] > 0
