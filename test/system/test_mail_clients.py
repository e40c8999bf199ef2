"""The table of doc/clients.md: which program logs in by which mechanism, over STARTTLS or STLS and over TLS from the first
octet on, with the right password and with a wrong one. Where what happens differs from what is kept there, a test fails;
`pytest test/system/test_mail_clients.py --write-clients` keeps what has happened.

RFC 4954, RFC 5034, RFC 1939 §7, RFC 8314, RFC 7628, RFC 4422 App. A.
"""
import contextlib
import re
import shutil
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import mail_clients
import pytest
from certificates import Issuer
from hermod import ROOT, Client, Hermod, free_port, wait_until
from test_tokens import Provider, tokens_of

KEPT = ROOT / "doc" / "clients.md"
PASSWORD, WRONG = "only-ascii-of-bob", "wrong-guess"
EVERYTHING = """[login]
mechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "APOP",
              "OAUTHBEARER", "XOAUTH2", "EXTERNAL"]
failures_per_client = 100000
failures_per_network = 100000
failures_per_account = 100000
delay = "0s"
"""


@dataclass(frozen=True, order=True)
class Case:
    use: str        # "sends" or "reads"
    client: str
    mechanism: str
    is_implicit: bool

    def __str__(self):
        return f"{self.client} {self.use} by {self.mechanism}, {'TLS' if self.is_implicit else 'STARTTLS'}"

    @property
    def row(self) -> tuple[str, str, str]:
        return self.use, self.client, self.mechanism


def cases() -> list[Case]:
    found = []
    for use, clients in (("sends", mail_clients.SENDERS), ("reads", mail_clients.READERS)):
        for client, (_, mechanisms) in clients.items():
            for is_implicit in (False, True):
                if client in (mail_clients.ONLY_STARTTLS if is_implicit else mail_clients.ONLY_IMPLICIT):
                    continue
                found += [Case(use, client, mechanism, is_implicit) for mechanism in mechanisms]
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    issuer = Issuer(folder)
    certificate, key = issuer.issue("mx.l.test", "localhost")
    ports = {name: free_port() for name in ("submission", "submissions", "pop3", "pop3s")}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n'
                        "client_certificates = true\n" for name, port in ports.items())
    provider = Provider(folder / "provider")
    with Hermod(listeners=listeners, networks=(), extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n'
                f'client_authorities = "{issuer.certificate}"\n{EVERYTHING}{tokens_of(provider)}'
                "[limits]\nconnections_per_client = 1000\n") as hermod:
        hermod.ports, hermod.issuer = ports, issuer
        token = {right: provider.token(email=mail_clients.USER, exp=int(time.time()) + (3600 if right else -600)) for right in (True, False)}
        shown = {right: issuer.issue(mail_clients.USER if right else "nobody@l.test", names_are="email") for right in (True, False)}
        for pair in shown.values():
            pair[1].chmod(0o644)  # getmail and its like do not run as root
        hermod.tokens, hermod.shown = token, shown
        hermod.run("account", "add", mail_clients.USER, "--scram-sha-1", "--store-plain", input=PASSWORD + "\n")
        with hermod.client() as client:
            client.deliver(b"From: x@s.test\r\nTo: bob@l.test\r\nSubject: a client\r\n\r\nhello\r\n", "a@s.test", mail_clients.USER)
        hermod.wait_for(1, mail_clients.USER)
        yield hermod
        written = (hermod.folder / "log").read_text() + "".join(
            f.read_text() for f in (hermod.folder / "data" / "log").iterdir() if f.is_file())
        assert PASSWORD not in written and WRONG not in written and not any(token in written for token in hermod.tokens.values())


def listener(server, case: Case, is_right: bool) -> mail_clients.Listener:
    name = {"sends": "submission", "reads": "pop3"}[case.use] + ("s" if case.is_implicit else "")
    return mail_clients.Listener(server.ports[name], case.is_implicit, server.issuer.certificate,
                                 server.shown[is_right] if case.mechanism == "EXTERNAL" else None)


def secret(server, case: Case, is_right: bool) -> str:
    if case.mechanism in mail_clients.OAUTH:
        return server.tokens[is_right]
    return PASSWORD if is_right else WRONG


def attempts(server, case: Case) -> dict[str, list[str]]:
    """By which mechanisms somebody has logged in so far, and by which he has failed."""
    purpose = {"sends": "submission", "reads": "pop3"}[case.use]
    events = [event for event in server.events() if event.get("purpose") == purpose]
    return {"in": [event["mechanism"] for event in events if event["event"] == "logged_in"],
            "refused": [event["mechanism"] for event in events if event["event"] == "rejected"]}


def visits(server) -> int:
    return sum(event["event"] == "encrypted" for event in server.events())


def outcome(server, case: Case, is_right: bool, folder: Path) -> str:
    """"in": it has done what it was for. "refused": its password was wrong. "not offered": it came, and could not even try."""
    folder.mkdir()
    before, came = attempts(server, case), visits(server)
    clients = {"sends": mail_clients.SENDERS, "reads": mail_clients.READERS}[case.use]
    has_succeeded = clients[case.client][0](listener(server, case, is_right), case.mechanism,
                                            secret(server, case, is_right), folder)
    if case.mechanism == "APOP" and not case.is_implicit:
        assert not has_succeeded and attempts(server, case) == before, "there is no challenge where TLS comes first"
        return "not offered"
    if case.mechanism in mail_clients.NOT_OFFERED:
        wait_until(lambda: visits(server) > came, what="it has come")
        assert not has_succeeded and attempts(server, case) == before
        return "not offered"
    said = "in" if has_succeeded else "refused"
    # USER and PASS are PLAIN in other words.
    mechanism = "PLAIN" if case.mechanism == "USER" else case.mechanism
    tried = wait_until(lambda: attempts(server, case)[said][len(before[said]):], what=f"an event that it is {said}")
    assert set(tried) == {mechanism}, tried
    return said


def kept() -> dict[tuple[str, str, str], list[str]]:
    """Rows of doc/clients.md: use, client, mechanism → STARTTLS with the right password and a wrong one, TLS likewise."""
    rows, use = {}, ""
    for line in KEPT.read_text().splitlines() if KEPT.exists() else []:
        if heading := re.match(r"## (Sending|Reading)", line):
            use = {"Sending": "sends", "Reading": "reads"}[heading.group(1)]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6 and cells[0] not in ("client", "---"):
            rows[use, cells[0], cells[1]] = cells[2:]
    return rows


ABSENT = "–"
HEAD = """# Clients

What Debian 12's programs make of Hermod: each with the mechanisms that it knows, with the right password and with a wrong one.
*in*: it has logged in, and sent or read a message. *refused*: its password was. *not offered*: there was nothing to try. –: the program
knows no such way. What counts as a password: with OAUTHBEARER and XOAUTH2 a token, the wrong one has expired; with EXTERNAL the
client's certificate, the wrong one is that of somebody who has no mailbox here. DIGEST-MD5, NTLM and CRAM-SHA1 are not done here at
all: the first two are obsolete, and the third was never written down. Made and proved by `test/system/test_mail_clients.py`;
`--write-clients` writes this page.

mutt must be told what to use, by `smtp_authenticators` and `pop_authenticators`: left alone it takes SCRAM-SHA-256-PLUS, for which it
finds no channel in TLS 1.3, and then does not come to the next. curl takes OAUTHBEARER where both kinds of tokens are offered, whatever
it is told; getmail and fetchmail have no tokens for POP3; swaks knows DIGEST-MD5 and NTLM only by Perl modules that do not come with it.
APOP and CRAM-MD5 need an account whose password is kept as it is (`hermod account add --store-plain`) and the setting
`login.mechanisms`; APOP is for TLS from the first octet alone, as its challenge is in the greeting.
"""


def page(rows: dict[tuple[str, str, str], list[str]]) -> str:
    text = HEAD
    for use, title in (("sends", "Sending: submission (587) and submissions (465)"), ("reads", "Reading: pop3 (110) and pop3s (995)")):
        way = "STARTTLS" if use == "sends" else "STLS"
        text += f"\n## {title}\n\n| client | mechanism | {way} | wrong password | TLS | wrong password |\n" + "|---" * 6 + "|\n"
        for case_use, client, mechanism in (key for key in dict.fromkeys(case.row for case in cases()) if key[0] == use):
            text += f"| {client} | {mechanism} | " + " | ".join(rows[case_use, client, mechanism]) + " |\n"
    return text


@pytest.fixture(scope="module")
def found(request):
    """What has happened so far; kept at the end where that is asked for."""
    rows = {}
    yield rows
    if request.config.getoption("--write-clients"):
        every = {case.row: [ABSENT] * 4 for case in cases()} | {row: cells for row, cells in kept().items()}
        for (row, is_implicit), cells in rows.items():
            every[row][2 * is_implicit:2 * is_implicit + 2] = cells
        KEPT.write_text(page(every))


@pytest.mark.parametrize("case", cases(), ids=str)
def test_client(server, found, tmp_path, case, request):
    if case.client not in ("smtplib", "poplib") and not shutil.which(case.client):
        pytest.skip(f"{case.client} is not here")
    before = server.settled("u@l.test")
    result = [outcome(server, case, True, tmp_path / "right"), outcome(server, case, False, tmp_path / "wrong")]
    found[case.row, case.is_implicit] = result
    assert result[1] != "in"
    if case.use == "sends" and case.client != "gsasl" and result[0] == "in":
        message = server.wait_for(before + 1)[-1].decode()
        assert re.search(r"with ESMTPSA\b", message), message
    if not request.config.getoption("--write-clients"):
        assert kept().get(case.row, [None] * 4)[2 * case.is_implicit:2 * case.is_implicit + 2] == result


class InTheMiddle(threading.Thread):
    """Somebody with a certificate that the client believes, between it and the submission port: he ends its TLS, begins his
    own with the server, and passes on what both say."""

    def __init__(self, server, to: int):
        super().__init__(daemon=True)
        self.to = to
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*server.issuer.issue("localhost", file="in-the-middle"))
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.heard = b""
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), client, Client(self.to, greet=False) as server:
                self.pass_on(client, server)

    def pass_on(self, client: socket.socket, server: Client):
        lines = client.makefile("rb")
        client.sendall(server.line().encode() + b"\r\n")
        while line := lines.readline():
            server.send(line)
            code, text = server.reply()
            *before, last = text.split("\n")
            client.sendall(b"".join(f"{code}-{one}\r\n".encode() for one in before) + f"{code} {last}\r\n".encode())
            if line.strip().upper() == b"STARTTLS":
                break
        server.encrypt()
        with self.context.wrap_socket(client, server_side=True) as secure:
            upward = threading.Thread(target=self.pump, args=(server.socket, secure), daemon=True)
            upward.start()
            self.pump(secure, server.socket)
            upward.join(60)

    def pump(self, source: ssl.SSLSocket, target: ssl.SSLSocket):
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                self.heard += octets
                target.sendall(octets)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


# RFC 5802 §6, RFC 9266. With the right password, and through somebody whom the client has believed.
@pytest.mark.skipif(not shutil.which("gsasl"), reason="gsasl is not here")
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
def test_nobody_in_the_middle_passes_on_a_login_bound_to_its_channel(server, tmp_path, mechanism):
    between = InTheMiddle(server, server.ports["submission"])
    direct = mail_clients.Listener(server.ports["submission"], False, server.issuer.certificate)
    through = mail_clients.Listener(between.port, False, server.issuer.certificate)
    case = Case("sends", "gsasl", mechanism, False)
    try:
        assert mail_clients.log_in_by_gsasl(direct, mechanism, PASSWORD, tmp_path)
        assert mail_clients.log_in_by_gsasl(through, mechanism.removesuffix("-PLUS"), PASSWORD, tmp_path), "he does pass on"
        before, between.heard = attempts(server, case), b""
        assert not mail_clients.log_in_by_gsasl(through, mechanism, PASSWORD, tmp_path)
        assert f"AUTH {mechanism}".encode() in between.heard and b"535 5.7.8" in between.heard, between.heard
        assert wait_until(lambda: attempts(server, case)["refused"][len(before["refused"]):]) == [mechanism]
        assert attempts(server, case)["in"] == before["in"]
    finally:
        between.door.close()


def test_the_table_has_these_rows_and_no_others(request):
    if request.config.getoption("--write-clients"):
        pytest.skip("it is being written")
    rows = kept()
    assert set(rows) == {case.row for case in cases()}
    for case in cases():
        assert ABSENT not in rows[case.row][2 * case.is_implicit:2 * case.is_implicit + 2], case
    assert page(rows) == KEPT.read_text()
