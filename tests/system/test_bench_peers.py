"""A short run of bench/peers, one peer and form at a time: that what is measured is true, not how fast it is."""

import json
import subprocess
import sys

import pytest

from ostraka import SOURCE

PEERS = SOURCE / "bench/peers"
sys.path.insert(0, str(PEERS))
import checks  # noqa: E402
import peers  # noqa: E402
import tokens  # noqa: E402
from processes import Processes  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def installed():
    peers.install()


def skip_if_missing(form):
    if missing := peers.missing(form):
        pytest.skip(f"{form}: scripts/install --peers could not install {', '.join(missing)}")


def left_over(folder):
    """Processes that name the folder of the run; `run` ends all that it started."""
    return subprocess.run(["pgrep", "--full", "--list-full", str(folder)], capture_output=True, text=True).stdout


@pytest.mark.parametrize("form", peers.FORMS)
def test_counts_each_voter_once_and_durably(form, tmp_path):
    skip_if_missing(form)
    figures = tmp_path / "figures.json"
    done = subprocess.run([PEERS / "run", form, "--warm-seconds", "0.5", "--seconds", "1", "--connections", "64",
                           "--json", figures], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, (done.stdout, done.stderr[-2000:])
    measured = json.loads(figures.read_text())[form]
    assert len(measured["checks"]) > 10 and all(measured["checks"].values()), measured
    assert measured["counted"] > 100 and measured["failed"] == 0, measured
    assert 1 < measured["cpu_us_per_vote"] < 100_000, measured
    assert 0 < measured["p50_ms"] <= measured["p99_ms"], measured


@pytest.mark.parametrize(("form", "weaken"), [
    ("node_redis plain", lambda store: store.ask("CONFIG", "SET", "appendfsync", "everysec")),
    ("go_postgres plain", lambda store: store.ask("ALTER DATABASE postgres SET synchronous_commit = off")),
])
def test_weaker_stores_are_found_out(form, weaken):
    skip_if_missing(form)
    with peers.folder_on_disk() as folder, Processes(folder) as processes:
        secret = tokens.new_secret()
        store, server = peers.start(form, processes, secret, node_processes=1)
        assert all(checks.all_of(store, server, secret, counted=0).values())
        # A vote that nobody was told of.
        assert not checks.all_of(store, server, secret, counted=0)["as many rows as counted votes"]
        weaken(store)
        assert not store.is_durable()
    assert not left_over(folder)
