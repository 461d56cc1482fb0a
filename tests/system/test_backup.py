"""Backups of a running system, and damage found offline."""

import json
import threading

import pytest

from ostraka import Client, System, eventually, song_contest

BLOCK = 4096  # of the log's files: the header takes one, each batch starts at one


def test_a_backup_of_a_running_system_holds_every_vote_answered_before_it_began(fresh, tmp_path):
    fresh.start()
    election = fresh.create(song_contest())
    stop = threading.Event()
    answered = []

    def stream_votes():
        n = 0
        while not stop.is_set():
            n += 1
            answer = fresh_vote(fresh, election, f"v{n}")
            if answer.status == 201:
                answered.append((f"v{n}", answer.json["receipt"]))

    def fresh_vote(system, election, name):
        client = Client(system.port)
        try:
            id_token = client.request("POST", "/v1/development/sign-in", {"name": name}).json["id_token"]
            token = client.request("POST", f"/v1/elections/{election}/ballot-tokens", token=id_token).json["ballot_token"]
            return client.request("POST", f"/v1/elections/{election}/votes", {"ballot": {"song": ["a"]}}, token=token)
        finally:
            client.close()

    thread = threading.Thread(target=stream_votes)
    thread.start()
    while len(answered) < 100:
        thread.join(0.05)
    before = list(answered)
    fresh.cli("backup", "--data", fresh.directory, tmp_path / "backup", server=False)
    stop.set()
    thread.join()
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert fresh.stop() == 0

    restored = System(tmp_path / "elsewhere")
    restored.cli("restore", tmp_path / "backup", "--data", restored.directory, server=False)
    assert restored.fsck().returncode == 0
    restored.start()
    try:
        for name, receipt in before:
            again = restored.vote(election, name, {"song": ["a"]})
            assert (again.status, again.json["receipt"]) == (200, receipt)
        assert restored.vote(election, "new voter", {"song": ["b"]}).status == 201
        result = restored.results_when(election, lambda r: r["contests"][0]["options"][1]["votes"] == 1)
        recount = restored.recount(election)
        assert recount["contests"] == result["contests"]
        assert recount["issued"] >= recount["voters"]
    finally:
        restored.stop()


def test_restore_refuses_a_directory_that_holds_something(fresh, tmp_path):
    fresh.start()
    fresh.cli("backup", "--data", fresh.directory, tmp_path / "backup", server=False)
    done = fresh.cli("restore", tmp_path / "backup", "--data", fresh.directory, server=False, check=False)
    assert done.returncode == 1 and "empty" in done.stderr


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_damage_is_found_by_fsck_and_stops_the_ballot_box_with_the_place(fresh, place):
    fresh.start()
    election = fresh.create(song_contest())
    for i in range(30):
        assert fresh.vote(election, f"v{i}", {"song": ["a"]}).status == 201
    assert fresh.stop() == 0
    segment = max((fresh.directory / "log/ballots/0").glob("*.segment"), key=lambda p: p.stat().st_size)
    bytes_ = bytearray(segment.read_bytes())
    used = [i for i in range(BLOCK, len(bytes_)) if bytes_[i]]
    # Without the last block, which is the seal that a clean stop leaves behind: damage there takes no vote.
    used = [i for i in used if i < used[-1] // BLOCK * BLOCK]
    at = {"first": used[10], "middle": used[len(used) // 2], "last": used[-1]}[place]
    bytes_[at] ^= 0x10
    segment.write_bytes(bytes_)

    done = fresh.fsck(check=False)
    assert done.returncode == 1
    findings = json.loads(done.stdout)
    assert segment.name in json.dumps(findings)
    before = segment.read_bytes()
    fresh.start(wait=False)
    try:
        eventually(lambda: segment.name in fresh.log("ballotbox"), 20)
        assert segment.read_bytes() == before
    finally:
        fresh.stop()
