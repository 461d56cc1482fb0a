import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from places import CannotMount  # noqa: E402


@pytest.fixture
def place_of():
    """place_of(kind): such a place until the test ends. Where nothing can be mounted the test says that it was not run;
    on a machine that is there for testing (CI is set) that is a failure."""
    entered = []

    def enter(kind):
        try:
            entered.append(kind().__enter__())
        except CannotMount as error:
            words = f"NOT RUN: no file system of one's own can be mounted here: {error}"
            pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
        return entered[-1]

    yield enter
    for place in reversed(entered):
        place.__exit__()
