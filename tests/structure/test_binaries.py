"""What is built to be shipped has none of what is broken on purpose (src/base/broken.h)."""

import os
import pathlib

import pytest

BIN = pathlib.Path(os.environ.get("OSTRAKA_BIN", pathlib.Path(__file__).resolve().parents[2] / "build/release/bin"))
BROKEN = BIN / "ostraka-sim-broken"
# The variable that chooses a break, and the function that asks for it, as the linker and the debugger know them.
TRACES = [b"chosen_break", b"ENS_5BreakE"]


def traces_in(binary):
    content = binary.read_bytes()
    return [trace for trace in TRACES if trace in content]


@pytest.mark.skipif(not BROKEN.exists(), reason="nothing is built")
def test_no_binary_but_one_can_be_broken():
    assert traces_in(BROKEN) == TRACES, "the traces have other names now"
    shipped = [path for path in BIN.glob("ostraka*") if path != BROKEN]
    assert {"ostraka-ballotbox", "ostraka-tally", "ostraka-sim"} <= {path.name for path in shipped}
    assert [path.name for path in shipped if traces_in(path)] == []
