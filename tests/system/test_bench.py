"""A short run of bench/run: that every part of it works and counts, not how fast it is."""

import json
import subprocess

import pytest

from ostraka import SOURCE


def assert_ways_of_writing(figures):
    found = {}
    for one in figures:
        if "not_available" in one:
            assert one["not_available"], one
        else:
            assert one["batches_per_second"] > 0 and one["p50_us"] <= one["p99_us"], one
            found.setdefault(one["method"], []).append((one["batch"], one["in_flight"], one["followed"]))
    # Not every file system takes direct writes, nor every kernel io_uring.
    assert {"extending_fdatasync", "fdatasync", "dsync"} <= found.keys(), figures
    for method, ways in found.items():
        in_flight = (1,) if method == "extending_fdatasync" else (1, 2)
        assert sorted(ways) == [(batch, count, followed) for batch in (1, 64, 512, 4096) for count in in_flight
                                for followed in (False, True)], (method, ways)


def test_the_ballot_box_is_measured_as_a_whole_and_in_parts(tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run([SOURCE / "bench/run", "--smoke", "--only", "floor,whole,parts", "--json", figures],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=420)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-3000:])
    report = json.loads(figures.read_text())
    whole, parts = report["whole"], report["parts"]
    for name in ("full_64", "full_256", "full_2048", "tls_64", "tls_256", "tls_2048", "at_50", "at_80", "night_0",
                 "night_50"):
        one = whole[name]
        assert one["counted"] == one["sent"] > 0 and one["failed"] == 0, (name, one)
        assert one["cpu_us_all"] == pytest.approx(sum(one["cpu_us"].values())) and one["cpu_us"]["ballotbox"] > 0, one
    for repeats in (whole["repeats"], whole["tls_repeats"]):
        assert 0 < repeats["counted"] < repeats["sent"] == repeats["counted"] + repeats["repeated"], repeats
    for name, resumed in (("full_64", None), ("tls_64", 0), ("night_0", 0), ("night_50", 0.5)):
        opened = whole[name]["connections"]
        assert opened["handshakes"] == (0 if resumed is None else opened["opened"]), (name, opened)
        assert opened["resumed"] <= (resumed or 0) * opened["opened"] + 1, (name, opened)
    assert whole["night_50"]["connections"]["resumed"] > 0
    assert whole["night_0"]["connections"]["opened"] == whole["night_0"]["sent"]
    # The floor is asked with what a vote is asked with.
    assert whole["sizes"]["request_bytes"] > 300 and whole["sizes"]["reply_bytes"] > 200
    assert all(one["answered"] > 0 and one["failed"] == 0 for one in report["floor"].values())
    assert report["ratios"]["vote to bare Beast"] > 0
    assert parts["ledger"]["decisions_per_second"] > 0 and parts["tally"]["records_per_second"] > 0
    assert [one["batch"] for one in parts["log"]] == [1, 64, 512, 4096]
    assert_ways_of_writing(parts["writes"])
    # A reply that makes room lets a row leave that is not whole yet: batches are as large as asked for at most.
    assert all(1 <= one["requests_a_batch"] <= one["batch"] for one in parts["hop"]), parts["hop"]
    assert "counted/s" in done.stdout and "vote to bare Beast" in done.stdout
