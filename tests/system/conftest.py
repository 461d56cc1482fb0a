import pytest

from ostraka import System


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """One running system for all tests of a module: each test uses an election of its own."""
    running = System(tmp_path_factory.mktemp("ostraka") / "data").start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def fresh(tmp_path):
    """A system that the test starts and hurts itself."""
    own = System(tmp_path / "data")
    yield own
    own.stop()
