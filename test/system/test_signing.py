"""Mail of our people signed by a running server, and verified by the programs of others: DKIM, RFC 6376, RFC 8463. Keys that are made,
published, used and retired while mail flows; and what a domain has to publish for all that."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import dns
import pytest
from hermod import BINARY, Hermod, memory_of, wait_until
from sink import Sink
from test_auth import PLAIN_PASSWORD, add_account, logged_in, make_server, submit
from test_signatures import PERL_VERIFY, encoded, has_perl_dkim, has_python_dkim, python_dkim, write_table

MESSAGE = b"From: Ann <ann@l.test>\r\nTo: bob@far.test\r\nSubject: hello\r\n\r\nHello\r\n"
STRANGER = "127.0.0.2"  # not in relay.networks


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, check=False, timeout=120)


class Signing:
    """A server whose mail for others comes to a sink; its DNS is a table that we write."""

    def __init__(self, folder: Path, dkim: str = "", sink: Sink | None = None, listeners: str = "", extra: str = ""):
        self.sink = sink or Sink()
        self.folder, self.records = folder, {}
        self.write_table()
        self.server = Hermod(folder=folder, listeners=listeners, routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{self.sink.port}"\n',
                             extra=f'[dkim]\nsign = true\nwait = "0s"\n{dkim}\n[dns]\ntable = "{folder}/dns"\n{extra}')

    def write_table(self):
        (self.folder / "dns").write_text("".join(
            json.dumps({"name": name, "type": "TXT", "data": [text[i:i + 255] for i in range(0, len(text), 255)]}) + "\n"
            for name, text in self.records.items()))

    def keys(self, domain: str = "l.test") -> list[dict]:
        return [key for one in json.loads(self.server.run("dkim", "status", "--json").stdout)["domains"] if one["domain"] == domain
                for key in one["keys"]]

    def rotate(self, domain: str = "l.test", *options: str, publish: bool = True) -> str:
        """One step; what it says. Afterwards the DNS has what it wants."""
        told = self.server.run("dkim", "rotate", domain, *options).stdout
        if publish:
            self.publish(domain)
        return told

    def publish(self, domain: str = "l.test"):
        self.records |= {key["name"]: key["record"] for key in self.keys(domain)}
        self.write_table()

    def make_keys(self, domain: str = "l.test"):
        self.rotate(domain)
        self.rotate(domain)

    def send(self, message: bytes = MESSAGE, **options) -> bytes:
        """As the sink has it."""
        before = len(self.sink.taken)
        with self.server.client(**options) as client:
            client.deliver(message, "ann@l.test", "bob@far.test")
        wait_until(lambda: len(self.sink.taken) > before, what="the message at the sink\n" + self.server.log_text()[-2000:])
        return plain(self.sink.taken[-1].octets)

    def verdicts(self, message: bytes) -> list[dict]:
        (self.folder / "message").write_bytes(message)
        done = run("dkim", "verify", "--json", "--dns-table", str(self.folder / "dns"), str(self.folder / "message"))
        return json.loads(done.stdout)["signatures"]

    def __enter__(self):
        self.sink.__enter__()
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.sink.__exit__(None, None, None)


def plain(octets: bytes) -> bytes:
    """Without the dots of the transfer."""
    return re.sub(rb"(?m)^\.\.", b".", octets)


def passed(verdicts: list[dict]) -> list[tuple[str, str]]:
    assert all(one["result"] == "pass" for one in verdicts), verdicts
    return [(one["domain"], one["algorithm"]) for one in verdicts]


BOTH = [("l.test", "rsa-sha256"), ("l.test", "ed25519-sha256")]


@pytest.fixture(name="signing")
def make_signing(tmp_path):
    signing = Signing(tmp_path)
    signing.make_keys()
    with signing:
        yield signing


def test_two_lines_are_enough_and_others_verify(signing, tmp_path):
    """What is relayed carries a signature of each kind; three other programs find them good where they know the kind."""
    messages = [MESSAGE, MESSAGE.replace(b"Hello\r\n", b"8-bit \xe4\xf6\xfc and a dot\r\n.\r\n..\r\n\r\n\r\n"),
                MESSAGE.replace(b"Hello", b"a long body\r\n" * 20_000 + b"end")]
    got = [signing.send(message) for message in messages]
    for message in got:
        assert passed(signing.verdicts(message)) == BOTH
        assert re.search(rb" x=\d+;", message), "against replay"
    signing.folder = tmp_path
    keys = type("Published", (), {"records": {name: [text] for name, text in signing.records.items()}})
    if has_python_dkim():
        for one in range(2):  # it looks at the first signature alone: so each comes first
            assert python_dkim(keys, tmp_path, [{"do": "verify", "message": encoded(alone(message, one))} for message in got]) == [True] * len(got)
    if has_perl_dkim():
        (tmp_path / "keys.json").write_text(json.dumps(keys.records))
        (tmp_path / "work.json").write_text(json.dumps([{"message": encoded(alone(message, 0))} for message in got]))
        done = subprocess.run(["perl", "-e", PERL_VERIFY, str(tmp_path / "keys.json"), str(tmp_path / "work.json")], capture_output=True, text=True, check=False)
        assert json.loads(done.stdout) == ["pass"] * len(got), done.stderr
    if shutil.which("opendkim"):
        (tmp_path / "public").write_text("".join(f"{name} {text}\n" for name, text in signing.records.items()))
        (tmp_path / "conf").write_text(f"Mode v\nTestPublicKeys {tmp_path}/public\nSyslog no\n")
        for message in got:
            (tmp_path / "one.eml").write_bytes(alone(message, 0))
            done = subprocess.run(["opendkim", "-x", str(tmp_path / "conf"), "-t", str(tmp_path / "one.eml"), "-vv"], capture_output=True, text=True, check=False)
            assert "succeeded" in done.stdout + done.stderr, done


def alone(message: bytes, which: int) -> bytes:
    """With one signature of the two."""
    fields = list(re.finditer(rb"DKIM-Signature:.*?\r\n(?![ \t])", message, re.DOTALL))
    assert len(fields) == 2
    other = fields[1 - which]
    return message[:other.start()] + message[other.end():]


def test_chunks_without_an_end_of_line(signing):
    """RFC 3030; RFC 6376 §3.4.3: what has no last line end is signed as if it had."""
    with signing.server.client() as client:
        client.begin("ann@l.test", "bob@far.test")
        client.send(b"BDAT %d LAST\r\n" % len(MESSAGE[:-2]) + MESSAGE[:-2])
        assert client.reply()[0] == 250
    wait_until(lambda: signing.sink.taken, what="the message at the sink")
    assert passed(signing.verdicts(plain(signing.sink.taken[0].octets))) == BOTH


def test_mail_of_programs_is_signed_and_what_they_pass_on_is_not(signing):
    def arrived(message: bytes) -> bytes:
        before = len(signing.sink.taken)
        done = sendmail(signing, message)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: len(signing.sink.taken) > before, what="the message at the sink")
        return plain(signing.sink.taken[-1].octets)
    assert passed(signing.verdicts(arrived(MESSAGE))) == BOTH
    assert passed(signing.verdicts(arrived(MESSAGE + b"another line\n" * 10_000))) == BOTH
    stranger = b"Received: from somebody by us; Fri, 27 Nov 2026 20:00:00 +0000\n" + MESSAGE
    assert signing.verdicts(arrived(stranger)) == []


def test_what_a_client_passes_on_for_strangers_is_not_signed(signing):
    """A backup exchanger that may relay brings what a stranger wrote in our name; an application server brings its own."""
    date = b"; Fri, 27 Nov 2026 20:00:00 +0000\r\n"
    own = b"Received: by app.l.test (Postfix, from userid 33) id 1" + date + MESSAGE
    assert passed(signing.verdicts(signing.send(own))) == BOTH
    foreign = b"Received: from l.test (mail.evil.test [192.0.2.66]) by mx2.l.test" + date + MESSAGE
    assert signing.verdicts(signing.send(foreign)) == []
    assert any("192.0.2.66" in event.get("reason", "") for event in signing.server.events() if event["event"] == "examined")


def test_answers_of_who_is_away_are_signed(signing, tmp_path):
    """RFC 3834 §3.3: from the null sender, so SPF says nothing of its author's domain; a signature does."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".vacation.msg").write_text("I am away.\n")
    variables = {"SENDER": "bob@far.test", "RECIPIENT": "ann@l.test", "USER": "ann", "HOST": "l.test", "HERMOD_CONFIG": str(signing.server.config)}
    message = b"From: bob@far.test\nTo: ann@l.test\nSubject: lunch\nMessage-ID: <1@far.test>\n\nhello\n"
    done = subprocess.run([str(BINARY), "vacation"], input=message, capture_output=True, timeout=60, cwd=home, env=os.environ | variables, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    wait_until(lambda: signing.sink.taken, what="the answer at the sink")
    answer = plain(signing.sink.taken[0].octets)
    assert b"Auto-Submitted: auto-replied" in answer and passed(signing.verdicts(answer)) == BOTH


def test_strangers_get_no_signature_of_ours(tmp_path):
    signing = Signing(tmp_path, extra='[aliases]\n"away@l.test" = ["bob@far.test"]\n')
    signing.make_keys()
    with signing, signing.server.client(source=STRANGER) as client:
        client.deliver(MESSAGE, "ann@l.test", "away@l.test")
        wait_until(lambda: signing.sink.taken, what="the message at the sink")
        assert b"DKIM-Signature" not in signing.sink.taken[0].octets


@pytest.mark.parametrize("behavior", ["off", "record"])
@pytest.mark.parametrize("size", [1, 100_000])
def test_what_strangers_send_on_by_an_alias_is_sealed(tmp_path, behavior, size):
    """RFC 8617 §5.1: with what was found out here, for those to whom it goes."""
    signing = Signing(tmp_path, extra='[aliases]\n"away@l.test" = ["bob@far.test"]\n[arc]\nseal = "l.test"\n'
                                      f'[dmarc]\nbehavior = "{behavior}"\n')
    assert "arc.seal" in signing.server.run("check").stderr, "there is no key yet"
    signing.make_keys()
    assert "arc.seal" not in signing.server.run("check").stderr
    with signing, signing.server.client(source=STRANGER) as client:
        message = MESSAGE + b"and so on\r\n" * (size // 11)
        client.deliver(message, "ann@far.test", "away@l.test")
        wait_until(lambda: signing.sink.taken, what="the message at the sink")
        sent_on = plain(signing.sink.taken[0].octets)
        (tmp_path / "message").write_bytes(sent_on)
        told = json.loads(run("arc", "verify", "--json", "--dns-table", f"{tmp_path}/dns", f"{tmp_path}/message").stdout)
        assert told["result"] == "pass", told
        assert sent_on.startswith(b"ARC-Seal: ") and b"ARC-Authentication-Results: i=1;" in sent_on and b"dmarc=none" in sent_on[:sent_on.index(b"Received:")]
        assert sent_on.endswith(message)
        client.deliver(MESSAGE, "ann@far.test", "u@l.test")
        assert b"ARC-Seal" not in signing.server.wait_for(1, "u@l.test")[0], "it stays here"


def test_whoever_logs_in_is_signed_for(tmp_path, issuer):
    with Sink() as sink:
        server = make_server(issuer, folder=tmp_path, extra=f'[dkim]\nsign = true\nwait = "0s"\n[dns]\ntable = "{tmp_path}/dns"\n'
                                                            f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n')
        (tmp_path / "dns").write_text("")
        server.run("dkim", "rotate", "l.test")
        keys = json.loads(server.run("dkim", "status", "--json").stdout)["domains"][0]["keys"]
        write_table(tmp_path / "dns", {key["name"]: [key["record"]] for key in keys})
        server.run("dkim", "rotate", "l.test")
        with server:
            add_account(server, "ann@l.test", PLAIN_PASSWORD)
            client = logged_in(server, "ann@l.test")
            for author, code in ((b"ann@l.test", 250), (b"bob@l.test", 553)):
                assert submit(client, MESSAGE.replace(b"ann@l.test", author), "ann@l.test", "bob@far.test")[0] == code
            wait_until(lambda: sink.taken, what="the message at the sink")
            (tmp_path / "message").write_bytes(plain(sink.taken[0].octets))
        done = run("dkim", "verify", "--json", "--dns-table", str(tmp_path / "dns"), str(tmp_path / "message"))
        assert passed(json.loads(done.stdout)["signatures"]) == BOTH
        assert b"Message-ID" in sink.taken[0].octets, "what is missing is put in before it is signed"


def test_signing_table_and_keys_of_ones_own(tmp_path):
    """Keys as opendkim made them, several domains, one in whose name everything is signed."""
    keys = {}
    for domain, selector in (("news.test", "old"), ("provider.test", "all")):
        done = run("dkim", "keygen", "--domain", domain, "--selector", selector, "--key", str(tmp_path / f"{selector}.pem"), "--json")
        made = json.loads(done.stdout)
        keys[made["name"]] = made["record"]
    signing = Signing(tmp_path, 'always = "provider.test"\n'
                      f'[[dkim.keys]]\ndomain = "news.test"\nselector = "old"\nkey = "{tmp_path}/old.pem"\n'
                      f'[[dkim.keys]]\ndomain = "provider.test"\nselector = "all"\nkey = "{tmp_path}/all.pem"\n'
                      '[[dkim.senders]]\nfrom = "ann@l.test"\ndomains = ["news.test"]\n')
    signing.records |= keys
    signing.make_keys()
    with signing:
        assert passed(signing.verdicts(signing.send())) == [("news.test", "rsa-sha256"), ("provider.test", "rsa-sha256")]
        other = signing.send(MESSAGE.replace(b"ann@l.test", b"bea@sub.l.test"))
        assert passed(signing.verdicts(other)) == BOTH + [("provider.test", "rsa-sha256")]


def test_keys_are_rotated_while_mail_flows(signing):
    """No message is refused, and each verifies by what is in the DNS; the old key stays there, and goes at its time."""
    first = {key["selector"] for key in signing.keys()}
    got = [signing.send() for _ in range(3)]
    assert "new keys" in signing.rotate()
    got += [signing.send() for _ in range(3)]
    with signing.server.client() as client:
        client.hello()
        told = ""
        for number in range(40):
            if number == 10:
                told = signing.rotate()
            assert client.say("MAIL FROM:<ann@l.test>")[0] == 250 and client.say("RCPT TO:<bob@far.test>")[0] == 250
            assert client.say("DATA")[0] == 354
            code, text = client.say(MESSAGE + b".")
            assert code == 250, text
    assert "signs from now on" in told and "signs no more; it stays in the DNS until" in told and "server: reloaded" in told
    wait_until(lambda: len(signing.sink.taken) == 46, what="all messages at the sink")
    got = [plain(one.octets) for one in signing.sink.taken]
    selectors = []
    for message in got:
        verdicts = signing.verdicts(message)
        assert passed(verdicts) == BOTH
        selectors.append({one["selector"] for one in verdicts})
    assert selectors[0] == first and not selectors[-1] & first
    assert {key["state"] for key in signing.keys()} == {"in use", "retired"}
    later = str(int(max(key["retired"] for key in signing.keys())) + 15 * 86400)
    told = signing.server.run("dkim", "rotate", "l.test", "--continue", "--now", later).stdout
    assert told.count("is gone; take it out of the DNS") == 2 and {key["state"] for key in signing.keys()} == {"in use"}
    assert not {file.stem for file in (signing.folder / "data" / "keys" / "dkim" / "l.test").glob("*.pem")} & first
    signing.rotate(publish=False)
    assert "signing keys of l.test: publish" in signing.server.run("status").stdout


def test_a_record_that_is_missing_or_wrong_is_not_used(signing, tmp_path):
    signing.rotate(publish=False)
    new = [key for key in signing.keys() if key["state"] == "made"]
    done = signing.server.run("dkim", "rotate", "l.test", check=False)
    assert done.returncode == 1 and done.stdout.count("is not published:") == 2
    signing.records |= {new[0]["name"]: new[1]["record"], new[1]["name"]: new[1]["record"]}
    signing.write_table()
    done = signing.server.run("dkim", "rotate", "l.test", "--continue", check=False)
    assert done.returncode == 1 and "is published, but is something else" in done.stdout
    assert {key["state"] for key in signing.keys() if key["selector"] in (new[0]["selector"], new[1]["selector"])} == {"made", "published"}
    (tmp_path / "dns").write_text(json.dumps({"name": new[0]["name"], "type": "*", "rcode": "SERVFAIL"}) + "\n")
    done = signing.server.run("dkim", "rotate", "l.test", check=False)
    assert done.returncode == 75 and "the DNS does not answer" in done.stdout


def test_only_keyd_knows_the_keys(signing):
    """RFC 6376 §8.2 and ours: what is broken into has no key; whoever looks into keyd finds it."""
    signing.send()
    lines, numbers = [], []
    for file in (signing.folder / "data" / "keys" / "dkim" / "l.test").glob("*.pem"):
        lines += [line for line in file.read_bytes().split(b"\n")[1:-2] if len(line) > 40]
        text = subprocess.run(["openssl", "pkey", "-in", str(file), "-text", "-noout"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"(?:prime1|priv):\n((?:\s+[0-9a-f:]+\n)+)", text).group(1)
        octets = bytes.fromhex(re.sub(r"[\s:]", "", found)).lstrip(b"\0")
        numbers.append(octets if file.stem.startswith("ed") else octets[::-1])  # of RSA the least octet comes first
    assert len(numbers) == 2 and len(lines) > 10
    for role in ("master", "smtpd", "qmgr", "relay", "policyd", "pickup", "admind", "directory", "keyd"):
        for pid in [signing.server.process.pid] if role == "master" else signing.server.pids(role):
            memory = memory_of(pid)
            assert not [line for line in lines if line in memory], f"{role} has a key file"
            assert [number in memory for number in numbers] == [role == "keyd"] * 2, role


def test_without_keyd_mail_waits_and_is_signed_by_its_successor(signing):
    pid, = signing.server.pids("keyd")
    os.kill(pid, signal.SIGKILL)
    assert passed(signing.verdicts(signing.send())) == BOTH
    pid, = wait_until(lambda: signing.server.pids("policyd"), what="policyd")
    os.kill(pid, signal.SIGKILL)
    def is_signed_again():
        with signing.server.client() as client:
            client.begin("ann@l.test", "bob@far.test")
            client.say("DATA")
            code, _ = client.say(MESSAGE + b".")
            assert code in (250, 451)
            return code == 250
    wait_until(is_signed_again, what="a policyd that signs")
    wait_until(lambda: len(signing.sink.taken) == 2, what="the message at the sink")
    assert passed(signing.verdicts(plain(signing.sink.taken[-1].octets))) == BOTH


def test_who_is_born_without_policyd_asks_its_successor(signing):
    """Not even a reload in between has smtpd or pickup do without it."""
    def kill(role: str):
        for pid in wait_until(lambda: signing.server.pids(role), what=role):
            with contextlib.suppress(ProcessLookupError):  # it is dying of the time before
                os.kill(pid, signal.SIGKILL)
    def born_without():
        for _ in range(4):  # each time its successor comes later
            kill("policyd")
        for role in ("smtpd", "pickup"):
            kill(role)
        wait_until(lambda: signing.server.pids("smtpd") and signing.server.pids("pickup"), what="their successors")
        return not signing.server.pids("policyd")
    wait_until(born_without, what="an smtpd and a pickup that were born without policyd")
    signing.server.run("reload")
    wait_until(lambda: signing.server.pids("policyd"), what="policyd")
    done = sendmail(signing, MESSAGE)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: signing.sink.taken, what="the message at the sink")
    assert passed(signing.verdicts(plain(signing.sink.taken[-1].octets))) == BOTH
    wait_until(lambda: smtp_code(signing) == 250, what="a policyd that answers")
    wait_until(lambda: len(signing.sink.taken) == 2, what="the message at the sink")
    assert passed(signing.verdicts(plain(signing.sink.taken[-1].octets))) == BOTH


def sendmail(signing, message: bytes) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY.with_name("sendmail")), "-f", "ann@l.test", "bob@far.test"], input=message.replace(b"\r\n", b"\n"),
                          env=os.environ | {"HERMOD_CONFIG": str(signing.server.config)}, capture_output=True, check=False)


def smtp_code(signing) -> int:
    """Of MESSAGE; 0 while nobody takes it."""
    try:
        with signing.server.client() as client:
            client.begin("ann@l.test", "bob@far.test")
            client.say("DATA")
            return client.say(MESSAGE + b".")[0]
    except (OSError, AssertionError):
        return 0


def test_what_needs_a_restart_is_not_asked_for_before(tmp_path):
    """policyd is there from the next start on; until then no process waits for it, not even a new one."""
    signing = Signing(tmp_path)
    signing.make_keys()
    text = signing.server.config.read_text()
    signing.server.config.write_text(text.replace("sign = true", "sign = false"))
    with signing:
        signing.server.config.write_text(text)
        assert "needs a restart: dkim.sign" in signing.server.run("reload").stdout
        for role in ("smtpd", "pickup"):
            for pid in signing.server.pids(role):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: smtp_code(signing) == 250, what="mail is taken")
        assert sendmail(signing, MESSAGE).returncode == 0
        wait_until(lambda: len(signing.sink.taken) == 2, what="both at the sink")


def test_what_policyd_does_anyhow_is_switched_on_by_a_reload(tmp_path):
    signing = Signing(tmp_path, extra='[srs]\nrewrite = "needed"\n')
    signing.make_keys()
    text = signing.server.config.read_text()
    signing.server.config.write_text(text.replace("sign = true", "sign = false"))
    with signing:
        signing.server.config.write_text(text)
        assert signing.server.run("reload").stdout.strip() == "reloaded"
        assert sendmail(signing, MESSAGE).returncode == 0
        wait_until(lambda: signing.sink.taken, what="the message at the sink")
        assert passed(signing.verdicts(plain(signing.sink.taken[0].octets))) == BOTH
        assert passed(signing.verdicts(signing.send())) == BOTH
        assert [event["client"] for event in signing.server.events() if event["event"] == "examined" and event["client"].startswith("uid")]


def test_a_wrong_configuration_is_refused(signing):
    broken = next(iter((signing.folder / "data" / "keys" / "dkim" / "l.test").glob("rsa*.pem")))
    text = broken.read_text()
    other = run("dkim", "keygen", "--domain", "l.test", "--selector", "x", "--key", str(signing.folder / "other.pem"))
    assert other.returncode == 0
    for content, problem in (("nonsense", "holds no private key"), ((signing.folder / "other.pem").read_text(), "is another key")):
        broken.write_text(content)
        done = signing.server.run("reload", check=False)
        assert done.returncode == 1 and problem in done.stderr, (done.stdout, done.stderr)
        assert passed(signing.verdicts(signing.send())) == BOTH, "the keys of before"
    broken.write_text(text)
    signing.server.run("reload")


# ---- revoked

def test_a_key_that_leaked_signs_no_more(signing):
    """RFC 6376 §3.6.1: an empty p= says so. The other key signs on alone, until there are new ones."""
    selectors = {key["algorithm"]: key["selector"] for key in signing.keys()}
    leaked = selectors["rsa-sha256"]
    before = signing.send()
    told = signing.server.run("dkim", "revoke", "l.test", leaked.upper()).stdout
    assert f'{leaked}._domainkey.l.test.\tIN\tTXT\t( "v=DKIM1; k=rsa; p=" )' in told, told
    assert "is signed by " + selectors["ed25519-sha256"] in told and "new keys; publish" in told and "server: reloaded" in told
    assert passed(signing.verdicts(signing.send())) == [("l.test", "ed25519-sha256")]
    assert not (signing.folder / "data" / "keys" / "dkim" / "l.test" / f"{leaked}.pem").exists()
    assert f"publish that {leaked}._domainkey.l.test is revoked" in signing.server.run("status").stdout
    assert "p=\"" in next(line for line in signing.server.run("dns", "records", "l.test").stdout.splitlines() if line.startswith(leaked))
    def check() -> tuple[str, str]:
        findings = json.loads(signing.server.run("dns", "check", "l.test", "--json", check=False).stdout)["findings"]
        return next((one["grade"], one["remedy"]) for one in findings if leaked in one["text"])
    assert check()[0] == "fault" and 'p=" )' in check()[1], "its record still has the key"
    done = signing.server.run("dkim", "rotate", "l.test", check=False)
    assert done.returncode == 1 and f"{leaked}._domainkey.l.test is published, but is something else" in done.stdout
    signing.publish()
    assert check()[0] == "good"
    assert {(one["algorithm"], one["result"], one["reason"]) for one in signing.verdicts(before)} == {
        ("rsa-sha256", "permerror", "the key is revoked"), ("ed25519-sha256", "pass", "")}
    told = signing.rotate()
    assert "says that it is revoked" in told and told.count("signs from now on") == 2, told
    assert passed(signing.verdicts(signing.send())) == BOTH
    assert {key["selector"]: key["state"] for key in signing.keys()}[leaked] == "revoked"
    revoked = next(key["revoked"] for key in signing.keys() if key["selector"] == leaked)
    assert leaked in signing.server.run("dns", "records", "l.test").stdout
    told = signing.server.run("dkim", "rotate", "l.test", "--continue", "--now", str(revoked + 15 * 86400)).stdout
    assert f"{leaked}._domainkey.l.test is gone" in told and leaked not in {key["selector"] for key in signing.keys()}


def test_all_keys_revoked_while_the_configuration_is_broken(tmp_path):
    """Nothing signs with them, whatever else is wrong; and the new ones need not wait, as nothing is signed meanwhile."""
    signing = Signing(tmp_path)
    signing.make_keys()
    with signing:
        assert passed(signing.verdicts(signing.send())) == BOTH
        for nothing in (("l.test", "other"), ("typo.test",)):
            assert signing.server.run("dkim", "revoke", *nothing, check=False).returncode == 2
        assert "typo.test" not in signing.server.run("dkim", "status").stdout
        good = signing.server.config.read_text()
        signing.server.config.write_text(good.replace('wait = "0s"', 'wait = "1h"') + "\n[limits]\nnonsense = 1\n")
        done = signing.server.run("dkim", "revoke", "l.test", check=False)
        assert done.returncode == 1 and "nonsense" in done.stderr and "unsigned until the new keys" in done.stdout, done
        wait_until(lambda: signing.verdicts(signing.send()) == [], what="mail without signatures of those keys")
        signing.server.config.write_text(good.replace('wait = "0s"', 'wait = "1h"'))
        signing.publish()
        told = signing.server.run("dkim", "rotate", "l.test").stdout
        assert told.count("signs from now on") == 2 and told.count("says that it is revoked") == 2, told
        assert passed(signing.verdicts(signing.send())) == BOTH


def test_a_key_is_revoked_while_those_of_another_domain_are_in_trouble(tmp_path):
    """The reload is refused for it; and the revoked keys sign no more all the same."""
    signing = Signing(tmp_path)
    for domain in ("l.test", "other.test"):
        signing.make_keys(domain)
    with signing:
        assert passed(signing.verdicts(signing.send())) == BOTH
        (signing.folder / "data" / "keys" / "dkim" / "other.test" / "state").write_text("nonsense\n")
        done = signing.server.run("dkim", "revoke", "l.test", check=False)
        assert done.returncode == 1 and "other.test/state" in done.stderr, done
        wait_until(lambda: signing.verdicts(signing.send()) == [], what="mail without signatures of those keys")
        assert any("other.test/state" in one["reason"] for one in signing.server.events() if one["event"] == "signing_keys_kept")


def test_keys_of_ones_own_are_named_by_the_configuration(tmp_path):
    done = run("dkim", "keygen", "--domain", "l.test", "--selector", "own", "--key", str(tmp_path / "own.pem"))
    assert done.returncode == 0
    signing = Signing(tmp_path, f'[[dkim.keys]]\ndomain = "l.test"\nselector = "own"\nkey = "{tmp_path}/own.pem"\n')
    done = signing.server.run("dkim", "revoke", "l.test", "own", check=False)
    assert done.returncode == 1 and "STILL SIGNS" in done.stdout and 'own._domainkey.l.test.\tIN\tTXT\t( "v=DKIM1; k=rsa; p=" )' in done.stdout


# ---- by the server itself

def test_keys_are_rotated_by_the_server_itself(tmp_path):
    """A key that is old enough gets a successor, which signs once the DNS has it, and not before; an administrator publishes, and nothing else."""
    if not dns.is_installed():
        pytest.skip("needs nsd and unbound")
    domain = "st13.example"
    probe = "@ MX 10 mail\nmail A 127.0.13.1\n"
    with dns.Names({**dns.ZONES, domain: probe}, is_changing=True) as names, Sink() as sink:
        server = Hermod(folder=tmp_path, routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n',
                        extra=f'[dkim]\nsign = true\nwait = "0s"\nrotate = "180d"\n[dns]\nresolver = "127.0.0.1:{names.port}"\n')
        def keys() -> list[dict]:
            return json.loads(server.run("dkim", "status", "--json").stdout)["domains"][0]["keys"]
        def state() -> list[str]:
            return [key["state"] for key in keys()]
        def publish():
            names.change(domain, probe + server.run("dns", "records", domain).stdout.split("\n", 1)[1])
        def signed_by() -> set[str]:
            before = len(sink.taken)
            with server.client() as client:
                client.deliver(MESSAGE.replace(b"ann@l.test", b"ann@" + domain.encode()), f"ann@{domain}", "bob@far.test")
            wait_until(lambda: len(sink.taken) > before, what="the message at the sink")
            return {one.decode() for one in re.findall(rb" s=([a-z0-9]+);", sink.taken[-1].octets)}
        long_ago = str(int(time.time()) - 181 * 86400)
        server.run("dkim", "rotate", domain, "--now", long_ago)
        publish()
        assert server.run("dkim", "rotate", domain, "--now", long_ago).stdout.count("signs from now on") == 2
        first = {key["selector"] for key in keys()}
        with server:
            wait_until(lambda: state() == ["in use", "in use", "made", "made"], what="new keys")
            wait_until(lambda: {one["record"][:17] for one in server.events() if one["event"] == "signing_key_made"} == {"v=DKIM1; k=rsa; p", "v=DKIM1; k=ed2551"}, what="what to publish")
            assert "then the server takes them into use" in server.run("status").stdout
            server.run("reload")
            assert signed_by() == first and state()[2:] == ["made", "made"], "they are not in the DNS"
            publish()
            server.run("reload")  # or a few minutes later by itself
            wait_until(lambda: state() == ["retired", "retired", "in use", "in use"], what="the new keys in use\n" + server.log_text()[-2000:])
            second = {key["selector"] for key in keys()} - first
            wait_until(lambda: signed_by() == second, what="signatures by the new keys")
            assert "nothing; the server makes new keys on" in server.run("dkim", "status", domain).stdout


def test_keys_that_a_reload_did_not_reach_are_taken_later(signing):
    """A configuration that is refused is the matter of another hour; the keys go on without it."""
    good = signing.server.config.read_text()
    signing.rotate()
    signing.server.config.write_text(good + "\n[limits]\nnonsense = 1\n")
    done = signing.server.run("dkim", "rotate", "l.test", check=False)
    assert done.returncode == 1 and "nonsense" in done.stderr, "the reload"
    new = {key["selector"] for key in signing.keys() if key["state"] == "in use"}
    wait_until(lambda: {one["selector"] for one in signing.verdicts(signing.send())} == new, what="signatures by the new keys")


# ---- hermod dns

def test_records_published_by_nsd_pass_the_check(tmp_path):
    """RFC 1035 §3.3.14, RFC 7208 §3.3, RFC 6376 §3.6.2.2: what we print NSD reads, and what it serves is what we want."""
    if not dns.is_installed():
        pytest.skip("needs nsd and unbound")
    config = tmp_path / "hermod.toml"
    config.write_text(f'hostname = "mail.st13.example"\ndata_directory = "{tmp_path}/data"\ncontrol_socket = "{tmp_path}/control"\n[dkim]\nsign = true\nwait = "0s"\n')
    options = ("--config", str(config))
    domain = "st13.example"
    run("dkim", "rotate", domain, *options)
    fragment = run("dns", "records", domain, *options).stdout
    assert all(len(text) <= 255 for text in re.findall(r'"([^"]*)"', fragment))
    reverse = {"127.in-addr.arpa": "1.13.0 PTR mail.st13.example.\n"}
    with dns.Names({**dns.ZONES, domain: "mail A 127.0.13.1\n" + fragment, **reverse}) as names:
        asked = ("--resolver", f"127.0.0.1:{names.port}", *options)
        told = run("dkim", "rotate", domain, *asked).stdout
        assert told.count("signs from now on") == 2, told
        done = run("dns", "check", domain, "--json", *asked)
        findings = json.loads(done.stdout)["findings"]
        grades = {about: [one["grade"] for one in findings if one["about"] == about] for about in ("mx", "address", "spf", "dkim", "dmarc")}
        assert grades == {"mx": ["good"], "address": ["good"], "spf": ["good", "good"], "dkim": ["good", "good"], "dmarc": ["advice"]}, findings
        assert any("with 1 of 10 lookups" in one["text"] for one in findings)
        run("dkim", "rotate", domain, *asked)  # new ones, which are not published yet
        assert "is not published (made)" in run("dns", "check", domain, *asked).stdout


def test_each_fault_is_told_with_what_to_change(tmp_path):
    config = tmp_path / "hermod.toml"
    table = tmp_path / "dns"
    config.write_text(f'hostname = "mx.l.test"\ndata_directory = "{tmp_path}/data"\ncontrol_socket = "{tmp_path}/control"\n'
                      f'[dkim]\nsign = true\nwait = "0s"\n[dns]\ntable = "{table}"\n')
    options = ("--config", str(config))
    table.write_text("")
    run("dkim", "rotate", "l.test", *options)
    records = json.loads(run("dns", "records", "l.test", "--json", *options).stdout)["records"]
    good = [{"name": one["name"], "type": one["type"],
             "data": [one["data"][i:i + 255] for i in range(0, len(one["data"]), 255)] if one["type"] == "TXT" else one["data"]} for one in records]
    good += [{"name": "mx.l.test", "type": "A", "data": "192.0.2.1"}, {"name": "1.2.0.192.in-addr.arpa", "type": "PTR", "data": "mx.l.test"}]
    def check(lines: list[dict]) -> tuple[int, list[dict]]:
        table.write_text("".join(json.dumps(line) + "\n" for line in lines))
        done = run("dns", "check", "l.test", "--json", *options)
        return done.returncode, [one for one in json.loads(done.stdout)["findings"] if one["grade"] in ("fault", "unknown")]
    table.write_text("".join(json.dumps(line) + "\n" for line in good))
    run("dkim", "rotate", "l.test", *options)
    assert check(good) == (0, [])
    selector = records[2]["name"]
    def without(name: str, kind: str) -> list[dict]:
        return [line for line in good if (line["name"], line["type"]) != (name, kind)]
    cases = [
        (without("l.test", "MX"), "mx", "l.test has no MX", "publish l.test.\tIN\tMX\t10 mx.l.test."),
        (without("l.test", "MX") + [{"name": "l.test", "type": "MX", "data": "5 other.test"}], "mx", "5 other.test: none of them is mx.l.test", "10 mx.l.test."),
        (without("1.2.0.192.in-addr.arpa", "PTR"), "reverse", "192.0.2.1 has no name", "PTR\tmx.l.test."),
        (without("1.2.0.192.in-addr.arpa", "PTR") + [{"name": "1.2.0.192.in-addr.arpa", "type": "PTR", "data": "x.test"}], "reverse", "192.0.2.1 is x.test, not mx.l.test", "PTR"),
        (without("l.test", "TXT"), "spf", "no SPF record", "v=spf1 mx"),
        (without("l.test", "TXT") + [{"name": "l.test", "type": "TXT", "data": "v=spf1 -all"}], "spf", "fail for our address 192.0.2.1", "add ip4:192.0.2.1"),
        (without("l.test", "TXT") + [{"name": "l.test", "type": "TXT", "data": "v=spf1 " + "a:mx.l.test/32 ".replace("a:mx", "exists:%{d}.no") * 11 + "-all"}], "spf", "permerror", "at most ten"),
        (without(selector, "TXT"), "dkim", f"{selector} is not published (in use)", "publish " + selector),
        (without(selector, "TXT") + [{"name": selector, "type": "TXT", "data": "v=DKIM1; p="}], "dkim", "is not our key", "publish"),
        (without("_dmarc.l.test", "TXT"), "dmarc", "", "publish _dmarc.l.test."),
    ]
    for lines, about, text, remedy in cases:
        status, findings = check(lines)
        assert status == 1 and [one for one in findings if one["about"] == about and text in one["text"] and remedy in one["remedy"]], (about, findings)
    status, findings = check(without("l.test", "MX") + [{"name": "l.test", "type": "MX", "rcode": "TIMEOUT"}])
    assert status == 75 and [one["about"] for one in findings] == ["mx", "spf"], "what SPF says rests on it"
