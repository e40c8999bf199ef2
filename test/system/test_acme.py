"""Certificates by ACME, from Debian's pebble: issued by every kind of challenge, renewed, revoked; and an authority that
fails, lies, or is somebody else. RFC 8555, RFC 8737."""
import json
import os
import re
import socket
import ssl
import stat
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hermod import ROLES, Hermod, free_port, memory_of, wait_until
from pebble import Pebble, make_certificate, make_issuer, missing, openssl

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

NAME = "mx.l.test"


def settings(directory: str, issuer: Path, port: int, challenge: str = "http-01", more: str = "") -> str:
    listen = "" if challenge == "dns-01" else f'listen = ["127.0.0.1:{port}"]\n'
    return (f'[acme]\ndirectory = "{directory}"\nca_file = "{issuer}"\ncontact = ["hostmaster@l.test"]\n'
            f'agree_terms = true\nchallenge = "{challenge}"\n{listen}{more}')


def server_for(pebble: Pebble, challenge: str = "http-01", more: str = "") -> Hermod:
    return Hermod(extra=settings(pebble.directory, pebble.issuer, pebble.port, challenge, more))


def events(server: Hermod, name: str) -> list[dict]:
    return [event for event in server.events() if event["event"] == name]


def wait_for(server: Hermod, name: str, count: int = 1) -> dict:
    wait_until(lambda: len(events(server, name)) >= count, 90, f"{name}\n{server.log_text()[-3000:]}")
    return events(server, name)[-1]


def live(server: Hermod) -> Path:
    return server.folder / "data" / "acme" / "live"


def fact(server: Hermod, *what: str) -> str:
    return openssl("x509", "-in", live(server) / "certificate.pem", "-noout", *what).strip()


def serial(server: Hermod) -> str:
    return fact(server, "-serial").removeprefix("serial=")


def state(server: Hermod) -> dict:
    return json.loads(server.run("acme", "status", "--json").stdout)


def order(server: Hermod, word: str, check: bool = True):
    return server.run("acme", word, check=check)


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01", "dns-01"])
def test_a_certificate_is_issued(challenge):
    """RFC 8555 §8.3, §8.4; RFC 8737 §3."""
    with Pebble() as pebble:
        more = f'names = ["{NAME}", "www.l.test"]\n'
        if challenge == "dns-01":
            more += f'hook = "{pebble.hook()}"\n'
        with server_for(pebble, challenge, more) as server:
            wait_for(server, "certificate_issued")
            assert set(re.findall(r"DNS:([\w.*-]+)", fact(server, "-ext", "subjectAltName"))) == {NAME, "www.l.test"}
            assert "Pebble" in fact(server, "-issuer")
            public = openssl("pkey", "-in", live(server) / "key.pem", "-pubout")
            assert fact(server, "-pubkey") == public.strip()
            for file in live(server).iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE((live(server).parent).stat().st_mode) == 0o700
            seen = state(server)
            assert seen["is_fit"] and not seen["trouble"] and seen["source"] == pebble.directory
            # A third of its life is left when it is renewed.
            assert seen["next"] == pytest.approx(seen["not_after"] - (seen["not_after"] - seen["not_before"]) / 3, abs=2000)
        if challenge == "dns-01":
            calls = pebble.calls()
            added = [call[1:] for call in calls if call[0] == "add"]
            assert {name for name, _ in added} == {f"_acme-challenge.{NAME}", "_acme-challenge.www.l.test"}
            assert sorted(added) == sorted(call[1:] for call in calls if call[0] == "remove"), "all is cleared up"


def test_a_wildcard_is_certified_by_dns():
    with Pebble() as pebble:
        with server_for(pebble, "dns-01", f'names = ["*.l.test"]\nhook = "{pebble.hook()}"\nkey = "rsa"\n') as server:
            wait_for(server, "certificate_issued")
            assert "DNS:*.l.test" in fact(server, "-ext", "subjectAltName")
            assert "rsaEncryption" in fact(server, "-text")


def test_it_is_renewed_and_revoked_by_order():
    with Pebble() as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        first = serial(server)
        assert "good until" in order(server, "issue").stdout
        assert serial(server) == first, "there was no need for another"
        assert order(server, "renew").stdout.startswith("issued")
        second = serial(server)
        assert second != first
        assert pebble.status_of(second) == "Valid"
        assert order(server, "revoke").stdout.startswith("revoked; issued")
        assert pebble.status_of(second) == "Revoked"
        assert pebble.status_of(serial(server)) == "Valid"
        assert len(events(server, "certificate_revoked")) == 1
        # The account is the same all the time.
        assert len(list((live(server).parent).glob("account*"))) == 1


def test_it_is_renewed_unasked_and_its_key_is_in_keyd_alone():
    """When a third of its life is left. One that has just come is let rest for an hour, unless the server begins anew."""
    with Pebble(validity=45) as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        first = serial(server)
        server.stop()
        server.start()
        seen = state(server)
        assert seen["not_after"] - seen["not_before"] <= 45_000
        assert seen["is_at_work"] or seen["next"] == pytest.approx(seen["not_after"] - 15_000, abs=2000) or serial(server) != first
        wait_for(server, "certificate_issued", 2)
        assert serial(server) != first and pebble.status_of(serial(server)) == "Valid"
        wait_until(lambda: shown(server) == in_file(server), what="clients see it")
        secrets = secrets_of(live(server) / "key.pem")
        found = {role: [f for pid in server.pids(role) for f in secrets if f in memory_of(pid)] for role in ROLES}
        found["master"] = [f for f in secrets if f in memory_of(server.process.pid)]
        assert found.pop("keyd"), "the search finds it where it is"
        assert not any(found.values()), found


def secrets_of(key: Path) -> list[bytes]:
    """The number of an EC key, in both orders of octets (OpenSSL keeps numbers as words, the least first), and the file."""
    text = openssl("ec", "-in", key, "-noout", "-text").split("priv:", 1)[1].split("pub:", 1)[0]
    number = bytes.fromhex(re.sub(r"[^0-9a-f]", "", text)).rjust(32, b"\0")[-32:]
    return [number, number[::-1], key.read_bytes().splitlines()[1][-48:]]


def test_a_restart_asks_for_nothing():
    with Pebble() as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        before = serial(server)
        server.stop()
        server.start()
        assert state(server)["is_fit"] and not state(server)["is_at_work"]
        assert serial(server) == before
        assert len(events(server, "certificate_issued")) == 1


def test_requests_with_a_stale_nonce_are_repeated():
    """RFC 8555 §6.5: pebble refuses a third of all nonces."""
    with Pebble(stale_nonces=33) as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        assert "badNonce" in pebble.log_text() or "nonce" in pebble.log_text().lower()


def test_an_authority_that_fails_leaves_the_certificate_in_place():
    with Pebble() as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        before = {file.name: file.read_bytes() for file in live(server).iterdir()}
        pebble.stop()
        done = order(server, "renew", check=False)
        assert done.returncode == 1 and "Connection refused" in done.stderr
        failed = wait_for(server, "certificate_failed")
        assert "Connection refused" in failed["reason"] and failed["due"]
        assert {file.name: file.read_bytes() for file in live(server).iterdir()} == before
        seen = state(server)
        assert seen["is_fit"] and seen["failures"] == 1 and "Connection refused" in seen["trouble"]
        with server.client() as client:  # mail goes on meanwhile
            client.deliver(b"Subject: x\r\n\r\nx\r\n")


def test_an_authority_that_does_not_find_us_is_told_of():
    """RFC 8555 §7.1.6: it asks on another port than ours."""
    with Pebble() as pebble:
        with Hermod(extra=settings(pebble.directory, pebble.issuer, free_port())) as server:
            reason = wait_for(server, "certificate_failed")["reason"]
            assert NAME in reason and "did not find" in reason
            assert state(server)["names"] in ([], [NAME]) and not state(server)["is_fit"]


def test_a_hook_that_fails_is_told_of():
    with Pebble() as pebble, server_for(pebble, "dns-01", f'hook = "{pebble.hook(fails=True)}"\n') as server:
        assert "exit status 1: no rights" in wait_for(server, "certificate_failed")["reason"]
        wait_until(lambda: [call[0] for call in pebble.calls()] == ["add", "remove"], what="clearing up")


@pytest.mark.skipif(os.geteuid() != 0, reason="users of their own need root")
def test_a_hook_runs_as_the_user_who_was_named(tmp_path):
    with Pebble() as pebble:
        hook = pebble.hook()
        who = tmp_path / "who"
        tmp_path.chmod(0o777)
        for folder in tmp_path.parents[:2]:
            folder.chmod(0o755)
        hook.write_text(f"#!/bin/sh\nid -u > {pebble.folder}/calls\nexit 1\n")
        with server_for(pebble, "dns-01", f'hook = "{hook}"\nhook_user = "nobody"\n') as server:
            wait_for(server, "certificate_failed")
            assert (pebble.folder / "calls").read_text().strip() == "65534"
        assert not who.exists()


def test_an_authority_that_nobody_vouches_for_is_not_talked_to(tmp_path):
    """RFC 8555 §6.1."""
    other = make_issuer(tmp_path, "other")
    with Pebble() as pebble, Hermod(extra=settings(pebble.directory, other, pebble.port)) as server:
        reason = wait_for(server, "certificate_failed")["reason"]
        assert "certificate" in reason or "issuer" in reason, reason
        assert "POST" not in pebble.log_text()


class Liar:
    """An HTTPS server that says the same to everybody."""

    def __init__(self, issuer: Path, certificate: Path, key: Path, says: bytes = b"", port: int = 0):
        self.says, self.issuer = says, issuer
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.directory = f"https://localhost:{self.listener.getsockname()[1]}/dir"
        self.visits = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                with self.context.wrap_socket(connection, server_side=True) as stream:
                    stream.settimeout(20)
                    stream.recv(65536)
                    self.visits += 1
                    stream.sendall(self.says)
            except (OSError, ssl.SSLError):
                if self.listener.fileno() < 0:
                    return

    def close(self):
        self.listener.close()


def whole(body: bytes, head: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {head}\r\nReplay-Nonce: abc\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


LIES = {
    "no HTTP": b"220 mx.example ESMTP\r\n",
    "nothing": b"",
    "a page": whole(b"<html>"),
    "a number": whole(b"7"),
    "nested without end": whole(b"[" * 100_000),
    "wrong types": whole(b'{"newNonce": 1, "newAccount": [], "newOrder": {}, "revokeCert": null}'),
    "addresses of other kinds": whole(b'{"newNonce": "file:///etc/passwd", "newAccount": "http://127.0.0.1/", '
                                      b'"newOrder": "https://a/", "revokeCert": "https://a/"}'),
    "too much": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000_000,
    "a promise of too much": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000,
    "another place": b"HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n",
    "trouble": whole(b'{"type": "urn:ietf:params:acme:error:serverInternal", "detail": "\\u001b[2J\\nforged line"}', "500 No"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_authority_that_answers_garbage_does_no_harm(lie, tmp_path):
    """RFC 8555 §7.1.1. Hostile."""
    issuer = make_issuer(tmp_path)
    liar = Liar(issuer, *make_certificate(tmp_path, issuer), LIES[lie])
    try:
        with Hermod(extra=settings(liar.directory, liar.issuer, free_port())) as server:
            wait_for(server, "certificate_failed")
            assert not events(server, "process_died")
            assert "forged line" not in [line.strip() for line in server.log_text().splitlines()]
            assert state(server)["failures"] == 1
        assert liar.visits == 1
    finally:
        liar.close()


def shown(server: Hermod) -> bytes:
    """The certificate that clients see."""
    with server.client() as client:
        client.starttls()
        return client.socket.getpeercert(binary_form=True)


def in_file(server: Hermod) -> bytes:
    return ssl.PEM_cert_to_DER_cert((live(server) / "certificate.pem").read_text().split("-----END")[0] + "-----END CERTIFICATE-----\n")


class InUse:
    """What must stay, whatever becomes of another attempt."""

    def __init__(self, server: Hermod):
        self.server = server
        self.seen, self.files = in_file(server), self.read()
        wait_until(lambda: shown(server) == self.seen, what="the new certificate in use")

    def read(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in live(self.server).iterdir()}

    def stays_after(self, failures: int):
        assert self.read() == self.files
        assert shown(self.server) == self.seen
        told = state(self.server)
        assert told["is_fit"] and told["failures"] == failures and told["trouble"] and not told["is_at_work"]
        assert not events(self.server, "process_died")


def test_whatever_an_authority_answers_the_certificate_stays_in_place():
    """RFC 8555 §7.1.1. Hostile."""
    with Pebble() as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        in_use = InUse(server)
        pebble.stop()
        liar = Liar(pebble.issuer, pebble.certificate, pebble.key, port=pebble.own_port)
        try:
            for failures, says in enumerate(LIES.values(), 1):
                liar.says = says
                assert order(server, "renew", check=False).returncode == 1
                in_use.stays_after(failures)
        finally:
            liar.close()


class Between(ThreadingHTTPServer):
    """Hands all on to pebble and back, but for the certificates, which are others."""

    def __init__(self, pebble: Pebble):
        self.pebble, self.chain = pebble, None
        self.to_pebble = ssl.create_default_context(cafile=str(pebble.issuer))
        super().__init__(("127.0.0.1", 0), Forwarder)
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.load_cert_chain(pebble.certificate, pebble.key)
        self.socket = ours.wrap_socket(self.socket, server_side=True)
        self.directory = f"https://localhost:{self.server_port}/dir"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Forwarder(BaseHTTPRequestHandler):
    server: Between

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = urllib.request.Request(f"https://localhost:{self.server.pebble.own_port}{self.path}", method=self.command,
                                         data=body or None, headers=dict(self.headers))
        try:
            answer = urllib.request.urlopen(request, context=self.server.to_pebble)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        content = answer.read()
        if self.server.chain is not None and answer.headers.get("Content-Type", "").startswith("application/pem"):
            content = self.server.chain
        self.send_response(answer.status)
        for name in ("Content-Type", "Replay-Nonce", "Location", "Retry-After", "Link"):
            for value in answer.headers.get_all(name, []):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = forward

    def log_message(self, *_):
        pass


def test_a_certificate_that_was_not_asked_for_is_not_taken(tmp_path):
    """RFC 8555 §7.4.2. Hostile: all is as it should be, to the last answer."""
    with Pebble() as pebble:
        between = Between(pebble)
        with Hermod(extra=settings(between.directory, pebble.issuer, pebble.port)) as server:
            wait_for(server, "certificate_issued")
            in_use = InUse(server)
            other, _ = make_certificate(tmp_path, pebble.issuer, NAME)
            old = (live(server) / "certificate.pem").read_bytes()
            for failures, (chain, why) in enumerate([(other.read_bytes(), "not for our key"), (old, "not for our key"),
                                                     (b"", ""), (b"-----BEGIN CERTIFICATE-----\nAAAA", "")], 1):
                between.chain = chain
                done = order(server, "renew", check=False)
                assert done.returncode == 1 and why in done.stderr, done.stderr
                in_use.stays_after(failures)
            between.chain = None
            assert order(server, "renew").stdout.startswith("issued")
        between.shutdown()


def test_an_authority_that_forgot_us_is_told_who_we_are():
    """RFC 8555 §7.3: pebble keeps nothing over a restart."""
    with Pebble() as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        pebble.stop()
        pebble.__enter__()
        assert order(server, "renew").stdout.startswith("issued")


def test_a_name_that_is_not_ours_any_more_is_not_certified():
    """RFC 8555 §7.1.6: the authority looks elsewhere."""
    with Pebble() as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        in_use = InUse(server)
        pebble.stop()
        pebble.look_at(free_port())
        pebble.__enter__()
        done = order(server, "renew", check=False)
        assert done.returncode == 1 and "did not find" in done.stderr
        in_use.stays_after(1)


def test_the_challenge_port_serves_nothing_else():
    with Pebble() as pebble, server_for(pebble) as server:
        wait_for(server, "certificate_issued")
        for request, answer in ((b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 404"),
                                (b"GET /.well-known/acme-challenge/../account.pem HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 404"),
                                (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 405"),
                                (b"EHLO x\r\n\r\n", b"HTTP/1.1 400")):
            with socket.create_connection(("127.0.0.1", pebble.port), timeout=20) as connection:
                connection.sendall(request)
                assert connection.recv(4096).startswith(answer), request


def test_without_acme_it_is_said():
    with Hermod() as server:
        done = order(server, "status", check=False)
        assert done.returncode == 75 and "[acme]" in done.stderr
        assert not server.pids("acmed")


@pytest.mark.parametrize("wrong, complaint", [
    ('directory = "http://localhost/dir"\nlisten = ["127.0.0.1:1"]', "acme.directory"),
    ('directory = "https://localhost/dir"', "needs addresses to listen on"),
    ('directory = "https://localhost/dir"\nchallenge = "dns-01"', "needs a hook"),
    ('directory = "https://localhost/dir"\nlisten = ["127.0.0.1:1"]\nnames = ["*.l.test"]', "wildcard"),
    ('directory = "https://localhost/dir"\nlisten = ["127.0.0.1:1"]\nnames = ["mx"]', "acme.names"),
    ('directory = "https://localhost/dir"\nchallenge = "dns-01"\nhook = "/nowhere"', "cannot be executed"),
    ('directory = "https://localhost/dir"\nchallenge = "dns-01"\nhook = "/bin/true"\nhook_user = "root"', "acme.hook_user"),
    ('directory = "https://localhost/dir"\nlisten = ["127.0.0.1:1"]\nca_file = "/nowhere"', "acme.ca_file"),
])
def test_check_says_what_is_wrong(wrong, complaint):
    server = Hermod(extra=f"[acme]\n{wrong}\n")
    done = server.run("check", check=False)
    assert done.returncode != 0 and complaint in done.stdout + done.stderr
