"""The README's tour, run as it stands."""

import re
import subprocess

from ostraka import BIN, SOURCE


def test_the_tour_of_the_readme_works_as_written(fresh, tmp_path):
    fresh.start()
    blocks = re.findall(r"```sh\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)
    assert len(blocks) == 3
    script = "set -eu\n" + "\n".join(blocks)
    script = script.replace("$PWD/build/release/bin", str(BIN)).replace("127.0.0.1:8080", f"127.0.0.1:{fresh.port}")
    script = script.replace("ostraka-data", str(fresh.directory))
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    assert "201" in done.stdout and "409" in done.stdout
    result = fresh.results("best-song")
    assert result["final"] and result["ballots"]["counted"] == 4
    assert result["contests"][0]["winners"] == ["beta"]
    assert (tmp_path / "best-song.backup").exists()
