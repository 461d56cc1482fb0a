"""A short share of the chaos: every kind of fault at least once, and some together. tests/chaos/run does more of it."""

import pytest

import faults as f
from places import ForgetfulDisk, SmallDisk
from round import end_of_world, run_round
from world import World

FORGETFUL_ROUNDS = [[f.PowerLoss], [f.CutConnections, f.Kill], [f.FailedSync], [f.CutServices], [f.Pause, f.KillAll],
                    [f.ClockJump], [f.Kill, f.PowerLoss, f.SlowConnections]]
SMALL_DISK_ROUNDS = [[f.FullDisk], [f.SlowConnections, f.FullDisk, f.Kill]]


@pytest.mark.parametrize(("kind", "rounds"), [(ForgetfulDisk, FORGETFUL_ROUNDS), (SmallDisk, SMALL_DISK_ROUNDS)],
                         ids=["forgetful disk", "small disk"])
def test_rounds_of_faults_lose_nothing_count_nothing_twice_and_tell_no_lies(place_of, kind, rounds):
    with World(place_of(kind), seed=4, with_clocks=True) as world:
        for number, kinds in enumerate(rounds):
            outcome = run_round(world, number, kinds)
            print(outcome)
            assert outcome.violations == [], outcome
            assert outcome.acked > 0 and outcome.faults[kinds[0].kind] > 0, f"nothing happened: {outcome}"
        assert end_of_world(world) == []
