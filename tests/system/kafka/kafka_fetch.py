"""Kafka's classes: fetched by Maven once, kept in a cache, so that a later start needs no network."""

import fcntl
import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
VERSION = "3.9.1"
BROKER = f"kafka_2.13-{VERSION}.jar"  # one of pom.xml's
JAVA_LEAST = 17
FETCH_SECONDS_MAX = 600


class CannotFetch(Exception):
    pass


@functools.cache
def java():
    """The java that brokers run on; raises CannotFetch, with what to do, where there is none that is new enough."""
    found = shutil.which("java")
    if found is not None:
        said = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=60).stderr
        version = re.search(r'version "(\d+)', said)
        if version and int(version[1]) >= JAVA_LEAST:
            return found
    raise CannotFetch(f"there is no java {JAVA_LEAST} or newer on the PATH: scripts/install --tests installs one")


def classes():
    """The folder of jar files: it is there whole or not at all, however many processes ask for it at once."""
    kafka = cache() / f"kafka-{VERSION}"
    lib = kafka / "lib"
    if lib.exists():
        return lib
    kafka.mkdir(parents=True, exist_ok=True)
    # Maven's own repository is not made for two who fetch at once. Whoever is killed lets the lock go.
    with open(kafka / "fetch.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lib.exists():
            with tempfile.TemporaryDirectory(prefix="fetch.", dir=kafka) as beside:
                fetch(pathlib.Path(beside) / "lib")
                os.rename(pathlib.Path(beside) / "lib", lib)
    return lib


def cache():
    return pathlib.Path(os.environ.get("OSTRAKA_CACHE") or pathlib.Path.home() / ".cache/ostraka")


def fetch(lib):
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotFetch("there is no mvn on the PATH: scripts/install --tests installs it")
    command = [maven, "--quiet", "--batch-mode", "--file", FOLDER / "pom.xml", "dependency:copy-dependencies",
               f"-DoutputDirectory={lib}", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=FETCH_SECONDS_MAX)
    except subprocess.TimeoutExpired as error:
        raise CannotFetch(f"Maven was not done within {FETCH_SECONDS_MAX} s") from error
    if done.returncode != 0 or not (lib / BROKER).exists():
        raise CannotFetch(f"Maven could not fetch Kafka {VERSION}:\n{done.stdout[-3000:]}")
