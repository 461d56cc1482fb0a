"""bench/capacity: the arithmetic by hand, the peak against what queues must do, its limits against the code, and the page
against the program."""

import json
import re
import subprocess
import sys

import pytest

from ostraka import SOURCE

sys.path.insert(0, str(SOURCE / "bench"))

from capacity_model import model, peak  # noqa: E402

MEASURED = {"gateway_us_a_voter": 300, "gateway_us_a_vote": 10, "identity_us_a_voter": 200, "ballotbox_us_a_vote": 4,
            "tally_us_a_vote": 1, "kafka_factor": 1.5, "append_ms": 10, "ballotbox_bytes_a_voter": 30,
            "tally_bytes_a_voter": 17, "log_bytes_a_vote": 50, "replay_us_a_record": 2, "request_bytes": 700,
            "reply_bytes": 550}
ASSUMED = {"core_factor": 1, "utilisation": 0.5, "zones": 3, "node_cores": 8, "node_gigabytes": 16,
           "node_gigabits": 5, "takeover_seconds": 10, "partition_share": 0.5, "replicas": 3,
           "broker_megabytes_a_second": 100, "kafka_record_bytes": 150, "token_lead": 1}


def test_the_arithmetic_is_what_one_does_by_hand():
    plan = model.plan(100_000, 60_000_000, MEASURED, ASSUMED)
    # 100,000 times 300 us are 30 cores; half used, with two thirds of them left: 90.
    assert plan["gateway_cores"] == pytest.approx(90)
    assert plan["gateways"] == 12  # 11.25, as many in each of three zones
    assert plan["identity_cores"] == pytest.approx(60) and plan["identities"] == 9
    assert plan["ballotbox_cores"] == pytest.approx(0.6 * 3)
    # 60 million times 2 us are 120 s of reading: 12 partitions for 10 s each; 0.6 of a core asks for 1.2.
    assert plan["partitions"] == 12 and plan["takeover_seconds"] == pytest.approx(10)
    assert plan["ballotbox_gigabytes"] == pytest.approx(1.8)
    assert plan["log_gigabytes_a_copy"] == pytest.approx(18)
    # Votes and issues, three copies of 150 bytes: 90 MB a second over three brokers.
    assert plan["brokers"] == 3 and plan["broker_megabytes_each"] == pytest.approx(30)


def test_more_of_anything_never_needs_less():
    for grown in ("votes", "voters"):
        before = None
        for factor in (1, 2, 5, 10):
            sizes = {"votes": 50_000, "voters": 50_000_000}
            sizes[grown] *= factor
            plan = model.plan(sizes["votes"], sizes["voters"], MEASURED, ASSUMED)
            counts = [plan[name] for name in ("partitions", "gateways", "identities", "ballotboxes", "brokers")]
            assert before is None or all(new >= old for new, old in zip(counts, before)), (grown, counts, before)
            before = counts


def test_a_figure_that_is_missing_is_named():
    without = {name: value for name, value in MEASURED.items() if name != "replay_us_a_record"}
    with pytest.raises(model.Missing, match="replay_us_a_record"):
        model.plan(1_000, 1_000_000, without, ASSUMED)


def test_what_benchmarks_write_replaces_what_was_recorded():
    run = {"whole": {"tls_256": {"cpu_us": {"gateway": 11}}, "full_256": {"cpu_us": {"ballotbox": 5, "tally": 2}},
                     "night_0": {"cpu_us": {"gateway": 400, "identity": 250}},
                     "sizes": {"request_bytes": 1, "reply_bytes": 2}}}
    kafka = {"kafka": {"full": {"cpu_us_ours": 12}, "at_5000": {"latency_us": {"p50": 8_000}}},
             "embedded": {"full": {"cpu_us_ours": 10}}}
    found = model.from_benchmarks(run=run, kafka=kafka)
    assert found["gateway_us_a_voter"] == 400 and found["kafka_factor"] == pytest.approx(1.2)
    assert found["append_ms"] == 8


def play(**changed):
    hour = peak.Peak(length=120, lost_at=60, lost_for=30, **changed)
    plan = model.plan(250_000, 30_000_000, MEASURED, ASSUMED) | {"append_seconds": 0.01}
    return hour, plan, peak.simulate(hour, plan, MEASURED, ASSUMED)


def test_nobody_is_lost_in_the_simulation():
    hour, _, rows = play()
    found = peak.summary(rows, hour)
    assert found["arrived"] == pytest.approx(found["counted"] + found["waiting_at_the_end"], rel=1e-6)


def test_what_fits_is_not_refused_but_by_the_zone_that_is_lost():
    hour, _, rows = play()
    assert all(row["refused"] == 0 for row in rows if row["second"] < hour.lost_at)
    assert sum(row["refused"] for row in rows) > 0
    assert all(row["refused"] == 0 for row in rows if row["second"] > hour.lost_at + 40)


def test_a_queue_in_front_of_what_is_too_slow_grows_to_its_deadline_and_the_rest_is_refused():
    hour = peak.Peak(votes_a_second=10_000, rise=1, length=60, half_life=1e9, lost_at=1e9)
    plan = {"gateways": 1, "identities": 0, "partitions": 3, "takeover_seconds": 1, "append_seconds": 0}
    rows = peak.simulate(hour, plan, MEASURED, ASSUMED)
    # One node of 8 cores serves 8e6 / 500 = 16,000 voters a second: all of them. With 4 cores it serves 8,000.
    assert sum(row["refused"] for row in rows) == 0
    rows = peak.simulate(hour, plan, MEASURED, ASSUMED | {"node_cores": 4})
    assert rows[-1]["counted"] == pytest.approx(8_000, rel=0.01)
    assert rows[-1]["wait_ms"] == pytest.approx(1e3 * peak.ANSWER_DEADLINE, rel=0.05)
    assert sum(row["refused"] for row in rows) > 0


def test_the_limits_are_the_products():
    def constant(path, pattern):
        return int(re.search(pattern, (SOURCE / path).read_text()).group(1).replace("'", ""))

    assert constant("src/gateway/main.cc", r"in_flight_max = ([\d']+)") == peak.GATEWAY_IN_FLIGHT
    assert constant("src/ballotbox/partition_thread.h", r"k_queued_votes_max = ([\d']+)") == peak.PARTITION_QUEUE
    assert constant("src/gateway/handlers.h", r"answer_deadline\{([\d']+)\}") == 1e3 * peak.ANSWER_DEADLINE
    assert constant("src/log/kafka/kafka_sharing.h", r"k_session\{([\d']+)\}") == 1e3 * peak.SESSION


def test_the_page_has_what_the_program_prints(tmp_path):
    report = tmp_path / "report.json"
    done = subprocess.run([SOURCE / "bench/capacity", "--peak", "--json", report], capture_output=True, text=True,
                          check=True, stdin=subprocess.DEVNULL)
    page = (SOURCE / "docs/operating/capacity.md").read_text()
    for line in done.stdout.splitlines():
        if line.startswith("|"):
            assert line in page, line
    assert json.loads(report.read_text())["plan"]["partitions"] > 0
