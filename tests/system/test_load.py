"""`ostraka load`: what it says of a run is what the log says, also when services are killed under it."""

import json
import subprocess
import time

import pytest

from ostraka import BIN, System, song_contest


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    started = System(tmp_path_factory.mktemp("load") / "data", partitions=None).start()
    yield started
    started.stop()


def load(system, election, *flags, **options):
    return json.loads(system.cli("load", election, "--data", system.directory, "--json", *flags, **options).stdout)


def voters_of(system, election, path):
    system.recount(election, "--voters", path)
    return path.read_text().split()


def test_every_voter_is_counted_once(system, tmp_path):
    system.create(song_contest("all"))
    figures = load(system, "all", "--voters", 3_000, "--acked", tmp_path / "acked")
    assert (figures["sent"], figures["counted"], figures["repeated"], figures["failed"]) == (3_000, 3_000, 0, 0), figures
    assert figures["rate"] == pytest.approx(3_000 / figures["seconds"])
    assert figures["acked_file"] == str(tmp_path / "acked")
    latency = figures["latency_us"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["p999"] <= latency["max"], latency
    assert figures["cpu_seconds"].keys() == system.pids().keys()
    assert sum(figures["cpu_seconds"].values()) > 0
    acked = (tmp_path / "acked").read_text().split()
    assert len(acked) == len(set(acked)) == 3_000
    assert sorted(acked) == sorted(voters_of(system, "all", tmp_path / "voters"))


def test_a_rate_is_kept_and_repeats_are_told_so(system):
    system.create(song_contest("rate"))
    figures = load(system, "rate", "--voters", 100_000, "--rate", 500, "--duration", 4, "--repeat", 0.5)
    assert figures["sent"] == 2_000 and 4 <= figures["seconds"] < 6, figures
    assert figures["failed"] == figures["conflicted"] == 0, figures
    assert figures["counted"] + figures["repeated"] == 2_000, figures
    assert 900 <= figures["repeated"] <= 1_000, figures
    assert system.recount("rate")["voters"] == figures["counted"]


def test_the_same_voters_again_count_already(system):
    system.create(song_contest("again"))
    for expected in ("counted", "repeated"):
        figures = load(system, "again", "--voters", 300, "--voter-prefix", "same-")
        assert figures[expected] == figures["sent"] == 300, figures


def test_what_cannot_be_voted_in_is_said(system):
    system.create(song_contest("draft"), state="draft")
    figures = load(system, "draft", "--voters", 20)
    assert (figures["counted"], figures["failed"], figures["refused"]) == (0, 20, {"403": 20}), figures
    unknown = system.cli("load", "nowhere", "--voters", 1, "--data", system.directory, check=False)
    assert unknown.returncode == 1 and "unknown" in unknown.stderr.lower(), unknown


def test_nothing_that_was_acknowledged_is_lost_when_services_die_under_load(system, tmp_path):
    system.create(song_contest("killed"))
    running = subprocess.Popen(
        [BIN / "ostraka", "load", "killed", "--voters", "1000000", "--rate", "2000", "--duration", "10", "--data",
         system.directory, "--server", system.server, "--json", "--acked", tmp_path / "acked", "--tokens-ahead", "30000"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    for service in ("ballotbox", "gateway", "identity", "ballotbox"):
        time.sleep(2)
        system.kill(service)
    figures = json.loads(running.communicate(timeout=120)[0])
    assert running.returncode == 0
    # Whoever was cut off asked again, and was told the truth.
    assert figures["failed"] == 0 and figures["counted"] + figures["repeated"] == figures["sent"], figures
    assert figures["sent_again"] > 0, "the kills were not felt"
    acked = (tmp_path / "acked").read_text().split()
    counted = voters_of(system, "killed", tmp_path / "voters")
    assert len(counted) == len(set(counted))
    assert set(acked) <= set(counted) and len(acked) == figures["sent"] == 20_000, "what was due was sent"
