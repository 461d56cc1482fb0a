"""The OpenAPI document held against the running gateway."""

import subprocess
import sys

import pytest

from ostraka import SOURCE, song_contest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")


def test_the_running_gateway_keeps_to_its_document(system):
    system.create(song_contest("best-song"))
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", str(SOURCE / "api/openapi.yaml"), "--base-url", system.server,
         "--checks", "all", "--hypothesis-max-examples", "40", "--hypothesis-seed", "1", "--request-timeout", "10000",
         "--experimental", "openapi-3.1", "-H", f"Authorization: Bearer {system.admin_token}"],
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (done.stdout[-6000:], done.stderr[-2000:])
    assert system.request("GET", "/readyz").status == 200
