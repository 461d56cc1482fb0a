"""The checks after a round find what they are there to find: in documents that are wrong, and on a disk that lies."""

import copy

import pytest

import checks
from faults import Fault
from ostraka import eventually
from places import ForgetfulDisk
from round import run_round
from world import World

RECOUNT = {"election": "e", "state": "closed", "final": True, "covers": {"0": 4, "1": 5}, "voters": 4, "issued": 6,
           "ballots": {"counted": 4, "repeated": 1, "held": 0, "outside": 0},
           "contests": [{"id": "one", "options": [{"id": "a", "votes": 3}, {"id": "b", "votes": 1}]}]}
RESULT = {name: RECOUNT[name] for name in ("election", "state", "final", "covers", "contests")} | {
    "ballots": {"counted": 4, "repeated": 1, "held": 0}}
COUNTED = ["01", "02", "03", "04"]
WITNESSED = {"01": ("a", 0, 1), "02": ("b", 0, 2)}
FIGURES = {"sent": 5, "counted": 3, "repeated": 1, "conflicted": 0, "failed": 1}


def changed(document, path, value):
    document = copy.deepcopy(document)
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return document


HONEST = {
    "answered": lambda: checks.acked_votes_are_counted(["02", "02", "04"], COUNTED),
    "once": lambda: checks.nobody_is_counted_twice(COUNTED, RECOUNT),
    "entitled": lambda: checks.only_the_entitled_are_counted(RECOUNT),
    "tally": lambda: checks.tally_and_recount_agree(RESULT, RECOUNT),
    "final": lambda: checks.a_final_result_stays(RESULT, changed(RESULT, ["covers", "0"], 9)),
    "votes": lambda: checks.votes_add_up(RECOUNT),
    "records": lambda: checks.records_add_up([RECOUNT], 2),
    "load": lambda: checks.load_was_told_the_truth(FIGURES),
    "witnesses": lambda: checks.witnesses_were_told_the_truth(WITNESSED, {"09"}, COUNTED, RECOUNT),
    "answers": lambda: checks.answers_are_true("01", [(409, (0, 7)), (200, (0, 7)), (409, (0, 7))]),
}
WRONG = {
    "an answered vote is not counted": lambda: checks.acked_votes_are_counted(["02", "05"], COUNTED),
    "nothing is counted": lambda: checks.acked_votes_are_counted(["02"], []),
    "a voter stands twice in the list": lambda: checks.nobody_is_counted_twice(COUNTED + ["01"], RECOUNT),
    "more ballots than voters": lambda: checks.nobody_is_counted_twice(
        COUNTED, changed(RECOUNT, ["ballots", "counted"], 5)),
    "fewer tokens than voters": lambda: checks.only_the_entitled_are_counted(changed(RECOUNT, ["issued"], 3)),
    "the tally has another result": lambda: checks.tally_and_recount_agree(
        changed(RESULT, ["contests", 0, "options", 0, "votes"], 4), RECOUNT),
    "the tally counts a repeat": lambda: checks.tally_and_recount_agree(
        changed(RESULT, ["ballots", "repeated"], 0), RECOUNT),
    "a final result changes": lambda: checks.a_final_result_stays(
        RESULT, changed(RESULT, ["contests", 0, "options", 1, "votes"], 2)),
    "a final result covers less": lambda: checks.a_final_result_stays(RESULT, changed(RESULT, ["covers", "1"], 4)),
    "a ballot is no vote": lambda: checks.votes_add_up(changed(RECOUNT, ["ballots", "counted"], 5)),
    "a record is in no account": lambda: checks.records_add_up([changed(RECOUNT, ["covers", "0"], 5)], 2),
    "a voter hears of another ballot": lambda: checks.load_was_told_the_truth(changed(FIGURES, ["conflicted"], 1)),
    "a witness is not counted": lambda: checks.witnesses_were_told_the_truth(
        WITNESSED | {"07": ("a", 1, 1)}, set(), COUNTED, RECOUNT),
    "one who was refused is counted": lambda: checks.witnesses_were_told_the_truth({}, {"04", "09"}, COUNTED, RECOUNT),
    "two witnesses stand in one place": lambda: checks.witnesses_were_told_the_truth(
        WITNESSED | {"03": ("a", 0, 2)}, set(), COUNTED, RECOUNT),
    "a witness's choice was changed": lambda: checks.witnesses_were_told_the_truth(
        WITNESSED | {"03": ("b", 1, 2)}, set(), COUNTED, RECOUNT),
    "a voter may vote again": lambda: checks.answers_are_true("01", [(201, (0, 7)), (409, (0, 7))]),
    "no option counts": lambda: checks.answers_are_true("01", [(409, (0, 7)), (409, (0, 7))]),
    "two places are told": lambda: checks.answers_are_true("01", [(200, (0, 7)), (409, (0, 8))]),
}


@pytest.mark.parametrize("name", HONEST)
def test_what_is_right_is_let_pass(name):
    assert HONEST[name]() == []


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name):
    assert len(WRONG[name]()) >= 1


class LyingDisk(Fault):
    """Syncs are confirmed and not done; then the power fails."""
    kind = "lying disk"
    lies = "on"

    def begin(self, world):
        world.place.tell(f"lie {self.lies}")
        told = world.proxy.passed
        eventually(lambda: world.proxy.passed > told + 400)
        world.kill_everything()
        world.place.tell("lose")
        world.place.tell("lie off")
        world.start()


class HonestDisk(LyingDisk):
    kind = "honest disk"
    lies = "off"


@pytest.fixture
def world(place_of):
    with World(place_of(ForgetfulDisk), seed=1) as world:
        yield world


def test_a_disk_that_lies_is_found_out(world):
    outcome = run_round(world, 1, [LyingDisk])
    assert any("are not counted" in violation for violation in outcome.violations), outcome
    assert any("whose vote was answered, hears [" in violation for violation in outcome.violations), outcome


def test_the_same_loss_of_power_on_an_honest_disk_is_nothing(world):
    outcome = run_round(world, 1, [HonestDisk])
    assert outcome.violations == [] and outcome.acked > 0, outcome
