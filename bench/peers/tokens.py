"""Voters' tokens: HS256, one voter each, with a secret of this run."""

import base64
import hmac
import json
import secrets
import time

VALID_SECONDS = 3600


def new_secret():
    return secrets.token_hex(32)


def part(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


HEADER = part(json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())


def sign(secret, voter, election="song", valid_seconds=VALID_SECONDS):
    claims = b'{"sub":"%s","eid":"%s","exp":%d}' % (voter.encode(), election.encode(), time.time() + valid_seconds)
    signed = HEADER + b"." + part(claims)
    return signed + b"." + part(hmac.digest(secret.encode(), signed, "sha256"))


def write(path, secret, count):
    with open(path, "wb") as file:
        for _ in range(count):
            file.write(sign(secret, secrets.token_hex(16)) + b"\n")
