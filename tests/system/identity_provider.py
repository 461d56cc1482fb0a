"""A real OpenID Connect provider (identity_provider/provider.mjs), and a person who signs in there without a browser."""

import base64
import hashlib
import html.parser
import http.cookiejar
import json
import pathlib
import secrets
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from ostraka import SOURCE

FOLDER = SOURCE / "tests/system/identity_provider"
NODE = shutil.which("node")
IS_INSTALLED = NODE is not None and (FOLDER / "node_modules/oidc-provider").exists()
MFA_ACR = "urn:example:mfa"
ANSWER_SECONDS = 10


def redirect_path(issuer):
    """As docs/operating/sign-in.md has it."""
    return "/sign-in/" + hashlib.sha256(issuer.encode()).hexdigest()[:32]


class Provider:
    """One issuer in a process of its own, on a free loopback port.

    path               what its issuer has behind the port: "", "/", "/realm/"
    alg                how it signs: RS256, PS256, ES256, EdDSA
    secret             of a confidential client; auth_method: client_secret_basic or client_secret_post
    access_tokens      opaque, jwt (with an audience of their own), cognito (without any)
    says_mfa_by        acr, amr or both
    always_auth_time   whether its ID tokens have `auth_time` although nobody asked for it
    says_iss           whether its answers name it (RFC 9207)
    """

    CLIENT = "ostraka"

    def __init__(self, directory, name, accounts, *, path="", alg="RS256", secret=None, auth_method="client_secret_basic",
                 access_tokens="opaque", says_mfa_by="both", always_auth_time=False, says_iss=True):
        self.directory = pathlib.Path(directory)
        self.name = name
        self.title = f"Accounts of {name}"
        self.secret = secret
        self.says_iss = says_iss
        self.auth_method = auth_method if secret is not None else "none"
        client = {"client_id": self.CLIENT, "alg": alg, "auth_method": self.auth_method,
                  "always_auth_time": always_auth_time}
        if secret is not None:
            client["secret"] = secret
        self.configuration = {"path": path, "clients": [client], "accounts": accounts, "auth_methods": [self.auth_method],
                              "access_tokens": access_tokens, "says_mfa_by": says_mfa_by, "says_iss": says_iss}
        self.process = None
        self.stderr = None
        self.issuer_ = None

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self):
        """Returns at once, so that several can begin together; `issuer` waits."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.stderr = open(self.directory / f"{self.name}.stderr", "ab")
        self.process = subprocess.Popen([NODE, FOLDER / "provider.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.stderr, text=True, bufsize=1)
        self.process.stdin.write(json.dumps(self.configuration) + "\n")
        return self

    @property
    def issuer(self):
        if self.issuer_ is None:
            self.issuer_ = self.read()["issuer"]
        return self.issuer_

    @property
    def redirect_path(self):
        return redirect_path(self.issuer)

    def read(self):
        line = self.process.stdout.readline()
        assert line, pathlib.Path(self.stderr.name).read_text()[-2000:]
        return json.loads(line)

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            assert self.process.wait(ANSWER_SECONDS) == 0
            self.process.stdout.close()
            self.stderr.close()
            self.process = None

    # -- what happens to it -------------------------------------------------------------------------------------

    def command(self, command, **parameters):
        assert self.issuer  # its first line is read before another is asked for
        self.process.stdin.write(json.dumps({"command": command, **parameters}) + "\n")
        return self.read()

    def register(self, *redirect_uris):
        self.command("redirect_uris", uris=redirect_uris)

    def account(self, id_, **claims):
        self.command("account", id=id_, claims=claims)

    def rotate(self, keep=True):
        """A new signing key; the old one stays published or goes."""
        self.command("rotate", keep=keep)

    def outage(self, how="refuse", path=None):
        """refuse: nobody listens; hang: no answer; error: 502; none: all is well. The second and third also of one path."""
        self.command("outage", how=how, path=path)

    def clock(self, offset_s):
        self.command("clock", offset_s=offset_s)

    def requests(self, path):
        """How many requests came for a path within the issuer: /jwks, /token, /.well-known/openid-configuration."""
        return self.command("requests").get(path, 0)

    # -- what Ostraka is told -----------------------------------------------------------------------------------

    def issuers_toml(self, **members):
        """Its table for the issuers file. A secret lies beside the file, where write_issuers_file() puts it."""
        members = {"issuer": self.issuer, "client_id": self.CLIENT, "title": self.title} | members
        if self.secret is not None:
            members["client_secret_file"] = f"{self.name}.secret"
        # JSON's strings, numbers and lists of strings are TOML's too.
        return "[[issuer]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in members.items())

    @staticmethod
    def write_issuers_file(path, *tables):
        """tables: (provider, {more members}) for each."""
        for provider, _ in tables:
            if provider.secret is not None:
                (path.parent / f"{provider.name}.secret").write_text(provider.secret + "\n")
        path.write_text("\n".join(provider.issuers_toml(**members) for provider, members in tables))


class Form(html.parser.HTMLParser):
    """The names of a page's inputs."""

    def __init__(self, text):
        super().__init__()
        self.names = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "input":
            self.names.add(dict(attributes)["name"])


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class NotSignedIn(Exception):
    """The provider shows a page instead of sending the person on; holds that page."""


class Callback:
    """With what a person comes back from the provider, and what only the page knows that sent them there."""

    def __init__(self, parameters, provider, redirect_uri, verifier, nonce):
        self.parameters = parameters
        self.provider = provider
        self.redirect_uri = redirect_uri
        self.verifier = verifier
        self.nonce = nonce

    def sign_in_request(self, **changed):
        """The body for POST /v1/sign-in."""
        return {"issuer": self.provider.issuer, "code": self.parameters["code"], "code_verifier": self.verifier,
                "redirect_uri": self.redirect_uri, "nonce": self.nonce} | changed


class Person:
    """Somebody with a browser of their own: cookies, redirects and the provider's forms, over plain HTTP."""

    HOPS_MAX = 12

    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, StayHere)

    def open(self, url, fields=None, headers=(), timeout=ANSWER_SECONDS):
        """(status, headers, text) without following a redirect."""
        body = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(url, data=body, headers=dict(headers))
        try:
            answer = self.opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read().decode()

    def metadata(self, provider):
        return json.loads(self.open(provider.issuer.rstrip("/") + "/.well-known/openid-configuration")[2])

    def sign_in(self, provider, redirect_uri, account, second_factor=False, scope="openid", cancel=False, **parameters):
        """The authorization code flow as far as the callback."""
        verifier, nonce, state = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {"response_type": "code", "client_id": provider.CLIENT, "redirect_uri": redirect_uri, "scope": scope,
                 "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256"} | parameters
        url = self.metadata(provider)["authorization_endpoint"] + "?" + urllib.parse.urlencode(query)
        fields = None
        for _ in range(self.HOPS_MAX):
            status, headers, text = self.open(url, fields)
            if status in (302, 303):
                url, fields = urllib.parse.urljoin(url, headers["Location"]), None
                if url.startswith(redirect_uri + "?"):
                    parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
                    assert parameters["state"] == state
                    return Callback(parameters, provider, redirect_uri, verifier, nonce)
                continue
            if status != 200 or fields is not None:  # the same page again: it was not content
                raise NotSignedIn(f"{status} {text}")
            fields = {"answer": "no" if cancel else "yes"}
            if "account" in Form(text).names:
                fields["account"] = account
                if second_factor:
                    fields["second_factor"] = "yes"
        raise NotSignedIn("sent round in circles")

    def exchange(self, callback, auth_method=None):
        """(status, tokens): the code's exchange as the client itself does it, for tests that need the tokens."""
        provider = callback.provider
        fields = {"grant_type": "authorization_code", "code": callback.parameters["code"],
                  "redirect_uri": callback.redirect_uri, "code_verifier": callback.verifier}
        headers = {}
        auth_method = auth_method or provider.auth_method
        if auth_method == "none":
            fields["client_id"] = provider.CLIENT
        elif auth_method == "client_secret_post":
            fields |= {"client_id": provider.CLIENT, "client_secret": provider.secret}
        else:
            user = ":".join(urllib.parse.quote_plus(part) for part in (provider.CLIENT, provider.secret))
            headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        status, _, text = self.open(self.metadata(provider)["token_endpoint"], fields, headers)
        return status, json.loads(text)


def claims_of(token):
    return decoded(token, 1)


def header_of(token):
    return decoded(token, 0)


def decoded(token, part):
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def with_header(token, **members):
    """The token under another header; its signature no longer fits."""
    header = json.dumps(header_of(token) | members).encode()
    return ".".join([base64.urlsafe_b64encode(header).rstrip(b"=").decode(), *token.split(".")[1:]])
