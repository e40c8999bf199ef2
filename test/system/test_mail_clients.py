"""The table of doc/clients.md: which program logs in by which mechanism, over STARTTLS or STLS and over TLS from the first
octet on, with the right password and with a wrong one. Where what happens differs from what is kept there, a test fails;
`pytest test/system/test_mail_clients.py --write-clients` keeps what has happened.

RFC 4954, RFC 5034, RFC 1939 §7, RFC 8314.
"""
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import mail_clients
import pytest
from certificates import Issuer
from hermod import ROOT, Hermod, free_port, wait_until

KEPT = ROOT / "doc" / "clients.md"
PASSWORD, WRONG = "only-ascii-of-bob", "wrong-guess"
EVERYTHING = """[login]
mechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "APOP"]
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
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    with Hermod(listeners=listeners, networks=(), extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n{EVERYTHING}'
                "[limits]\nconnections_per_client = 1000\n") as hermod:
        hermod.ports, hermod.issuer = ports, issuer
        hermod.run("account", "add", mail_clients.USER, "--scram-sha-1", "--store-plain", input=PASSWORD + "\n")
        with hermod.client() as client:
            client.deliver(b"From: x@s.test\r\nTo: bob@l.test\r\nSubject: a client\r\n\r\nhello\r\n", "a@s.test", mail_clients.USER)
        hermod.wait_for(1, mail_clients.USER)
        yield hermod
        written = (hermod.folder / "log").read_text() + "".join(
            f.read_text() for f in (hermod.folder / "data" / "log").iterdir() if f.is_file())
        assert PASSWORD not in written and WRONG not in written


def listener(server, case: Case) -> mail_clients.Listener:
    name = {"sends": "submission", "reads": "pop3"}[case.use] + ("s" if case.is_implicit else "")
    return mail_clients.Listener(server.ports[name], case.is_implicit, server.issuer.certificate)


def attempts(server, case: Case) -> dict[str, list[str]]:
    """By which mechanisms somebody has logged in so far, and by which he has failed."""
    purpose = {"sends": "submission", "reads": "pop3"}[case.use]
    events = [event for event in server.events() if event.get("purpose") == purpose]
    return {"in": [event["mechanism"] for event in events if event["event"] == "logged_in"],
            "refused": [event["mechanism"] for event in events if event["event"] == "rejected"]}


def outcome(server, case: Case, password: str, folder: Path) -> str:
    """"in": it has done what it was for. "refused": its password was wrong. "not offered": it could not even try."""
    folder.mkdir()
    before = attempts(server, case)
    clients = {"sends": mail_clients.SENDERS, "reads": mail_clients.READERS}[case.use]
    has_succeeded = clients[case.client][0](listener(server, case), case.mechanism, password, folder)
    if case.mechanism == "APOP" and not case.is_implicit:
        assert not has_succeeded and attempts(server, case) == before, "there is no challenge where TLS comes first"
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
knows no such way. Made and proved by `test/system/test_mail_clients.py`; `--write-clients` writes this page.

mutt must be told what to use, by `smtp_authenticators` and `pop_authenticators`: left alone it takes SCRAM-SHA-256-PLUS, for which it
finds no channel in TLS 1.3, and then does not come to the next. APOP and CRAM-MD5 need an account whose password is kept as it is
(`hermod account add --store-plain`) and the setting `login.mechanisms`; APOP is for TLS from the first octet alone, as its challenge
is in the greeting.
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
    result = [outcome(server, case, PASSWORD, tmp_path / "right"), outcome(server, case, WRONG, tmp_path / "wrong")]
    found[case.row, case.is_implicit] = result
    assert result[1] != "in"
    if case.use == "sends" and case.client != "gsasl":
        message = server.wait_for(before + 1)[-1].decode()
        assert re.search(r"with ESMTPSA\b", message), message
    if not request.config.getoption("--write-clients"):
        assert kept().get(case.row, [None] * 4)[2 * case.is_implicit:2 * case.is_implicit + 2] == result


def test_the_table_has_these_rows_and_no_others(request):
    if request.config.getoption("--write-clients"):
        pytest.skip("it is being written")
    rows = kept()
    assert set(rows) == {case.row for case in cases()}
    for case in cases():
        assert ABSENT not in rows[case.row][2 * case.is_implicit:2 * case.is_implicit + 2], case
    assert page(rows) == KEPT.read_text()
