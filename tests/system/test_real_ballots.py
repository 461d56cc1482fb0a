"""Whole elections through the front door, against what is known to be right."""

import csv
import json
import random

import pytest

import reference_count as reference
from ostraka import SHARED

MINNEAPOLIS = SHARED / "data/minneapolis-2013-mayor"


def option_votes(result):
    return {option["id"]: option["votes"] for option in result["contests"][0]["options"]}


def comparable(result):
    """A result without what may differ between a live document and a recount."""
    return {"ballots": {k: result["ballots"][k] for k in ("counted", "repeated", "held")},
            "covers": result["covers"], "contests": result["contests"]}


def cast(system, election, path, columns, *flags):
    contest = system.request("GET", f"/v1/elections/{election}").json["contests"][0]["id"]
    done = system.cli("cast", election, "--ballots", path, "--contest", contest, "--columns", columns, "--json", *flags,
                      timeout=900)
    return json.loads(done.stdout)


def close_and_compare_with_recount(system, election):
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    final = system.results_when(election, lambda r: r["final"])
    recount = system.recount(election)
    assert recount["recounted"] is True
    assert comparable(recount) == comparable(final)
    assert recount["voters"] == final["ballots"]["counted"]
    assert recount["issued"] >= recount["voters"]
    return final


@pytest.mark.skipif(not MINNEAPOLIS.is_dir(), reason=f"the real ballots are not at {MINNEAPOLIS}")
def test_minneapolis_2013_counts_as_it_was_certified_and_a_second_run_moves_nothing(system):
    definition = json.loads((MINNEAPOLIS / "election.json").read_text())
    expected = json.loads((MINNEAPOLIS / "expected.json").read_text())
    done = system.cli("election", "create", MINNEAPOLIS / "election.json", "--json")
    election = json.loads(done.stdout)["id"]
    system.cli("election", "open", election)

    first = cast(system, election, MINNEAPOLIS / "ballots.csv", "rank1,rank2,rank3")
    assert (first["sent"], first["counted"], first["failed"]) == (79_312, 79_312, 0), first
    assert first["repeated"] == first["conflicted"] == 0 and first["refused"] == {}

    live = system.results_when(election, lambda r: r["ballots"]["counted"] == 79_312)
    id_of = {option["title"]: option["id"] for option in definition["contests"][0]["options"]}
    id_of |= {title: option for title in expected["first_round"] for option in [id_of.get(title)] if option}
    write_ins = {title for title in expected["first_round"] if title not in id_of}
    assert len(write_ins) <= 1, write_ins
    for option in definition["contests"][0]["options"]:
        if option.get("undeclared"):
            id_of |= {title: option["id"] for title in write_ins}

    def in_ids(tally):
        return {id_of[title]: votes for title, votes in tally.items() if votes}

    contest = live["contests"][0]
    rounds = [{k: v for k, v in round_["tally"].items() if v} for round_ in contest["rounds"]]
    assert {k: v for k, v in option_votes(live).items() if v} == in_ids(expected["first_round"])
    assert contest["winners"] == ["betsy-hodges"]
    assert rounds[-1] == in_ids(expected["final_round"])
    for number, tally in enumerate(expected["rounds"]):
        assert in_ids(tally) in rounds, f"round {number} of the certified count is missing"

    second = cast(system, election, MINNEAPOLIS / "ballots.csv", "rank1,rank2,rank3")
    assert (second["sent"], second["repeated"], second["counted"], second["failed"]) == (79_312, 79_312, 0, 0), second
    assert comparable(system.results(election)) == comparable(live)

    final = close_and_compare_with_recount(system, election)
    assert final["contests"] == live["contests"]


def write_csv(path, columns, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


OPTIONS = [f"option-{i}" for i in range(7)]


def definition(method, **members):
    return {"id": f"generated-{method}", "title": f"Generated, {method}",
            "contests": [{"id": "contest", "title": "Contest", "method": method, **members,
                          "options": [{"id": o, "title": o.upper()} for o in OPTIONS]}]}


def run(system, tmp_path, method, ballots, columns, rows, **members):
    election = system.create(definition(method, **members))
    write_csv(tmp_path / "ballots.csv", columns, rows)
    first = cast(system, election, tmp_path / "ballots.csv", ",".join(columns))
    assert (first["sent"], first["counted"]) == (len(ballots), len(ballots)), first
    second = cast(system, election, tmp_path / "ballots.csv", ",".join(columns))
    assert (second["repeated"], second["counted"]) == (len(ballots), 0), second
    result = close_and_compare_with_recount(system, election)
    assert result["ballots"]["counted"] == len(ballots)
    return election, result


def preferences(generator, count, most):
    weights = [2 ** -i for i in range(len(OPTIONS))]
    for _ in range(count):
        ranking = []
        for option in generator.choices(OPTIONS, weights, k=generator.randint(1, most)):
            if option not in ranking:
                ranking.append(option)
        yield ranking


def test_a_generated_single_choice_election(system, tmp_path):
    ballots = list(preferences(random.Random(1), 1_000, 1))
    _, result = run(system, tmp_path, "single", ballots, ["choice"], ballots)
    assert option_votes(result) == reference.count_single_or_approval(OPTIONS, ballots)
    assert result["contests"][0]["winners"] == ["option-0"]


def test_a_generated_approval_election(system, tmp_path):
    ballots = list(preferences(random.Random(2), 1_000, 3))
    rows = [ballot + [""] * (3 - len(ballot)) for ballot in ballots]
    _, result = run(system, tmp_path, "approval", ballots, ["a", "b", "c"], rows, max_choices=3)
    assert option_votes(result) == reference.count_single_or_approval(OPTIONS, ballots)


def test_a_generated_ranked_election(system, tmp_path):
    ballots = list(preferences(random.Random(3), 1_000, 5))
    rows = [ballot + [""] * (5 - len(ballot)) for ballot in ballots]
    columns = ["first", "second", "third", "fourth", "fifth"]
    election, result = run(system, tmp_path, "ranked", ballots, columns, rows, max_choices=5)
    rounds, winner = reference.count_ranked(election, "contest", OPTIONS, ballots)
    contest = result["contests"][0]
    assert [round_["tally"] for round_ in contest["rounds"]] == rounds
    assert contest["winners"] == [winner]
    assert option_votes(result) == rounds[0]


def test_a_generated_score_election(system, tmp_path):
    generator = random.Random(4)
    ballots = [{option: generator.randint(0, 5) for option in generator.sample(OPTIONS, generator.randint(1, 7))}
               for _ in range(1_000)]
    rows = [[ballot.get(option, "") for option in OPTIONS] for ballot in ballots]
    _, result = run(system, tmp_path, "score", ballots, OPTIONS, rows, max_score=5)
    assert option_votes(result) == reference.count_score(OPTIONS, ballots)
