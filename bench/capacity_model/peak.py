"""The peak of a televised vote, in steps of 10 ms: voters arrive, wait in the queues that the product has, are refused
where it refuses, and come back. A fluid: so many of everything, no single voter.

A voter's two stages are the gateway (handshake, sign-in, token: processors of the gateways and of identity together) and
the partition (a thread each; the append). What waits at a gateway longer than its deadline is answered 503 and comes back
after a while. When a zone is lost a third of the gateways and ballot boxes is gone at once; the partitions of the lost
ones are not served until the group has missed them and their successors have read the log.
"""

import dataclasses
import math

STEP = 0.01
# The product's own limits; tests hold them against the code.
GATEWAY_IN_FLIGHT = 20_000  # votes a worker: gateway/main.cc
PARTITION_QUEUE = 65_536    # votes a partition: ballotbox/partition_thread.h
ANSWER_DEADLINE = 5.0       # gateway/handlers.h
SESSION = 6.0               # log/kafka/kafka_sharing.h


@dataclasses.dataclass
class Peak:
    votes_a_second: float = 250_000
    rise: float = 10
    length: float = 3_600
    half_life: float = 880      # of the arrivals behind the rise: 300 million in the hour
    lost_at: float = 1_200
    lost_for: float = 600
    retry_after: float = 3.0    # on average, spread evenly over twice of that
    zones: int = 3


def arrivals(peak, at):
    """Voters a second who come for the first time."""
    if at < 0 or at >= peak.length:
        return 0.0
    if at < peak.rise:
        return peak.votes_a_second * at / peak.rise
    return peak.votes_a_second * 0.5 ** ((at - peak.rise) / peak.half_life)


def simulate(peak, plan, measured, assumed, step=STEP):
    """One row a second: what came, was counted, refused, waits, and how long a voter waits."""
    front_us = measured["gateway_us_a_voter"] + measured["identity_us_a_voter"]
    front_cores = (plan["gateways"] + plan["identities"]) * assumed["node_cores"]
    front_rate = front_cores * 1e6 * assumed["core_factor"] / front_us
    workers = plan["gateways"] * assumed["node_cores"]
    box_us = measured["ballotbox_us_a_vote"] * measured["kafka_factor"]
    partition_rate = 1e6 * assumed["core_factor"] / box_us
    steps_of_retry = int(2 * peak.retry_after / step)
    back = [0.0] * (steps_of_retry + 1)  # who was refused, by when they come back
    rows, front, boxes, row = [], 0.0, {"served": 0.0, "lost": 0.0}, None
    for i in range(int(peak.length / step)):
        at = i * step
        zone_lost = peak.lost_at <= at < peak.lost_at + peak.lost_for
        left = (peak.zones - 1) / peak.zones if zone_lost else 1.0
        unserved = peak.lost_at <= at < peak.lost_at + SESSION + plan["takeover_seconds"]
        first = arrivals(peak, at) * step
        again, back[i % len(back)] = back[i % len(back)], 0.0
        refused = 0.0
        if i == round(peak.lost_at / step):
            # Who waited in the lost third was cut off, and asks again.
            lost = front / peak.zones
            front -= lost
            refused += lost
            boxes["lost"] += boxes["served"] / peak.zones
            boxes["served"] -= boxes["served"] / peak.zones
        front += first + again
        # In front: what would wait longer than the deadline is refused, and what no worker has room for.
        room = min(front_rate * left * ANSWER_DEADLINE, workers * left * GATEWAY_IN_FLIGHT)
        if front > room:
            refused += front - room
            front = room
        passed = min(front, front_rate * left * step)
        front -= passed
        # Partitions: a third of them is not served for a while; their votes wait at the gateways until the deadline.
        share_lost = 1 / peak.zones if unserved else 0.0
        boxes["lost"] += passed * share_lost
        boxes["served"] += passed * (1 - share_lost)
        if unserved:
            over = max(0.0, boxes["lost"] - passed / step * share_lost * ANSWER_DEADLINE)
            boxes["lost"] -= over
            refused += over
        else:
            boxes["served"] += boxes["lost"]
            boxes["lost"] = 0.0
        serving = plan["partitions"] * (1 - share_lost)
        counted = min(boxes["served"], serving * partition_rate * step)
        boxes["served"] -= counted
        over = max(0.0, boxes["served"] - serving * PARTITION_QUEUE)
        boxes["served"] -= over
        refused += over
        if refused > 0:
            for k in range(1, steps_of_retry + 1):
                back[(i + k) % len(back)] += refused / steps_of_retry
        wait = front / (front_rate * left) + boxes["served"] / (serving * partition_rate) + plan["append_seconds"]
        if i % round(1 / step) == 0:
            row = {"second": round(at), "arrived": 0.0, "again": 0.0, "counted": 0.0, "refused": 0.0, "wait_ms": 0.0,
                   "waiting": 0.0}
            rows.append(row)
        row["arrived"] += first
        row["again"] += again
        row["counted"] += counted
        row["refused"] += refused
        row["wait_ms"] = max(row["wait_ms"], wait * 1e3)
        row["waiting"] = front + boxes["served"] + boxes["lost"]
    rows[-1]["waiting"] += sum(back)
    return rows


def summary(rows, peak):
    arrived = sum(row["arrived"] for row in rows)
    counted = sum(row["counted"] for row in rows)
    refused = sum(row["refused"] for row in rows)
    lost = [row for row in rows if peak.lost_at <= row["second"] < peak.lost_at + peak.lost_for]
    calm = [row for row in rows if row not in lost]
    return {"arrived": arrived, "counted": counted, "waiting_at_the_end": rows[-1]["waiting"], "refusals": refused,
            "refusals_of_arrivals": refused / arrived if arrived else 0.0,
            "wait_ms_max": max(row["wait_ms"] for row in calm),
            "wait_ms_max_without_a_zone": max((row["wait_ms"] for row in lost), default=math.nan),
            "seconds_with_refusals": sum(1 for row in rows if row["refused"] > 0.5)}


def svg(rows, title):
    """Votes a second over the hour: came, counted, refused; and below it the wait."""
    width, height, left, top = 760, 300, 70, 30
    seconds = max(1, len(rows) - 1)
    most = max(max(row["arrived"] + row["again"] for row in rows), 1)
    longest = max(max(row["wait_ms"] for row in rows), 1)

    def line(values, most, y0, tall, colour):
        points = " ".join(f"{left + i / seconds * (width - left - 20):.1f},{y0 + tall - value / most * tall:.1f}"
                          for i, value in enumerate(values))
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'

    def text(x, y, what, anchor="start"):
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{what}</text>'

    low = top + height + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{low + 140}" '
             'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
             text(left, 18, title), text(left - 6, top + 10, f"{most:,.0f}/s", "end"), text(left - 6, top + height, "0", "end"),
             text(left - 6, low + 10, f"{longest:,.0f} ms", "end"), text(left - 6, low + 100, "0", "end"),
             f'<rect x="{left}" y="{top}" width="{width - left - 20}" height="{height}" fill="none" stroke="#ccc"/>',
             f'<rect x="{left}" y="{low}" width="{width - left - 20}" height="100" fill="none" stroke="#ccc"/>',
             line([row["arrived"] + row["again"] for row in rows], most, top, height, "#888"),
             line([row["counted"] for row in rows], most, top, height, "#0a7d33"),
             line([row["refused"] for row in rows], most, top, height, "#c22"),
             line([row["wait_ms"] for row in rows], longest, low, 100, "#225ea8")]
    for x, colour, what in ((0, "#888", "came, also again"), (150, "#0a7d33", "counted"), (240, "#c22", "refused, asks again"),
                            (400, "#225ea8", "wait (below)")):
        parts.append(f'<rect x="{left + x}" y="{low + 118}" width="10" height="10" fill="{colour}"/>')
        parts.append(text(left + x + 15, low + 127, what))
    return "\n".join(parts) + "\n</svg>\n"
