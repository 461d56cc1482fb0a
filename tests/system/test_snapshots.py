"""Index snapshots: a restart goes on from them, and whatever is done to them, the log decides."""

import json
import shutil

import pytest

from ostraka import System, eventually, song_contest

VOTERS = 600
RECORDS = 100  # of a partition, after which a snapshot is due
OWNERS = ("ballotbox", "tally")
ALIKE = ("--voters", VOTERS, "--voter-prefix", "same-")


def voted(system, outcome):
    """The same people, with the same ballots, once more."""
    figures = json.loads(system.cli("load", "song", "--data", system.directory, "--json", *ALIKE).stdout)
    assert figures[outcome] == figures["sent"] == VOTERS, figures


def replayed_from(system):
    """Records that were not read at the start, of the ballot box and the tally; empty when one is not ready."""
    assert system.management("ballotbox", "/readyz").status == 200 and system.management("tally", "/readyz").status == 200
    return (system.metric("ballotbox", "ostraka_ballotbox_replayed_from_offset"),
            system.metric("tally", "ostraka_tally_records_spared"))


def thrown_away(system):
    return {service: system.metric(service, "ostraka_snapshots_thrown_away_total") for service in OWNERS}


@pytest.fixture
def system(tmp_path):
    config = tmp_path / "ostraka.toml"
    config.write_text("".join(f"[{service}]\nsnapshot-records = {RECORDS}\n" for service in OWNERS))
    own = System(tmp_path / "data", flags=["--config", str(config)], partitions=2)
    yield own
    own.stop()


@pytest.fixture
def with_snapshots(system):
    """Everybody has voted, and both have written a snapshot behind it."""
    system.start()
    system.create(song_contest())
    voted(system, "counted")
    wait_for_snapshots(system)
    return system


def wait_for_snapshots(system):
    partitions = {f"ballotbox-{n}.snapshot" for n in range(2)}
    folder = system.directory / "snapshots"
    eventually(lambda: partitions | {"tally.snapshot"} <= {file.name for file in folder.iterdir()})


def expect_everything(system):
    voted(system, "repeated")
    result = system.results_when("song", lambda r: r["ballots"]["counted"] == VOTERS)
    recount = system.recount("song")
    assert recount["contests"] == result["contests"] and recount["voters"] == VOTERS


def test_killed_services_go_on_from_their_snapshots(with_snapshots):
    system = with_snapshots
    before = system.pids()
    for service in OWNERS:
        system.kill(service)
    eventually(lambda: all(system.pids().get(service) not in (None, before[service]) for service in OWNERS))
    spared = eventually(lambda: replayed_from(system))
    assert 0 < spared[0] <= VOTERS + 4 and 0 < spared[1] <= VOTERS + 4, spared
    assert thrown_away(system) == {"ballotbox": 0, "tally": 0}
    expect_everything(system)
    assert "goes on from its index snapshot" in system.log("ballotbox")
    # And the close is as it would have been.
    assert system.admin("POST", "/v1/elections/song/close").status == 200
    assert system.results_when("song", lambda r: r["final"])["ballots"]["counted"] == VOTERS
    system.stop()
    system.start()
    assert system.results_when("song", lambda r: r["final"])["ballots"]["counted"] == VOTERS
    assert system.fsck().returncode == 0


def test_deleting_them_is_always_safe(with_snapshots):
    system = with_snapshots
    shutil.rmtree(system.directory / "snapshots")  # while it runs
    expect_everything(system)
    system.stop()
    shutil.rmtree(system.directory / "snapshots", ignore_errors=True)
    system.start()
    assert eventually(lambda: replayed_from(system)) == (0, 0)
    assert thrown_away(system) == {"ballotbox": 0, "tally": 0}
    expect_everything(system)


def test_a_damaged_one_is_thrown_away(with_snapshots):
    system = with_snapshots
    system.stop()
    for file in (system.directory / "snapshots").glob("*.snapshot"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    system.start()
    assert eventually(lambda: replayed_from(system)) == (0, 0)
    assert thrown_away(system) == {"ballotbox": 2, "tally": 1}
    expect_everything(system)


def test_a_log_that_ends_before_one_is_not_taken_for_a_shorter_log(system, tmp_path):
    system.start()
    system.create(song_contest())
    assert system.stop() == 0
    shutil.copytree(system.directory / "log", tmp_path / "older-log")
    system.start()
    voted(system, "counted")
    wait_for_snapshots(system)
    assert system.stop() == 0
    shutil.rmtree(system.directory / "log")
    shutil.copytree(tmp_path / "older-log", system.directory / "log")
    system.start(wait=False)
    eventually(lambda: "records are lost" in system.log("ballotbox"))
    eventually(lambda: "ballotbox" not in system.pids() and "elections" in system.pids())
    log = system.log("up")
    assert "87" in log, log[-2000:]
    system.stop()
    # The shorter log is meant after all.
    shutil.rmtree(system.directory / "snapshots")
    system.start()
    voted(system, "counted")


def test_a_backup_has_none_and_needs_none(with_snapshots, tmp_path):
    system = with_snapshots
    system.cli("backup", "--data", system.directory, tmp_path / "backup", server=False)
    assert system.stop() == 0
    restored = System(tmp_path / "elsewhere", flags=system.flags[:2], partitions=2)
    restored.cli("restore", tmp_path / "backup", "--data", restored.directory, server=False)
    assert not (restored.directory / "snapshots").exists()
    # Those of the system that it is a copy of do not fit: a copy has batches of its own.
    shutil.copytree(system.directory / "snapshots", restored.directory / "snapshots")
    restored.start()
    try:
        assert eventually(lambda: replayed_from(restored)) == (0, 0)
        assert thrown_away(restored) == {"ballotbox": 2, "tally": 1}
        expect_everything(restored)
        wait_for_snapshots(restored)
    finally:
        restored.stop()
