"""Straightforward counting of whole ballots, to hold the product against. Nothing here is fast or incremental."""

import collections
import hashlib


def tie_hash(election, contest, option):
    return hashlib.sha256(b"\0".join(part.encode() for part in (election, contest, option))).hexdigest()


def count_single_or_approval(options, ballots):
    votes = collections.Counter(option for ballot in ballots for option in ballot)
    return {option: votes[option] for option in options}


def count_score(options, ballots):
    points = collections.Counter()
    for ballot in ballots:
        points.update(ballot)
    return {option: points[option] for option in options}


def first_preferences(options, ballots, standing):
    votes = collections.Counter()
    for ballot in ballots:
        for option in ballot:
            if option in standing:
                votes[option] += 1
                break
    return {option: votes[option] for option in options if option in standing}


def loser(election, contest, tally, rounds):
    """Fewest votes; a tie goes by the latest earlier round in which they differ, else by the smaller hash."""
    tied = [option for option in tally if tally[option] == min(tally.values())]
    for earlier in reversed(rounds):
        fewest = min(earlier[option] for option in tied)
        tied = [option for option in tied if earlier[option] == fewest]
    return min(tied, key=lambda option: tie_hash(election, contest, option))


def count_ranked(election, contest, options, ballots, undeclared=()):
    """The rounds of instant runoff and the winner (None without ballots)."""
    standing, rounds, pending = set(options), [], [o for o in options if o in undeclared]
    while True:
        tally = first_preferences(options, ballots, standing)
        continuing = sum(tally.values())
        ahead = max(tally, key=lambda o: tally[o])
        done = continuing == 0 or tally[ahead] * 2 > continuing or len(standing) <= 2
        rounds.append(tally)
        if done and continuing == 0:
            return rounds, None
        if done:
            if len(standing) == 2:
                out = loser(election, contest, tally, rounds[:-1])
                return rounds, next(o for o in tally if o != out)
            return rounds, ahead
        out = pending.pop(0) if pending else loser(election, contest, tally, rounds[:-1])
        standing.discard(out)
