"""Somebody adds partitions to the ballots behind our back. Whoever runs goes on with those that there were when the election
opened; whoever is started refuses, and says so; no vote is lost or counted twice."""

from kafka import KafkaAdminClient
from kafka.admin import NewPartitions

from kafka_cluster import KafkaCluster
from kafka_system import KafkaSystem
from ostraka import eventually, song_contest


def test_partitions_that_are_added_are_refused_loudly_and_cost_no_vote(tmp_path):
    with KafkaCluster(tmp_path / "cluster") as cluster:
        system = KafkaSystem(tmp_path / "data", cluster.url)
        system.create_topics(3)
        system.start()
        election = system.create(song_contest("altered"))
        tokens = {f"voter-{i}": system.ballot_token(election, f"voter-{i}") for i in range(60)}
        names = list(tokens)
        for name in names[:30]:
            assert system.vote(election, name, {"song": ["a"]}, tokens[name]).status == 201

        admin = KafkaAdminClient(bootstrap_servers=cluster.addresses)
        admin.create_partitions({"ostraka-ballots": NewPartitions(total_count=5)})
        admin.close()
        eventually(lambda: cluster.partition("ostraka-ballots", 4)["leader"] > 0, 60)
        for name in names:
            again = system.vote(election, name, {"song": ["a"]}, tokens[name])
            assert again.status == (200 if name in names[:30] else 201), (name, again)
            assert again.json["receipt"]["partition"] < 3

        system.kill("ballotbox")
        eventually(lambda: "the log has 5 partitions of ballots, and --partitions says 3" in system.log("ballotbox"), 60)
        eventually(lambda: system.request("GET", "/readyz").status == 503, 60)
        assert system.vote(election, names[0], {"song": ["a"]}, tokens[names[0]]).status == 503
        checked = system.cli("topics", "check", "--log", cluster.url, check=False, server=False)
        assert "5 partitions" in checked.stdout
        recount = system.recount(election)
        assert recount["voters"] == recount["ballots"]["counted"] == 60
        assert system.stop() != 0  # a service stayed down
