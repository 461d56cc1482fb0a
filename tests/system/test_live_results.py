"""The measurement of live results for many, in small: it runs, and its promises hold with generous bounds."""

import json
import subprocess

from ostraka import BIN, SOURCE

VIEWERS, RATE, SECONDS, WARM_UP_SECONDS = 200, 200, 22, 2


def test_live_results_for_some(tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [SOURCE / "bench/live_results/run", "--viewers", str(VIEWERS), "--rate", str(RATE), "--seconds", str(SECONDS),
         "--rounds", "1", "--baseline-seconds", "3", "--settle-seconds", "0", "--slow-share", "0.1",
         "--never-reading-share", "0.05", "--stall-seconds", "6",
         "--json", figures],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    assert BIN.exists() and "lag" in done.stdout
    report = json.loads(figures.read_text())

    votes, lag, slow = report["with_viewers"], report["lag"], report["slow_viewers"]
    assert votes["counted_201"] == votes["answered"] == RATE * (SECONDS + WARM_UP_SECONDS)
    # Every reader saw every sampled vote, soon.
    assert lag["viewers_lost"] == 0 and lag["uncovered"] == 0
    assert lag["count"] == lag["sampled_in_sight"] * report["viewers"]["readers"] > 0
    assert lag["p99_ms"] < 2_000, lag
    # At most four a second to each, and not far below.
    each = report["figures"]["documents_a_second"] / VIEWERS
    assert 1 < each <= 4.2, each
    # Who stops reading is not cut off within the write deadline, and goes on with the present, not with the past.
    assert slow["stalls"] == slow["caught_up"] > 0, slow
    assert (slow["cut_off"], slow["broken_documents"]) == (0, 0), slow
    assert slow["catching_up"]["max_ms"] < 2_000, slow
    # Nothing piled up for them in the gateway: what the two kernels hold of it, no more.
    assert slow["older_documents_max"] * lag["document_bytes"] < 24 * 1024, slow
    assert report["figures"]["memory_mib_grown_while_voting"] < 16, report["figures"]
    # Who never reads is cut off at the write deadline.
    assert slow["never_reading_cut_off"] == report["viewers"]["never_reading"], slow
    assert 10_000 <= slow["cut_off_after"]["max_ms"] < 25_000, slow
