"""The peers: how each is started, and how its store is asked what is in it."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

from processes import wait_until

HERE = pathlib.Path(__file__).resolve().parent
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
GO_SERVER = HERE.parents[1] / "build/peers/go_postgres"
NODE_INSTALLED = HERE / "node_redis/node_modules/.package-lock.installed"
NODE_MAJOR_MIN = 20  # Fastify's and jose's least
# Peer and form: (store, mode).
FORMS = {
    "node_redis plain": ("redis", "plain"),
    "node_redis batched": ("redis", "batched"),
    "go_postgres plain": ("postgres", "plain"),
    "go_postgres batched": ("postgres", "batched"),
}


def install():
    """Fast when everything is there; what it could not install, missing() tells."""
    subprocess.run([HERE.parents[1] / "scripts/install", "--peers"], stdout=sys.stderr)


def missing(name):
    """What scripts/install --peers could not install."""
    if FORMS[name][0] == "redis":
        needed = {"redis-server": shutil.which("redis-server"),
                  f"Node.js {NODE_MAJOR_MIN}": node_major() >= NODE_MAJOR_MIN,
                  "the npm packages of node_redis": NODE_INSTALLED.exists()}
    else:
        needed = {"postgresql-15": (POSTGRES / "initdb").exists(), "the server of go_postgres": GO_SERVER.exists()}
    return [what for what, is_there in needed.items() if not is_there]


def node_major():
    if not shutil.which("node"):
        return 0
    return int(subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.lstrip("v").split(".")[0])


@contextlib.contextmanager
def folder_on_disk(parent="/var/tmp"):
    """For stores: what is durable in memory costs nothing."""
    with tempfile.TemporaryDirectory(prefix="ostraka-peers-", dir=parent) as folder:
        kind = subprocess.run(["stat", "--file-system", "--format=%T", folder], stdout=subprocess.PIPE, text=True)
        if kind.stdout.strip() in ("tmpfs", "ramfs"):
            raise SystemExit(f"{parent} is in memory: name another folder")
        yield pathlib.Path(folder)


def start(name, processes, secret, node_processes=None, pool=None):
    """(store, server), both ready."""
    kind, mode = FORMS[name]
    if kind == "redis":
        store = Redis(processes, processes.folder / name.replace(" ", "_"))
        command = ["node", HERE / "node_redis/server.mjs", "--mode", mode, "--redis", store.socket]
        if node_processes:
            command += ["--processes", str(node_processes)]
    else:
        store = Postgres(processes, processes.folder / name.replace(" ", "_"))
        command = [GO_SERVER, "--mode", mode, "--database", store.address, "--connections", str(pool or 0)]
    return store, processes.start_server(command, secret)


class Redis:
    def __init__(self, processes, folder):
        folder.mkdir()
        self.socket = folder / "redis.sock"
        processes.start("redis", ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", folder,
                                  "--save", "", "--appendonly", "yes", "--appendfsync", "always"])
        wait_until(self.socket.exists, "redis-server")

    def ask(self, *command):
        done = subprocess.run(["redis-cli", "-s", self.socket, *command], capture_output=True, text=True, check=True)
        return done.stdout.split()

    def rows(self):
        return int(self.ask("XLEN", "votes:song")[0])

    def durability(self):
        asked = ("appendonly", "appendfsync", "no-appendfsync-on-rewrite")
        return {what: self.ask("CONFIG", "GET", what)[1] for what in asked}

    def is_durable(self):
        return self.durability() == {"appendonly": "yes", "appendfsync": "always", "no-appendfsync-on-rewrite": "no"}


class Postgres:
    def __init__(self, processes, folder):
        folder.mkdir(mode=0o700)
        # It refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        as_user = {"user": self.user} if os.geteuid() == 0 else {}
        if as_user:
            shutil.chown(folder, self.user)
            processes.folder.chmod(0o711)
        self.folder = folder
        self.address = f"host={folder} user={self.user} dbname=postgres"
        subprocess.run([POSTGRES / "initdb", "--pgdata", folder / "data", "--auth", "trust", "--encoding", "UTF8",
                        "--locale", "C"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)
        # Only through its socket, which only this folder's owner reaches. SIGINT: ends without waiting for sessions.
        processes.start("postgres", [POSTGRES / "postgres", "-D", folder / "data", "-k", folder,
                                     "-c", "listen_addresses=", "-c", "fsync=on", "-c", "synchronous_commit=on",
                                     "-c", "full_page_writes=on"],
                        ending=signal.SIGINT, cwd=folder, **as_user)
        wait_until(self.is_up, "PostgreSQL")

    def is_up(self):
        return subprocess.run([POSTGRES / "pg_isready", "-q", "-h", self.folder]).returncode == 0

    def ask(self, statement):
        done = subprocess.run([POSTGRES / "psql", "-qtAX", "-d", self.address, "-c", statement], capture_output=True,
                              text=True, check=True)
        return done.stdout.strip()

    def rows(self):
        return int(self.ask("SELECT count(*) FROM votes"))

    def durability(self):
        return {what: self.ask(f"SHOW {what}") for what in ("fsync", "synchronous_commit", "full_page_writes",
                                                            "wal_sync_method")}

    def is_durable(self):
        found = self.durability()
        return found.pop("wal_sync_method") in ("fdatasync", "fsync", "open_datasync", "open_sync") and \
            found == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
