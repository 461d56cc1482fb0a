"""The election of 300 million voters, with 3 million: everything that the long run shows, but for what a byte a voter is."""

import json
import subprocess

from ostraka import SOURCE

VOTES = 3_000_000
AGAIN = 200_000


def test_an_election_of_three_million(tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run([SOURCE / "bench/three-hundred-million", "--votes", str(VOTES), "--again", str(AGAIN),
                           "--data", tmp_path / "run", "--json", figures],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    report = json.loads(figures.read_text())
    assert report["failures"] == []
    fed = report["feed"]
    assert fed["answers"].get("COUNTED", 0) + fed["already_after_all"] == VOTES
    assert sum(fed["counted_by_choice"].values()) == VOTES
    assert report["again_same"]["answers"] == {"ALREADY_COUNTS": AGAIN}
    assert report["again_another"]["answers"] == {"ALREADY_VOTED": AGAIN}
    assert report["again_same_after_restart"]["answers"] == {"ALREADY_COUNTS": 100_000}
    # With room for what a process needs by itself.
    assert report["ballotbox_bytes_a_voter"] < 60 and report["tally_bytes_a_voter"] < 45, report
    assert report["log_disk_bytes"] / VOTES < 200, report
    # Both began where a snapshot ended, and came to the same.
    assert 0 < report["records_spared"]["ballotbox"] <= VOTES + 100
    assert 0 < report["records_spared"]["tally"] <= VOTES + 100
    assert not (tmp_path / "run").exists()
