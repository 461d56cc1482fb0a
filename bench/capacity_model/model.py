"""How many of everything, out of what was measured and what is assumed. Pure arithmetic."""

import json
import math
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent


class Missing(Exception):
    """A figure that the arithmetic needs and nobody gave."""


def load(path):
    return {name: one["value"] for name, one in json.loads(pathlib.Path(path).read_text()).items()
            if isinstance(one, dict)}


def reference():
    return load(FOLDER / "measured.json")


def assumptions():
    return load(FOLDER / "assumed.json")


def from_benchmarks(run=None, night=None, kafka=None, many=None):
    """The figures that the benchmarks' own JSON has; what a report does not hold is left out."""
    found = {}
    if run and "whole" in run:
        whole = run["whole"]
        found["gateway_us_a_vote"] = whole["tls_256"]["cpu_us"]["gateway"]
        found["ballotbox_us_a_vote"] = whole["full_256"]["cpu_us"]["ballotbox"]
        found["tally_us_a_vote"] = whole["full_256"]["cpu_us"]["tally"]
        found["gateway_us_a_voter"] = whole["night_0"]["cpu_us"]["gateway"]
        found["identity_us_a_voter"] = whole["night_0"]["cpu_us"]["identity"]
        found["request_bytes"] = whole["sizes"]["request_bytes"]
        found["reply_bytes"] = whole["sizes"]["reply_bytes"]
    if kafka:
        found["kafka_factor"] = kafka["kafka"]["full"]["cpu_us_ours"] / kafka["embedded"]["full"]["cpu_us_ours"]
        found["append_ms"] = kafka["kafka"]["at_5000"]["latency_us"]["p50"] / 1e3
    if many:
        found["ballotbox_bytes_a_voter"] = many["ballotbox_bytes_a_voter"]
        found["tally_bytes_a_voter"] = many["tally_bytes_a_voter"]
        found["log_bytes_a_vote"] = many["log_disk_bytes"] / many["votes"]
    return found


def need(figures, name):
    if name not in figures:
        raise Missing(f"{name} is not among the figures")
    return figures[name]


def cores_for(us_a_second, assumed):
    """Cores so that, with a zone lost, those that are left are used as much as is wanted."""
    left = (assumed["zones"] - 1) / assumed["zones"]
    return us_a_second / 1e6 / assumed["core_factor"] / assumed["utilisation"] / left


def in_zones(count, assumed):
    """As many in each zone."""
    return math.ceil(math.ceil(count) / assumed["zones"]) * assumed["zones"]


def partitions_for(votes, voters, measured, assumed):
    """The larger of what the rate and what a takeover asks for, a multiple of the zones."""
    us = need(measured, "ballotbox_us_a_vote") * need(measured, "kafka_factor") / assumed["core_factor"]
    by_rate = votes * us / 1e6 / assumed["partition_share"]
    by_takeover = voters * need(measured, "replay_us_a_record") / 1e6 / assumed["core_factor"] / assumed["takeover_seconds"]
    return in_zones(max(by_rate, by_takeover, assumed["zones"]), assumed), by_rate, by_takeover


def plan(votes, voters, measured, assumed):
    """votes: a second, at the peak. Everything that follows, by name."""
    kafka = need(measured, "kafka_factor")
    partitions, by_rate, by_takeover = partitions_for(votes, voters, measured, assumed)
    sign_ins = votes * assumed["token_lead"]
    gateway = cores_for(sign_ins * need(measured, "gateway_us_a_voter")
                        + (votes - sign_ins) * need(measured, "gateway_us_a_vote"), assumed)
    identity = cores_for(sign_ins * need(measured, "identity_us_a_voter"), assumed)
    ballotbox = cores_for(votes * need(measured, "ballotbox_us_a_vote") * kafka, assumed)
    tally = votes * need(measured, "tally_us_a_vote") * kafka / 1e6 / assumed["core_factor"]
    nodes = {name: in_zones(cores / assumed["node_cores"], assumed)
             for name, cores in (("gateway", gateway), ("identity", identity), ("ballotbox", ballotbox))}
    # An index is held by whoever serves its partitions, and by two thirds of them when a zone is lost.
    index_gigabytes = voters * need(measured, "ballotbox_bytes_a_voter") / 1e9
    left = (assumed["zones"] - 1) / assumed["zones"]
    by_memory = index_gigabytes / left / (assumed["node_gigabytes"] / 2)
    nodes["ballotbox"] = max(nodes["ballotbox"], in_zones(by_memory, assumed))
    record_bytes = assumed["kafka_record_bytes"]
    broker_bytes = votes * record_bytes * assumed["replicas"] + sign_ins * record_bytes * assumed["replicas"]
    brokers = in_zones(max(assumed["zones"], broker_bytes / 1e6 / assumed["broker_megabytes_a_second"] / left), assumed)
    return {
        "votes_a_second": votes, "voters": voters, "partitions": partitions,
        "partitions_by_rate": by_rate, "partitions_by_takeover": by_takeover,
        "gateway_cores": gateway, "identity_cores": identity, "ballotbox_cores": ballotbox, "tally_cores": tally,
        "gateways": nodes["gateway"], "identities": nodes["identity"], "ballotboxes": nodes["ballotbox"],
        "tallies": 2, "brokers": brokers,
        "ballotbox_gigabytes": index_gigabytes, "tally_gigabytes": voters * need(measured, "tally_bytes_a_voter") / 1e9,
        "takeover_seconds": voters / partitions * need(measured, "replay_us_a_record") / 1e6 / assumed["core_factor"],
        "log_gigabytes_a_copy": voters * 2 * record_bytes / 1e9,
        "gateway_gigabits_each": votes * (need(measured, "request_bytes") + need(measured, "reply_bytes")) * 8 / 1e9
        / nodes["gateway"] / left,
        "broker_megabytes_each": broker_bytes / 1e6 / brokers,
        "votes_an_append": votes / partitions * need(measured, "append_ms") / 1e3,
    }
