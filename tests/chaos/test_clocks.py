"""The wall clock jumps while the services run. No election closes because of it, and tokens expire as they say."""

import time

import pytest

from clocks import NOTICED_SECONDS
from ostraka import SERVICES, eventually
from places import Place, SmallDisk
from round import Load
from world import PARTITIONS, World, contest

HOUR = 3600
READY_AGAIN_SECONDS = 20
CLOSES_IN_SECONDS = 600


@pytest.fixture
def world(place_of):
    with World(place_of(Place), seed=1, with_clocks=True) as world:
        yield world


def opened(world, closes_in=CLOSES_IN_SECONDS):
    closes_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + closes_in))
    assert world.administer("/v1/elections", contest("e", closes_at=closes_at)).status == 201
    assert world.administer("/v1/elections/e/open").status == 200


def vote(world, token):
    return world.ask("POST", "/v1/elections/e/votes", {"ballot": {"one": ["a"]}}, token=token).status


def waits(world, service):
    everywhere = PARTITIONS if service == "ballotbox" else 1
    return world.system.metric(service, f"ostraka_{service}_closing_waits") == everywhere


def waits_nowhere(world, service):
    return world.system.metric(service, f"ostraka_{service}_closing_waits") == 0


def jump(world, seconds):
    for service in SERVICES:
        world.clocks.set(service, seconds)


def test_a_clock_that_jumps_ahead_closes_nothing_and_says_so(world):
    opened(world)
    before = world.ballot_token("e", "before")
    jump(world, HOUR)
    eventually(lambda: waits(world, "elections") and waits(world, "ballotbox"))
    assert world.ask("GET", "/v1/elections/e").json["state"] == "open"
    # Tokens of before are an hour old now; those that are issued now are as good as ever.
    eventually(lambda: vote(world, before) == 401)
    assert vote(world, world.ballot_token("e", "meanwhile")) == 201
    jump(world, 0)
    eventually(lambda: waits_nowhere(world, "elections") and waits_nowhere(world, "ballotbox"))
    eventually(lambda: vote(world, before) == 201)
    assert world.ask("GET", "/v1/elections/e").json["state"] == "open"
    assert world.recount("e")[0]["ballots"]["counted"] == 2


def test_a_command_closes_whatever_the_clock_says(world):
    opened(world)
    assert vote(world, world.ballot_token("e", "one")) == 201
    jump(world, -HOUR)
    time.sleep(NOTICED_SECONDS + 0.2)  # nothing says when they have noticed
    assert vote(world, world.ballot_token("e", "another")) == 201
    assert world.administer("/v1/elections/e/close").status == 200
    eventually(lambda: world.ask("GET", "/v1/elections/e/results").json["final"])
    assert world.recount("e")[0]["ballots"]["counted"] == 2


def test_a_ballot_box_that_was_refused_space_under_another_clock_is_ready_again_soon(place_of):
    place = place_of(SmallDisk)
    with World(place, seed=1, with_clocks=True) as world:
        opened(world, closes_in=2 * HOUR)
        jump(world, HOUR)
        time.sleep(NOTICED_SECONDS + 0.2)
        load = Load(world, "e")
        load.wait_until_begun()
        place.fill_up()
        eventually(lambda: world.system.metric("ballotbox", "ostraka_ballotbox_appends_refused_total") > 0)
        eventually(lambda: world.system.request("GET", "/readyz").status == 503)
        load.abandon()  # the last refusal is one under that clock
        jump(world, 0)
        time.sleep(NOTICED_SECONDS + 0.2)
        place.make_space()
        eventually(lambda: world.system.request("GET", "/readyz").status == 200, READY_AGAIN_SECONDS)
