#!/usr/bin/env python3
"""Counts an election out of Kafka's topics by what is published about them, without any code of Ostraka's.

    count.py BROKERS ELECTION [--prefix ostraka-] [--json]
"""

import argparse
import hashlib
import json
from collections import Counter

from kafka import KafkaConsumer, TopicPartition
from ostraka.v1 import ballot_records_pb2, election_records_pb2


def records(brokers, topic):
    """(partition, offset, bytes) of all that the topic holds now, partition by partition."""
    consumer = KafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False, auto_offset_reset="none")
    try:
        numbers = sorted(consumer.partitions_for_topic(topic) or [])
        if not numbers:
            raise SystemExit(f"there is no topic {topic}")
        for number in numbers:
            partition = TopicPartition(topic, number)
            consumer.assign([partition])
            first = consumer.beginning_offsets([partition])[partition]
            end = consumer.end_offsets([partition])[partition]
            if first != 0:
                raise SystemExit(f"{topic}-{number} begins at {first}: records are missing")
            consumer.seek(partition, 0)
            position = 0
            while position < end:
                for record in consumer.poll(timeout_ms=10_000).get(partition, []):
                    if record.offset != position:
                        raise SystemExit(f"{topic}-{number}: {record.offset} stands where {position} should")
                    yield number, record.offset, record.value
                    position += 1
    finally:
        consumer.close()


def definition_hash(definition):
    """docs/formats/definition.md: of the canonical form without the schedule."""
    what_counts = {key: value for key, value in definition.items() if key not in ("opens_at", "closes_at")}
    text = json.dumps(what_counts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def definitions(brokers, prefix, election):
    """By hash, every definition that the election ever had."""
    found = {}
    for _, _, value in records(brokers, prefix + "elections"):
        record = election_records_pb2.ElectionRecord.FromString(value)
        if record.election == election and record.WhichOneof("change") == "defined":
            definition = json.loads(record.defined.definition)
            found[definition_hash(definition)] = definition
    return found


def varints(data):
    numbers, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if byte == 0 and shift > 7:
                return None  # not the shortest form
            numbers.append(value)
            value = shift = 0
    return numbers if shift == 0 else None


def choices(ballot, definition):
    """docs/formats/ballot.md: for each contest its (option, points); None when it is not a ballot of this election."""
    numbers = varints(ballot)
    if numbers is None:
        return None
    chosen = []
    for contest in definition["contests"]:
        is_scored = contest["method"] == "score"
        if not numbers or len(numbers) < 1 + numbers[0] * (2 if is_scored else 1):
            return None
        count, numbers = numbers[0], numbers[1:]
        entries = [(numbers.pop(0), numbers.pop(0) if is_scored else 1) for _ in range(count)]
        options = [option for option, _ in entries]
        allowed = (contest["min_choices"] if count else 0) <= count <= contest["max_choices"]
        allowed = allowed and (count > 0 or contest["min_choices"] == 0)
        in_order = contest["method"] == "ranked" or options == sorted(options)
        if not allowed or not in_order or len(set(options)) < count:
            return None
        if any(option >= len(contest["options"]) for option in options):
            return None
        if is_scored and any(points > contest["max_score"] for _, points in entries):
            return None
        chosen.append(entries)
    return chosen if not numbers else None


class Window:
    """Of the election in one partition."""
    opened = None
    closed = False


def count(brokers, prefix, election):
    known = definitions(brokers, prefix, election)
    windows, voters, ballots, votes = {}, set(), Counter(), []
    for partition, offset, value in records(brokers, prefix + "ballots"):
        record = ballot_records_pb2.BallotRecord.FromString(value)
        kind = record.WhichOneof("kind")
        if kind is None or getattr(record, kind).election != election:
            continue
        window = windows.setdefault(partition, Window())
        if kind == "opened":
            if window.opened is None and not window.closed and record.opened.partitions > 0:
                window.opened = record.opened
        elif kind == "closed":
            window.closed = window.closed or window.opened is not None
        elif window.opened is None or window.closed:
            ballots["outside"] += 1
        elif int.from_bytes(record.vote.voter_key[:8], "big") % window.opened.partitions != partition:
            ballots["misplaced"] += 1
        else:
            # The definition is the one whose hash the marker fixed, whatever else stands in the other topic.
            chosen = choices(record.vote.ballot, known[window.opened.definition_hash])
            if chosen is None:
                ballots["malformed"] += 1
            elif record.vote.voter_key in voters:
                ballots["repeated"] += 1
            else:
                voters.add(record.vote.voter_key)
                ballots["counted"] += 1
                votes.append(chosen)
    opened = [window.opened for window in windows.values() if window.opened is not None]
    if not opened:
        raise SystemExit(f"{election} was never opened")
    return known[opened[0].definition_hash], ballots, votes


def result(definition, votes):
    contests = []
    for number, contest in enumerate(definition["contests"]):
        totals = Counter()
        for chosen in votes:
            entries = chosen[number][:1] if contest["method"] == "ranked" else chosen[number]
            for option, points in entries:
                totals[option] += points
        contests.append({"id": contest["id"], "options": [
            {"id": option["id"], "title": option["title"], "votes": totals[i]}
            for i, option in enumerate(contest["options"])]})
    return contests


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("brokers")
    parser.add_argument("election")
    parser.add_argument("--prefix", default="ostraka-", help="of the topics' names")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    definition, ballots, votes = count(options.brokers.split(","), options.prefix, options.election)
    contests = result(definition, votes)
    if options.json:
        print(json.dumps({"election": options.election, "ballots": dict(ballots), "contests": contests}))
        return
    outside = ballots["outside"] + ballots["misplaced"]
    print(f"{options.election}: {ballots['counted']} ballots count, {ballots['repeated']} repeated, "
          f"{outside} outside of the window, {ballots['malformed']} malformed")
    for contest in contests:
        print(contest["id"])
        for option in sorted(contest["options"], key=lambda option: -option["votes"]):
            print(f"  {option['title']:<20} {option['votes']}")


if __name__ == "__main__":
    main()
