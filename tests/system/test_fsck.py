"""`ostraka fsck` says what the records of a log mean, not only whether they can be read."""

import json
import shutil
import struct
import threading

from ostraka import song_contest

SEGMENT_HEADER_BYTES = 4096  # docs/formats/log.md
PARTITION_AT = 64


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def copy_partition(log, stream, source, target):
    """Makes another partition that holds the same records, every check sum right."""
    shutil.copytree(log / stream / str(source), log / stream / str(target), dirs_exist_ok=True)
    for segment in (log / stream / str(target)).glob("*.segment"):
        data = bytearray(segment.read_bytes())
        struct.pack_into("<I", data, PARTITION_AT, target)
        struct.pack_into("<I", data, SEGMENT_HEADER_BYTES - 4, crc32c(data[:SEGMENT_HEADER_BYTES - 4]))
        segment.write_bytes(data)


def rules(done):
    return json.loads(done.stdout)["rules"]


def test_a_system_at_work_keeps_the_rules_all_along(fresh):
    fresh.start()
    election = fresh.create(song_contest())
    votes = 300

    def vote():
        for i in range(votes):
            assert fresh.vote(election, f"v{i}", {"song": ["a"]}).status == 201

    voting = threading.Thread(target=vote)
    voting.start()
    while voting.is_alive():
        assert rules(fresh.fsck())["violations"] == 0
    voting.join()
    assert fresh.vote(election, "v0", {"song": ["b"]}).status == 409
    for act in ("close", "certify"):
        assert fresh.admin("POST", f"/v1/elections/{election}/{act}").status == 200
        found = rules(fresh.fsck())
        assert (found["violations"], found["findings"]) == (0, [])
        assert (found["elections"], found["counted"]) == (1, votes)


def test_a_log_that_counts_voters_in_another_partition_is_called_a_violation(fresh):
    fresh.start()
    election = fresh.create(song_contest())
    for i in range(20):
        assert fresh.vote(election, f"v{i}", {"song": ["a"]}).status == 201
    assert fresh.stop() == 0
    log = fresh.directory / "log"
    partitions = sum(1 for _ in (log / "ballots").iterdir())
    copy_partition(log, "ballots", 0, partitions)

    done = fresh.fsck(check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["damaged"] is False
    found = rules(done)
    assert found["violations"] > 0
    assert {finding["partition"] for finding in found["findings"]} == {partitions}
    assert f"has only {partitions} partitions" in json.dumps(found)
    text = fresh.cli("fsck", "--data", fresh.directory, check=False, server=False)
    assert text.returncode == 1 and f"violation: ballots/{partitions}, offset " in text.stdout
    assert "BROKEN" in text.stdout
