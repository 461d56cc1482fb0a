"""Rounds of chaos: worlds of some rounds each, every round with one to three faults that are chosen by the seed.

The seed chooses what happens; when it happens is up to the machine, so a seed repeats a round's kind, not the round.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import subprocess
import sys
import time

from faults import KINDS, possible
from places import CannotMount, ForgetfulDisk, Place, SmallDisk
from round import Outcome, end_of_world, run_round
from world import World

ROUNDS_A_WORLD = 6
# By how often: most harm can be done on the disk that forgets.
PLACES = (ForgetfulDisk,) * 6 + (SmallDisk,) * 2 + (Place,)
CLOCKS_SHARE = 0.5


def plan(generator, has, rounds):
    """For each round the kinds of its faults."""
    kinds = possible(has)
    rare = [kind for kind in kinds if kind.needs]
    chosen = []
    for _ in range(rounds):
        first = generator.choice(rare if rare and generator.random() < 0.6 else kinds)
        others = [kind for kind in kinds if kind is not first]
        some = [first, *generator.sample(others, generator.choice((0, 0, 1, 1, 2)))]
        generator.shuffle(some)
        chosen.append(some)
    return chosen


def run_world(seed, first_round, rounds, report):
    """A fresh system and its rounds; a round that went wrong is the world's last."""
    generator = random.Random(f"{seed}-{first_round}")
    outcomes = []
    with generator.choice(PLACES)() as place:
        world = World(place, generator.random(), with_clocks=generator.random() < CLOCKS_SHARE)
        with world:
            for number, kinds in enumerate(plan(generator, world.has, rounds), first_round):
                outcome = run_round(world, number, kinds)
                if number == first_round + rounds - 1 and not outcome.violations:
                    outcome.violations += end_of_world(world)
                outcomes.append(outcome)
                report(outcome)
                if outcome.violations:
                    keep_evidence(place, number)
                    break
    return outcomes


def keep_evidence(place, number):
    """What the services said, for whoever looks."""
    folder = os.environ.get("CHAOS_EVIDENCE")
    if folder:
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["cp", "-r", place.data, f"{folder}/round-{number}"], stderr=subprocess.DEVNULL)


def run_rounds(seed, rounds, side_by_side, report):
    """`rounds` rounds in all, also when some worlds end early."""
    outcomes = []
    next_round = 1
    with concurrent.futures.ThreadPoolExecutor(side_by_side) as pool:
        running = set()
        due = rounds
        while due > 0 or running:
            while due > 0 and len(running) < side_by_side:
                some = min(due, ROUNDS_A_WORLD)
                running.add(pool.submit(run_world, seed, next_round, some, report))
                next_round += some
                due -= some
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for world in done:
                outcomes += world.result()
            due = rounds - len(outcomes) - len(running) * ROUNDS_A_WORLD if next_round > rounds else due
    return sorted(outcomes, key=lambda outcome: outcome.number)


def summary(outcomes):
    """Kind of fault -> rounds that it did harm in, how much, voters answered in them, violations."""
    table = {kind.kind: [0, 0, 0, 0] for kind in KINDS} | {"all": [0, 0, 0, 0]}
    for outcome in outcomes:
        struck = {kind: harm for kind, harm in outcome.faults.items() if harm}
        for row, harm in [*struck.items(), ("all", 0)]:
            for column, more in enumerate((1, harm, outcome.acked + outcome.witnessed, len(outcome.violations))):
                table[row][column] += more
    return table


def as_text(outcomes):
    lines = [f"{'fault':<22} {'rounds':>7} {'harm':>8} {'voters answered':>15} {'violations':>11}"]
    for kind, (rounds, harm, answered, wrong) in summary(outcomes).items():
        lines.append(f"{kind:<22} {rounds:>7} {harm or '':>8} {answered:>15} {wrong:>11}")
    lines.append(f"rounds without harm: {sum(not any(outcome.faults.values()) for outcome in outcomes)}")
    places = collections.Counter(outcome.place for outcome in outcomes)
    lines.append("on: " + ", ".join(f"{place} {times}" for place, times in places.most_common()))
    lines.append(f"closed in the middle: {sum(outcome.closed_in_the_middle for outcome in outcomes)}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="tests/chaos/run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--side-by-side", type=int, default=2, help="systems at a time")
    parser.add_argument("--json", help="file for every round's outcome")
    options = parser.parse_args()
    begun = time.monotonic()
    done = []

    def report(outcome: Outcome):
        done.append(outcome)
        rest = (time.monotonic() - begun) / len(done) * (options.rounds - len(done))
        harm = ", ".join(f"{kind} {struck}" for kind, struck in outcome.faults.items())
        print(f"{len(done)}/{options.rounds} round {outcome.number} on a {outcome.place}: {harm}; {outcome.acked} + "
              f"{outcome.witnessed} answered, {outcome.counted} counted, {outcome.seconds} s, {rest / 60:.0f} min left",
              flush=True)
        for violation in outcome.violations:
            print(f"  VIOLATION {violation}", flush=True)

    print(f"seed {options.seed}", flush=True)
    try:
        outcomes = run_rounds(options.seed, options.rounds, options.side_by_side, report)
    except CannotMount as error:
        print(f"NOT RUN: no file system of one's own can be mounted here: {error}", file=sys.stderr)
        return 1
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"seed": options.seed, "rounds": [outcome.as_json() for outcome in outcomes]}, file)
    print(as_text(outcomes))
    return 1 if any(outcome.violations for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
