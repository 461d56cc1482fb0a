"""What must hold after every round, from what the system handed out: files, documents and answers. Pure.

Each check returns a list of violations, in words; an empty one is good news.
"""


def acked_votes_are_counted(acked, counted):
    """The voters whose vote was answered 201 or 200, and those of `recount --voters`."""
    lost = set(acked) - set(counted)
    return [f"{len(lost)} of {len(set(acked))} votes that were answered are not counted"] if lost else []


def nobody_is_counted_twice(counted, recount):
    found = []
    if len(counted) != len(set(counted)):
        found.append(f"{len(counted) - len(set(counted))} voters are counted twice")
    if not len(set(counted)) == recount["voters"] == recount["ballots"]["counted"]:
        found.append(f"{len(set(counted))} voters are listed, {recount['voters']} told, "
                     f"{recount['ballots']['counted']} ballots counted")
    return found


def only_the_entitled_are_counted(recount):
    return [] if recount["voters"] <= recount["issued"] else [
        f"{recount['voters']} voters are counted and {recount['issued']} were issued a token"]


def tally_and_recount_agree(result, recount):
    """What they cover is how far each has read: the tally may have gone on since."""
    found = [f"the tally's {part} are not the recount's: {result[part]} and {recount[part]}"
             for part in ("state", "final", "contests") if result[part] != recount[part]]
    # The recount's tells of votes outside the window as well.
    for account in result["ballots"].keys() & recount["ballots"].keys():
        if result["ballots"][account] != recount["ballots"][account]:
            found.append(f"{account}: {result['ballots'][account]} by the tally, {recount['ballots'][account]} by the "
                         "recount")
    return found


def a_final_result_stays(before, now):
    found = [f"{before['election']}: a final result changed in its {part}"
             for part in ("state", "final", "contests", "ballots") if before[part] != now[part]]
    if any(now["covers"].get(partition, 0) < offset for partition, offset in before["covers"].items()):
        found.append(f"{before['election']}: its result covers less than it did")
    return found


def votes_add_up(recount):
    """A contest with one choice a ballot: each counted ballot is one vote for one option."""
    contest = recount["contests"][0]
    votes = sum(option["votes"] for option in contest["options"])
    counted = recount["ballots"]["counted"]
    return [] if votes == counted else [f"{votes} votes on {counted} counted ballots"]


def records_add_up(recounts, markers_each):
    """Promise 6 over a whole log: every record of `ballots` is in the account of exactly one election, or a marker."""
    ends = recounts[0]["covers"]
    records = sum(ends.values())
    accounted = sum(sum(recount["ballots"].values()) + markers_each * len(ends) for recount in recounts)
    return [] if records == accounted else [f"{records} records in the log, {accounted} accounted for"]


def load_was_told_the_truth(figures):
    """Every voter of the load has one ballot only, so nobody may hear that another one counts."""
    found = []
    if figures["conflicted"]:
        found.append(f"{figures['conflicted']} voters were told that another ballot of theirs counts")
    if figures["sent"] != sum(figures[name] for name in ("counted", "repeated", "conflicted", "failed")):
        found.append(f"the load's figures do not add up: {figures}")
    return found


def witnesses_were_told_the_truth(answered, refused, counted, recount):
    """`answered`: voter -> (option, partition, offset). `refused`: who were told that the election is not open, and
    that no ballot of theirs counts."""
    found = acked_votes_are_counted(answered, counted)
    if refused & set(counted):
        found.append(f"{len(refused & set(counted))} voters were refused and are counted")
    places = [place for _, *place in answered.values()]
    if len({tuple(place) for place in places}) != len(places):
        found.append("two voters were told of the same place in the log")
    for option in recount["contests"][0]["options"]:
        witnessed = sum(choice == option["id"] for choice, *_ in answered.values())
        if witnessed > option["votes"]:
            found.append(f"{witnessed} witnesses voted for {option['id']}, {option['votes']} votes are counted")
    return found


def answers_are_true(voter, answers):
    """To a voter who was answered before: each option of the contest sent again. The one that counts is said so (200),
    the others are told that another one does (409), all with the place of the same ballot."""
    statuses = sorted(status for status, _ in answers)
    if statuses != [200] + [409] * (len(answers) - 1):
        return [f"voter {voter}, whose vote was answered, hears {statuses}"]
    if len({tuple(receipt) for _, receipt in answers}) != 1:
        return [f"voter {voter} is told of several places: {answers}"]
    return []
