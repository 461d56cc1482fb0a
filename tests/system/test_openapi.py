"""The OpenAPI document held against the running gateway by schemathesis: what it generates from the document, valid and
not, gets answers that the document knows."""

import subprocess
import sys

from ostraka import SOURCE, song_contest

# Told apart by the other tests, not by generated requests:
# - a definition that fits the schema may still be wrong as a whole (positive_data_acceptance)
# - every bearer token is answered by the same rules, whoever's it is (object_level_authorization)
EXCLUDED_CHECKS = "positive_data_acceptance,object_level_authorization"


def hold(system, tmp_path, token, config, *filters):
    (tmp_path / "schemathesis.toml").write_text(config)
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "schemathesis.toml"), "run",
         str(SOURCE / "api/openapi.yaml"), "--url", system.server, "--checks", "all", "--exclude-checks", EXCLUDED_CHECKS,
         "--phases", "examples,coverage,fuzzing", "--max-examples", "30", "--seed", "1", "--request-timeout", "10",
         "--continue-on-failure", "--warnings", "off", "-H", f"Authorization: Bearer {token}", *filters],
        capture_output=True, text=True, timeout=900, cwd=tmp_path)
    print(done.stdout[-8000:], done.stderr[-2000:])  # pytest shows it when the next line fails
    assert done.returncode == 0
    assert "passed" in done.stdout
    assert system.request("GET", "/readyz").status == 200


def test_every_operation_as_an_administrator(system, tmp_path):
    # A stream that never ends is no answer to wait for; test_contract.py reads it.
    hold(system, tmp_path, system.admin_token, "", "--exclude-operation-id", "streamResults")


def test_votes_for_an_election_that_is_open(system, tmp_path):
    election = system.create(song_contest("best-song-open"))
    config = f'[parameters]\n"path.id" = "{election}"\n'
    hold(system, tmp_path, system.ballot_token(election, "generated"), config, "--include-operation-id", "castVote")
