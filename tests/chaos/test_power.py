"""The power fails at moments that rounds under load do not come to."""

import pytest

from faults import PowerLoss
from places import ForgetfulDisk
from round import run_round
from world import World


class InNewFolders(ForgetfulDisk):
    """The data directory is to be in folders that nobody has made yet."""

    @property
    def data(self):
        return self.disk / "made" / "by" / "up"


@pytest.mark.parametrize("kind", [ForgetfulDisk, InNewFolders])
def test_the_way_to_a_log_that_was_just_made_is_not_lost(place_of, kind):
    place = place_of(kind)
    with World(place, seed=2) as world:
        outcome = run_round(world, 1, [PowerLoss])
        assert outcome.violations == [] and outcome.acked > 0, outcome
