"""A short run of bench/sign_in: that it works and counts, not how fast it is."""

import json
import subprocess

from ostraka import SOURCE


def test_tokens_are_issued_also_beside_a_provider_that_never_answers(tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run([SOURCE / "bench/sign_in/run", "--seconds", "3", "--tokens", "200", "--json", figures],
                          capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, (done.stdout, done.stderr[-2000:])
    measured = json.loads(figures.read_text())
    alone, beside = measured["alone"], measured["beside_a_silent_provider"]
    assert alone["issued"] > 1_000 and alone["refused"] == 0, measured
    # Whoever names a key that nobody knows is told to ask again, and nobody else waits for it.
    assert beside["invented"] > 0 and beside["refused"] == beside["invented"], measured
    assert beside["per_second"] > alone["per_second"] / 4, measured
