"""OAUTHBEARER (RFC 7628) and XOAUTH2: tokens of an issuer whose public keys the server has. Real clients in SMTP and
POP3; tokens that are over, for somebody else, or signed by nobody.

The issuer is a mock: its keys are made by openssl(1), its tokens here. Where it is to be asked itself, it is a small
server of HTTPS: it publishes its keys (RFC 7517), and says what tokens are good (RFC 7662).
"""
import base64
import contextlib
import http.server
import json
import os
import signal
import ssl
import subprocess
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certificates import Issuer, openssl
from hermod import Client, Hermod, free_port, wait_until

LISTENERS = ("submission", "submissions", "pop3", "pop3s")
MESSAGE = "From: ann@l.test\r\nTo: u@l.test\r\nSubject: from a client\r\n\r\nhello\r\n"
KINDS = {"RS256": ["genrsa", "-out"], "ES256": ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"],
         "EdDSA": ["genpkey", "-algorithm", "ed25519", "-out"]}


def b64url(octets: bytes | str | dict) -> str:
    if isinstance(octets, dict):
        octets = json.dumps(octets)
    if isinstance(octets, str):
        octets = octets.encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def run_openssl(*words: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=given, check=True, capture_output=True, timeout=60).stdout


class Provider:
    """An issuer of tokens, with a key of each kind."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self.folder = folder
        for kind, words in KINDS.items():
            openssl(*words, str(self.key(kind)))
        self.keys = folder / "keys.json"
        self.keys.write_text(json.dumps({"keys": [self.public(kind) for kind in KINDS]}))

    def key(self, kind: str) -> Path:
        return self.folder / f"{kind}.pem"

    def public(self, kind: str) -> dict:
        der = run_openssl("pkey", "-in", str(self.key(kind)), "-pubout", "-outform", "DER")
        if kind == "ES256":
            return {"kty": "EC", "crv": "P-256", "kid": kind, "x": b64url(der[-64:-32]), "y": b64url(der[-32:])}
        if kind == "EdDSA":
            return {"kty": "OKP", "crv": "Ed25519", "kid": kind, "x": b64url(der[-32:])}
        modulus = openssl("rsa", "-in", str(self.key(kind)), "-noout", "-modulus").split("=")[1].strip()
        return {"kty": "RSA", "kid": kind, "alg": "RS256", "use": "sig", "n": b64url(bytes.fromhex(modulus)), "e": "AQAB"}

    def sign(self, kind: str, octets: bytes) -> bytes:
        if kind == "EdDSA":
            to_sign = self.folder / "to-sign"
            to_sign.write_bytes(octets)
            return run_openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(self.key(kind)), "-in", str(to_sign))
        signature = run_openssl("dgst", "-sha256", "-sign", str(self.key(kind)), given=octets)
        return fixed_form(signature) if kind == "ES256" else signature

    def token(self, kind: str = "RS256", header: dict | None = None, **claims) -> str:
        said = {"iss": "https://id.test/", "aud": "mail", "exp": int(time.time()) + 600, "email": "ann@l.test", "scope": "openid mail"}
        said = {key: value for key, value in {**said, **claims}.items() if value is not None}
        content = b64url(header or {"alg": kind, "kid": kind}) + "." + b64url(said)
        return content + "." + b64url(self.sign(kind, content.encode()))


def fixed_form(der: bytes) -> bytes:
    r_length = der[3]
    r, s = der[4:4 + r_length], der[6 + r_length:]
    return r.lstrip(b"\0").rjust(32, b"\0") + s.lstrip(b"\0").rjust(32, b"\0")


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("provider") / "keys")


def make_server(issuer, tokens: str, folder=None) -> Hermod:
    certificate, key = issuer.issue("mx.l.test", "localhost", file="server")
    ports = {name: free_port() for name in LISTENERS}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    hermod = Hermod(listeners=listeners, folder=folder, extra=f"""[tls]
certificate = "{certificate}"
key = "{key}"
[login]
failures_per_client = 100000
failures_per_account = 100000
delay = "0s"
{tokens}
""")
    hermod.ports = ports
    return hermod


def tokens_of(provider) -> str:
    return f'[login.tokens]\nkeys = "{provider.keys}"\nissuer = "https://id.test/"\naudience = "mail"\nscope = "mail"\n'\
           'user_claims = ["email", "preferred_username", "sub"]\n'


@pytest.fixture(scope="module")
def server(issuer, provider):
    with make_server(issuer, tokens_of(provider)) as hermod:
        hermod.run("account", "add", "ann@l.test", input="password of ann\n")
        hermod.run("account", "add", "bob@l.test", input="password of bob\n")
        yield hermod
        written = (hermod.folder / "log").read_text() + (hermod.folder / "data/log/events.jsonl").read_text()
        assert "eyJ" not in written, "a token was written down"


def run(words, text=MESSAGE) -> subprocess.CompletedProcess:
    return subprocess.run(words, input=text, capture_output=True, text=True, timeout=60)


def by_curl(server, issuer, mechanism, token):
    return run(["curl", "--silent", "--show-error", "--url", f"smtps://localhost:{server.ports['submissions']}/c.test", "--cacert",
                str(issuer.certificate), "--login-options", f"AUTH={mechanism}", "--user", "ann@l.test:", "--oauth2-bearer", token,
                "--mail-from", "ann@l.test", "--mail-rcpt", "u@l.test", "--upload-file", "-"])


def by_curl_pop3(server, issuer, mechanism, token):
    return run(["curl", "--silent", "--show-error", "--url", f"pop3s://localhost:{server.ports['pop3s']}/", "--cacert",
                str(issuer.certificate), "--login-options", f"AUTH={mechanism}", "--user", "ann@l.test:", "--oauth2-bearer", token])


def by_msmtp(server, issuer, mechanism, token):
    return run(["msmtp", "--host=localhost", f"--port={server.ports['submission']}", "--tls=on", "--tls-starttls=on",
                f"--tls-trust-file={issuer.certificate}", f"--auth={mechanism.lower()}", "--user=ann@l.test", f"--passwordeval=echo {token}",
                "--from=ann@l.test", "--domain=c.test", "u@l.test"])


CLIENTS = {"curl": by_curl, "curl, POP3": by_curl_pop3, "msmtp": by_msmtp}


# RFC 7628 §3.1
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("by", CLIENTS.values(), ids=CLIENTS.keys())
def test_real_clients_log_in_by_token(server, issuer, provider, by, mechanism, kind):
    done = by(server, issuer, mechanism, provider.token(kind))
    assert done.returncode == 0, (done.stdout, done.stderr)


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("by", CLIENTS.values(), ids=CLIENTS.keys())
def test_real_clients_with_a_token_that_is_over_stay_out(server, issuer, provider, by, mechanism):
    assert by(server, issuer, mechanism, provider.token(exp=int(time.time()) - 600)).returncode != 0


def bearer(token: str, user: str = "") -> str:
    name = f"a={user}" if user else ""
    return base64.b64encode(f"n,{name},\x01auth=Bearer {token}\x01\x01".encode()).decode()


def say(server, token: str, user: str = "") -> tuple[int, str]:
    """The end of it, and what the client was told before."""
    with Client(server.ports["submissions"], greet=False) as client:
        client.encrypt()
        client.reply()
        client.hello()
        code, text = client.say("AUTH OAUTHBEARER " + bearer(token, user))
        told = ""
        if code == 334:
            told = base64.b64decode(text).decode()
            code, text = client.say("AQ==")
        return code, told


# RFC 7628 §3.2.2, §3.2.3: the client hears why as JSON, says that it did, and is refused.
def test_what_is_not_believed(server, provider, tmp_path):
    stranger = Provider(tmp_path / "stranger")
    good = provider.token()
    head, claims, signature = good.split(".")
    others = b64url({**json.loads(base64.urlsafe_b64decode(claims + "==")), "email": "bob@l.test"})
    now = int(time.time())
    cases = {"of a stranger": stranger.token(), "by nobody": b64url({"alg": "none"}) + f".{claims}.", "changed": f"{head}.{others}.{signature}",
             "by the public key as a secret": provider.token(header={"alg": "HS256", "kid": "RS256"}),
             "over": provider.token(exp=now - 600), "not yet": provider.token(nbf=now + 600), "for ever": provider.token(exp=None),
             "of another issuer": provider.token(iss="https://id.test"), "for others": provider.token(aud=["web", "app"]),
             "without the scope": provider.token(scope="openid"), "of nobody here": provider.token(email="nobody@l.test"),
             "of an unproved address": provider.token(email_verified=False), "garbled": "x.y.z", "critical": provider.token(header={"alg": "RS256", "crit": ["b64"]})}
    for what, token in cases.items():
        code, told = say(server, token)
        assert code == 535, what
        assert what == "of nobody here" or json.loads(told) == {"status": "invalid_token"}, (what, told)
    reasons = " ".join(e["reason"] for e in server.events() if e["event"] == "rejected")
    for reason in ("it has expired", "its signature is not", "another issuer's", "not the scope", "it names nobody", "its key is unknown"):
        assert reason in reasons


def test_as_whom(server, provider):
    assert say(server, provider.token(), "ann@l.test")[0] == 235
    assert say(server, provider.token(), "ANN@l.test")[0] == 235
    assert say(server, provider.token(), "bob@l.test")[0] == 535
    assert say(server, provider.token(aud=["web", "mail"], email="bob@l.test"))[0] == 235
    assert say(server, provider.token(email=None, preferred_username="bob@l.test"))[0] == 235
    assert say(server, provider.token(email=None, sub="ann@l.test"))[0] == 235
    assert say(server, provider.token(email=None))[0] == 535


# RFC 7628 §5, RFC 6750 §5.3: never in the clear; and nowhere without keys.
def test_where_it_is_offered(server, issuer, provider, tmp_path):
    with Client(server.ports["submission"]) as client:
        assert "AUTH" not in client.hello()
        assert client.say("AUTH OAUTHBEARER " + bearer(provider.token()))[0] in (504, 530, 538)
        client.starttls()
        offered = next(line for line in client.hello().split("\n") if line.startswith("AUTH")).split()
        assert "OAUTHBEARER" in offered and "XOAUTH2" in offered
    with make_server(issuer, "", tmp_path) as hermod:
        with Client(hermod.ports["submission"]) as client:
            client.starttls()
            assert "OAUTHBEARER" not in client.hello() and "XOAUTH2" not in client.hello()
            assert client.say("AUTH OAUTHBEARER " + bearer(provider.token()))[0] == 504


def test_new_keys_count_after_a_reload(issuer, tmp_path):
    provider = Provider(tmp_path / "provider")
    (tmp_path / "server").mkdir()
    with make_server(issuer, tokens_of(provider), tmp_path / "server") as hermod:
        hermod.run("account", "add", "ann@l.test", input="password of ann\n")
        before = provider.token()
        assert say(hermod, before)[0] == 235
        for kind, words in KINDS.items():
            openssl(*words, str(provider.key(kind)))
        provider.keys.write_text(json.dumps({"keys": [provider.public(kind) for kind in KINDS]}))
        hermod.run("reload")
        wait_until(lambda: say(hermod, provider.token())[0] == 235, what="new keys")
        assert say(hermod, before)[0] == 535


def test_check_finds_what_is_wrong(issuer, provider, tmp_path):
    broken = tmp_path / "broken"
    cases = {"{": "is no JSON Web Key Set", '{"keys":[]}': "holds no key for RS256, ES256 or EdDSA",
             '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}': "holds a secret key"}
    for text, wanted in cases.items():
        broken.write_text(text)
        done = make_server(issuer, tokens_of(provider).replace(str(provider.keys), str(broken)), tmp_path).run("check", check=False)
        assert done.returncode == 2 and wanted in done.stdout + done.stderr, (text, done.stdout, done.stderr)
    done = make_server(issuer, f'[login.tokens]\nkeys = "{provider.keys}"\nissuer = "https://id.test/"\n', tmp_path).run("check", check=False)
    assert done.returncode == 2 and "no issuer and audience" in done.stdout + done.stderr
    done = make_server(issuer, tokens_of(provider).replace(str(provider.keys), "/nonexistent"), tmp_path).run("check", check=False)
    assert done.returncode == 2 and "cannot be read" in done.stdout + done.stderr


class Authority:
    """A Provider that can be asked, over HTTPS."""

    SECRET = "s3:cret / of hermod"

    def __init__(self, issuer, provider, port: int | None = None):
        self.provider, self.port = provider, port or free_port()
        self.status = 200
        self.says: bytes | None = None  # instead of everything else
        self.lets_go = threading.Event()  # while it is not set, whoever asks about a token is kept waiting
        self.lets_go.set()
        self.good: dict[str, dict] = {}  # opaque tokens, and what there is to say of them
        self.keys_fetched, self.asked = 0, []
        self.server = self.make_server(*issuer.issue("localhost", file="authority"))
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def make_server(self, certificate, key):
        outer = self

        class Visitor(http.server.BaseHTTPRequestHandler):
            def answer(self, status: int, said):
                content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def answer_so(self, octets: bytes):
                try:
                    self.wfile.write(octets)
                except OSError:  # the server had enough of it
                    pass

            def do_GET(self):
                outer.keys_fetched += 1
                if outer.says is not None:
                    return self.answer_so(outer.says)
                if outer.status != 200:
                    return self.answer(outer.status, "<html>")
                self.answer(200, outer.provider.keys.read_text())

            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked = urllib.parse.parse_qs(content)
                user, _, secret = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
                outer.asked.append(asked["token"][0])
                outer.lets_go.wait(120)
                if outer.says is not None:
                    return self.answer_so(outer.says)
                if outer.status != 200:
                    return self.answer(outer.status, "<html>")
                if (urllib.parse.unquote_plus(user), urllib.parse.unquote_plus(secret)) != ("hermod", outer.SECRET):
                    return self.answer(401, {"error": "invalid_client"})
                self.answer(200, outer.good.get(asked["token"][0], {"active": False}))

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Visitor)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        return server

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}/{path}"

    def stop(self):
        self.lets_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def asked_tokens(authority, issuer, folder: Path, *, keys=False, introspection=False, more="") -> str:
    text = f'[login.tokens]\nissuer = "https://id.test/"\naudience = "mail"\nca_file = "{issuer.certificate}"\n{more}'
    if keys:
        text += f'keys_url = "{authority.url("keys")}"\n'
    if introspection:
        secret = folder / "secret"
        if not secret.exists():
            secret.write_text(authority.SECRET + "\n")
            secret.chmod(0o600)
        text += f'introspection = "{authority.url("introspect")}"\nclient_id = "hermod"\nsecret_file = "{secret}"\n'
    return text


def new_keys(provider):
    """Others, of other names."""
    for kind, words in KINDS.items():
        openssl(*words, str(provider.key(kind)))
    keys = [{**provider.public(kind), "kid": "new-" + kind} for kind in KINDS]
    provider.keys.write_text(json.dumps({"keys": keys}))


@contextlib.contextmanager
def asking(issuer, folder: Path, authority: Authority | None = None, **asked):
    """An issuer, and a server with ann that asks it: its provider of keys, its authority, the server."""
    provider = authority.provider if authority else Provider(folder / "provider")
    with contextlib.ExitStack() as stack:
        authority = authority or stack.enter_context(Authority(issuer, provider))
        (folder / "server").mkdir()
        server = stack.enter_context(make_server(issuer, asked_tokens(authority, issuer, folder, **asked), folder / "server"))
        server.run("account", "add", "ann@l.test", input="password of ann\n")
        yield provider, authority, server


OPAQUE = {"active": True, "aud": "mail", "scope": "mail", "email": "ann@l.test"}


def test_keys_are_fetched_from_their_issuer(issuer, tmp_path):
    with asking(issuer, tmp_path, keys=True) as (provider, authority, hermod):
        before = provider.token()
        assert say(hermod, before)[0] == 235
        fetched = authority.keys_fetched
        assert say(hermod, Provider(tmp_path / "stranger").token())[0] == 535, "it says that it is by a key that we have"
        assert authority.keys_fetched == fetched
        new_keys(provider)
        assert say(hermod, provider.token(header={"alg": "ES256", "kid": "new-ES256"}, kind="ES256"))[0] == 235, "a new key is asked for at once"
        assert say(hermod, before)[0] == 535, "and the old one is none any more"


def test_while_the_issuer_is_down_its_keys_stay(issuer, tmp_path):
    with asking(issuer, tmp_path, keys=True) as (provider, authority, hermod):
        assert say(hermod, provider.token())[0] == 235
        authority.status = 503
        assert say(hermod, provider.token(header={"alg": "RS256", "kid": "unheard of"}))[0] == 454, "nobody can say"
        assert say(hermod, provider.token())[0] == 235
        (pid,) = hermod.pids("directory")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: hermod.pids("directory") not in ([], [pid]), what="another directory")
        wait_until(lambda: say(hermod, provider.token())[0] == 235, what="the keys that tokend has")
        assert any("those fetched last stay in use" in e["reason"] for e in hermod.events() if e["event"] == "warning")


def test_an_issuer_that_is_not_there_yet(issuer, tmp_path):
    with Authority(issuer, Provider(tmp_path / "provider")) as authority:
        pass
    with asking(issuer, tmp_path, authority, keys=True) as (provider, _, hermod):
        assert say(hermod, provider.token())[0] == 454
        with Authority(issuer, provider, authority.port):
            wait_until(lambda: say(hermod, provider.token())[0] == 235, what="keys")


# Hostile: somebody else in the issuer's place.
def test_an_issuer_that_is_not_who_it_should_be(issuer, tmp_path):
    with Authority(Issuer(tmp_path / "stranger"), Provider(tmp_path / "provider")) as authority, \
            asking(issuer, tmp_path, authority, keys=True, introspection=True) as (provider, _, hermod):
        authority.good["opaque"] = OPAQUE
        assert say(hermod, provider.token())[0] == 454
        assert say(hermod, "opaque")[0] == 454
        assert authority.keys_fetched == 0 and authority.asked == [], "he was told something"


# RFC 7662 §2.1, §2.2
def test_opaque_tokens_are_judged_by_their_issuer(issuer, tmp_path):
    with asking(issuer, tmp_path, introspection=True, more='scope = "mail"\n') as (_, authority, hermod):
        now = int(time.time())
        authority.good = {"good+/=": OPAQUE, "username": {**OPAQUE, "email": "nobody@l.test"}, "over": {**OPAQUE, "exp": now - 600},
                          "for-others": {**OPAQUE, "aud": "web"}, "unscoped": {**OPAQUE, "scope": "openid"},
                          "elsewhere": {**OPAQUE, "iss": "https://other.test/"}}
        assert say(hermod, "good+/=")[0] == 235
        assert say(hermod, "good+/=", "ann@l.test")[0] == 235
        assert say(hermod, "good+/=", "bob@l.test")[0] == 535
        assert authority.asked == ["good+/="], "what it said was kept"
        for token in ("unheard-of", "username", "over", "for-others", "unscoped", "elsewhere"):
            assert say(hermod, token)[0] == 535, token
        authority.status = 503
        assert say(hermod, "another")[0] == 454
        assert say(hermod, "good+/=")[0] == 235
        authority.status = 200
        assert say(hermod, "another")[0] == 535
        written = (hermod.folder / "log").read_text() + (hermod.folder / "data/log/events.jsonl").read_text()
        assert "good+" not in written and "s3:cret" not in written


def test_a_token_that_was_taken_back(issuer, tmp_path):
    more = 'introspect = "all"\nintrospection_cache = "0s"\n'
    with asking(issuer, tmp_path, keys=True, introspection=True, more=more) as (provider, authority, hermod):
        token = provider.token()
        authority.good[token] = {"active": True}
        assert say(hermod, token)[0] == 235
        del authority.good[token]
        assert say(hermod, token)[0] == 535
        assert say(hermod, provider.token(exp=int(time.time()) - 600))[0] == 535
        assert len(authority.asked) == 2, "of one that is not signed, or over, nothing is asked"


def test_another_secret_counts_after_a_reload(issuer, tmp_path):
    with asking(issuer, tmp_path, introspection=True) as (_, authority, hermod):
        authority.good["opaque"] = OPAQUE
        authority.SECRET = "another"
        assert say(hermod, "opaque")[0] == 454
        (tmp_path / "secret").write_text("another\n")
        hermod.run("reload")
        wait_until(lambda: say(hermod, "opaque")[0] == 235, what="the other secret")


# Whoever waits for an answer is told to come later; whoever comes later is answered.
def test_tokend_dies_in_mid_question(issuer, tmp_path):
    with asking(issuer, tmp_path, introspection=True) as (_, authority, hermod), ThreadPoolExecutor() as aside:
        authority.good["opaque"] = OPAQUE
        authority.lets_go.clear()
        login = aside.submit(say, hermod, "opaque")
        wait_until(lambda: authority.asked == ["opaque"], what="a question")
        (pid,) = hermod.pids("tokend")
        os.kill(pid, signal.SIGKILL)
        assert login.result()[0] == 454
        authority.lets_go.set()
        wait_until(lambda: say(hermod, "opaque")[0] == 235, what="another tokend")
        assert hermod.pids("tokend") not in ([], [pid])
        assert not [e for e in hermod.events() if e["event"] == "rejected"], "it counted as a failure"


# Hostile, or broken.
def test_an_issuer_that_keeps_us_waiting(issuer, tmp_path):
    with asking(issuer, tmp_path, introspection=True) as (_, authority, hermod), ThreadPoolExecutor() as aside:
        authority.good["opaque"] = OPAQUE
        authority.lets_go.clear()
        login = aside.submit(say, hermod, "opaque")
        wait_until(lambda: authority.asked, what="a question")
        with Client(hermod.ports["submissions"], greet=False) as client:
            client.encrypt()
            client.reply()
            client.hello()
            password = base64.b64encode(b"\0ann@l.test\0password of ann").decode()
            assert client.say(f"AUTH PLAIN {password}")[0] == 235, "others do not wait for it"
        assert not login.done()
        assert login.result()[0] == 454
        authority.lets_go.set()
        wait_until(lambda: say(hermod, "opaque")[0] == 235, what="an answer")


def http_answer(content: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{more}\r\n".encode() + content


# Hostile, or broken: nothing but an answer counts, and nobody is followed elsewhere. RFC 7662 §2.2
def test_what_is_no_answer(issuer, tmp_path):
    yes = json.dumps(OPAQUE).encode()
    with asking(issuer, tmp_path, introspection=True) as (provider, authority, hermod), Authority(issuer, provider) as elsewhere:
        elsewhere.good["opaque"] = authority.good["opaque"] = OPAQUE
        cases = {"nothing": b"", "garbage": b"\x16\x03\x01 you do not know me\r\n\r\n", "no JSON": http_answer(b"<html>"), "a list": http_answer(b"[" + yes + b"]"),
                 "a word": http_answer(yes.replace(b"true", b'"true"')), "no active": http_answer(b"{}"), "twice": http_answer(yes + yes),
                 "huge": http_answer(yes[:-1] + b', "x": "' + b"x" * 5_000_000 + b'"}'), "deep": http_answer(yes[:-1] + b', "x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
                 "without an end": b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5_000_000, "a part": http_answer(yes)[:-5], "an error": http_answer(yes, "500 Error"),
                 "unauthorized": http_answer(yes, "401 Unauthorized"), "no content": http_answer(b"", "204 No Content"),
                 "elsewhere": http_answer(yes, "307 Temporary Redirect", f"Location: {elsewhere.url('introspect')}\r\n"),
                 "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000}
        (pid,) = hermod.pids("tokend")
        for what, authority.says in cases.items():
            assert say(hermod, "opaque")[0] == 454, what
        assert elsewhere.asked == [] and len(authority.asked) == len(cases)
        authority.says = None
        assert say(hermod, "opaque")[0] == 235
        assert hermod.pids("tokend") == [pid]
        warnings = [e for e in hermod.events() if e["event"] == "warning" and "cannot be asked about them" in e["reason"]]
        assert len(warnings) == 1, "it is said once"


# Hostile, or broken. RFC 7517 §5
def test_what_are_no_keys(issuer, tmp_path):
    provider = Provider(tmp_path / "provider")
    with Authority(issuer, provider) as authority:
        authority.says = http_answer(provider.keys.read_bytes()[:-1] + b', "x": "' + b"x" * 5_000_000 + b'"}')
        with asking(issuer, tmp_path, authority, keys=True) as (_, _, hermod):
            assert say(hermod, provider.token())[0] == 454
            authority.says = http_answer(b'{"keys": []}')
            seen = authority.keys_fetched
            wait_until(lambda: say(hermod, provider.token())[0] == 454 and authority.keys_fetched > seen, what="another try")
            authority.says = None
            wait_until(lambda: say(hermod, provider.token())[0] == 235, what="keys")
            assert len(hermod.pids("tokend")) == 1


def test_tokend_runs_only_where_it_is_needed(server, issuer, provider, tmp_path):
    assert server.pids("tokend") == []
    (tmp_path / "server").mkdir()
    with make_server(issuer, f'[login.tokens]\nissuer = "https://id.test/"\naudience = "mail"\nkeys_url = "https://localhost:{free_port()}/"\n'
                     f'ca_file = "{issuer.certificate}"\n', tmp_path / "server") as hermod:
        assert len(hermod.pids("tokend")) == 1


def test_check_finds_what_is_wrong_with_an_issuer(issuer, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o644)
    settings = f'[login.tokens]\nintrospection = "https://id.test/i"\nclient_id = "c"\nsecret_file = "{secret}"\nscope = "mail"\n'
    cases = {settings: "is open to others than its owner", settings.replace("https:", "http:"): "write an address that begins with https://",
             settings.replace('client_id = "c"\n', ""): "no client_id and secret_file", settings.replace('scope = "mail"\n', ""): "neither audience nor scope",
             settings + 'ca_file = "/nonexistent"\n': "cannot be read", settings + f'ca_file = "{secret}"\n': "holds no certificate in PEM form",
             '[login.tokens]\nintrospect = "all"\n': "there is nobody to ask", '[login.tokens]\nkeys_url = "https://id.test/"\n': "no issuer and audience"}
    for text, wanted in cases.items():
        done = make_server(issuer, text, tmp_path).run("check", check=False)
        assert done.returncode == 2 and wanted in done.stdout + done.stderr, (text, done.stdout, done.stderr)
