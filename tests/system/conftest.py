import pathlib
import sys

import pytest

# For `from kafka_cluster import KafkaCluster` in any of these tests.
sys.path.append(str(pathlib.Path(__file__).resolve().parent / "kafka"))

from ostraka import System  # noqa: E402
from pages import CHROMIUM, Visitor  # noqa: E402


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


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright  # the other tests do without
    with sync_playwright() as playwright:
        # A page that frames ours comes from another name, but everything is on this machine.
        yield playwright.chromium.launch(executable_path=CHROMIUM,
                                         args=["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"])


@pytest.fixture
def visitor(browser, system):
    """visitor(**context): a browser window that must not have complained when the test ends."""
    visitors = []

    def open_window(**context):
        visitors.append(Visitor(browser, context.pop("system", system), **context))
        return visitors[-1]

    yield open_window
    for one in visitors:
        one.close()
