"""Senders of what is sent on: rewritten (SRS) only where SPF would not let us pass, and the way back for bounces. With a server of ours, and a
sink at the other end."""
import json
import re
import smtplib
import stat
from pathlib import Path

import pytest
from hermod import Hermod, wait_until
from sink import Manners, Sink
from test_authentication import Postsrsd
from users import ServerWithUser, can_have_users

STRANGER = "127.0.0.2"
OWN = "192.0.2.1"  # as the others see us

TABLE = [
    {"name": "strict.test", "type": "TXT", "data": "v=spf1 ip4:127.0.0.2 -all"},
    {"name": "soft.test", "type": "TXT", "data": "v=spf1 ~all"},
    {"name": "partner.test", "type": "TXT", "data": f"v=spf1 ip4:{OWN} -all"},
    {"name": "silent.test", "type": "A", "data": "127.0.0.2"},
    {"name": "broken.test", "type": "TXT", "data": "v=spf1 nonsense"},
    {"name": "down.test", "type": "*", "rcode": "TIMEOUT"},
]
REWRITTEN = ["strict.test", "soft.test", "broken.test", "down.test"]
KEPT = ["partner.test", "silent.test", "absent.test"]

ALIASES = '''[aliases]
"away@l.test" = ["ann@far.test"]
"both@l.test" = ["ann@far.test", "u@l.test"]
"list@l.test" = ["ann@far.test"]
"list-owner@l.test" = ["u@l.test"]
'''


def settings(folder: Path, sink: Sink | None = None, srs: str = 'rewrite = "needed"', more: str = "", addresses: str = f'addresses = ["{OWN}"]') -> dict:
    (folder / "dns").write_text("".join(json.dumps(line) + "\n" for line in TABLE))
    return {"extra": f'{ALIASES}[dns]\ntable = "{folder}/dns"\n[srs]\n{srs}\n{addresses}\n{more}',
            "routes": f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port if sink else 9}"\n'}


def hermod(folder: Path, sink: Sink | None = None, **options) -> Hermod:
    return Hermod(folder=folder, **settings(folder, sink, **options))


def send(server: Hermod, sender: str, recipient: str, source: str = STRANGER, message: bytes = b"Subject: x\r\n\r\nx\r\n"):
    with server.client(source=source) as client:
        client.deliver(message, sender, recipient)


def sent_on(server: Hermod, sink: Sink, sender: str, recipient: str = "away@l.test") -> str:
    """The reverse-path that it went on with."""
    before = len(sink.taken)
    send(server, sender, recipient)
    wait_until(lambda: len(sink.taken) > before, what="the message at the other end")
    return sink.taken[-1].sender


def bounced(server: Hermod, address: str, sender: str = "") -> tuple[int, str]:
    """What a stranger hears who has something for this address."""
    with server.client(source=STRANGER) as client:
        client.hello()
        assert client.say(f"MAIL FROM:<{sender}>")[0] == 250
        return client.say(f"RCPT TO:<{address}>")


def test_only_what_would_fail_is_rewritten(tmp_path):
    with Sink() as sink, hermod(tmp_path, sink) as server:
        assert server.pids("policyd"), "somebody has to ask the DNS"
        for domain in REWRITTEN:
            address = sent_on(server, sink, f"Joe@{domain}")
            assert re.fullmatch(rf"SRS0=[^=]{{4}}=..={domain}=Joe@mx\.l\.test", address), address
            assert sent_on(server, sink, address) == address, "what has our name has it already"
        for domain in KEPT:
            assert sent_on(server, sink, f"Joe@{domain}") == f"Joe@{domain}"
        assert sent_on(server, sink, "") == ""
        assert sent_on(server, sink, "joe@strict.test", "list@l.test") == "list-owner@l.test", "the owner's before all"
        long = f"{'a' * 100}@strict.test"
        assert sent_on(server, sink, long).endswith(f"=strict.test={long.split('@')[0]}@mx.l.test")
        # Another forwarder's, from a strict domain: SRS1, which goes back to him.
        theirs = "SRS0=AAAA=BB=x.test=joe@strict.test"
        ours = sent_on(server, sink, theirs)
        assert re.fullmatch(r"SRS1=[^=]{4}=strict\.test==AAAA=BB=x\.test=joe@mx\.l\.test", ours), ours


@pytest.mark.parametrize("rewrite, rewritten", [("off", []), ("always", [*REWRITTEN, *KEPT])])
def test_or_never_or_always(tmp_path, rewrite, rewritten):
    with Sink() as sink, hermod(tmp_path, sink, srs=f'rewrite = "{rewrite}"\ndomain = "l.test"') as server:
        assert not server.pids("policyd")
        for domain in [*REWRITTEN, *KEPT]:
            address = sent_on(server, sink, f"joe@{domain}")
            assert address.startswith("SRS0=") == (domain in rewritten), address
            assert not address.startswith("SRS0=") or address.endswith("@l.test"), "the domain that is set"
        assert sent_on(server, sink, "w@l.test") == "w@l.test", "our own"


def test_bounces_find_the_way_back(tmp_path):
    with Sink() as sink, hermod(tmp_path, sink) as server:
        for sender in ("Joe@strict.test", "SRS0=AAAA=BB=x.test=joe@strict.test", "\"a b\"@strict.test"):
            address = sent_on(server, sink, sender)
            before = len(sink.taken)
            with server.client(source=STRANGER) as client:
                client.deliver(b"Subject: undeliverable\r\n\r\nx\r\n", "", address)
            wait_until(lambda: len(sink.taken) > before, what="the bounce at its author's")
            assert (sink.taken[-1].sender, sink.taken[-1].recipients) == ("", [sender])
        assert bounced(server, address.lower())[0] == 250, "some servers fold case"
        assert bounced(server, address, "double-bounce@x.test")[0] == 250, "some have a name of their own for bounces, or only ask"


# Hostile: whoever could make such an address would have a relay.
def test_nobody_else_makes_such_addresses(tmp_path):
    with Sink() as sink, hermod(tmp_path, sink) as server:
        address = sent_on(server, sink, "joe@strict.test")
        forged = [address.replace("joe", "eve"), address.replace("strict.test", "other.test"), "SRS0=AAAA=BB=x.test=joe@mx.l.test",
                  "SRS1=AAAA=x.test==b=c@mx.l.test", "SRS0=joe@mx.l.test", "srs0+AAAA=BB=x.test=joe@mx.l.test"]
        for wrong in forged:
            code, text = bounced(server, wrong)
            assert (code, text[:5]) == (550, "5.1.1") and "rewrote" in text, (wrong, code, text)
        assert bounced(server, address.replace("mx.l.test", "far.test"))[1].startswith("5.7.1"), "no address of ours"


def test_the_secret_is_made_once_and_may_change(tmp_path):
    with Sink() as sink:
        with hermod(tmp_path, sink) as server:
            first = sent_on(server, sink, "joe@strict.test")
            secret = server.folder / "data" / "srs.secret"
            made = secret.read_text()
            assert re.fullmatch(r"[0-9a-f]{64}\n", made) and stat.S_IMODE(secret.stat().st_mode) == 0o600
        with hermod(tmp_path, sink) as server:
            assert secret.read_text() == made
            assert sent_on(server, sink, "joe@strict.test") == first
            secret.write_text("another\n" + made)
            server.run("reload")
            wait_until(lambda: sent_on(server, sink, "joe@strict.test") != first, what="another secret")
            second = sink.taken[-1].sender
            assert bounced(server, first)[0] == 250 == bounced(server, second)[0], "the former one still counts"
            secret.write_text("another\n")
            server.run("reload")
            wait_until(lambda: bounced(server, first)[0] == 550, what="the end of the former secret")
            assert bounced(server, second)[0] == 250
            # Nothing is rewritten any more, and what was still comes back.
            server.config.write_text(server.config.read_text().replace('rewrite = "needed"', 'rewrite = "off"'))
            server.run("reload")
            wait_until(lambda: sent_on(server, sink, "joe@strict.test") == "joe@strict.test", what="the new setting")
            assert bounced(server, second)[0] == 250


# RFC 3461 §5.2.7: what the sender wants to hear stays with the message, as it is he who will hear it.
def test_a_notification_of_ours_goes_to_the_author(tmp_path):
    with Sink(Manners(rcpt={"ann@far.test": "550 5.1.1 no such user"})) as sink, hermod(tmp_path, sink) as server:
        send(server, "joe@strict.test", "both@l.test")
        wait_until(lambda: sink.taken, what="the notification")
        assert (sink.taken[0].sender, sink.taken[0].recipients) == ("", ["joe@strict.test"])
        assert b"Final-Recipient: rfc822;ann@far.test" in sink.taken[0].octets
        assert len(server.wait_for(1)) == 1, "the other copy is here"
        with server.client(source=STRANGER) as client:
            client.hello()
            client.say("MAIL FROM:<joe@strict.test> RET=HDRS ENVID=e1")
            assert client.say("RCPT TO:<both@l.test> NOTIFY=NEVER ORCPT=rfc822;both@l.test")[0] == 250
            client.say("DATA")
            client.send(b"Subject: y\r\n\r\ny\r\n.\r\n")
            client.reply()
        wait_until(lambda: not server.queue(), what="an empty queue")
        assert len(sink.taken) == 1, "he wanted to hear nothing"


# The log and the commands know it.
def test_it_can_be_traced_and_explained(tmp_path):
    with Sink() as sink, hermod(tmp_path, sink, more='[spf]\nbehavior = "record"\n') as server:
        address = sent_on(server, sink, "joe@strict.test")
        wait_until(lambda: not server.queue(), what="an empty queue")
        identity = next(event["id"] for event in server.events() if event["event"] == "accepted")
        traced = server.run("trace", identity).stdout
        assert f"trying <ann@far.test> from <{address}>" in traced, traced
        assert "SPF of strict.test (mailfrom) for 127.0.0.2: pass (ip4:127.0.0.2)" in traced, traced

        def explained(sender: str, *options: str) -> str:
            return server.run("explain", "--to", "both@l.test", "--from", sender, *options).stdout
        assert f"its sender would be rewritten to {address}: SPF of strict.test gives fail (all) for {OWN}" in explained("joe@strict.test")
        assert f"its sender stays as it is: SPF of partner.test gives pass (ip4:{OWN}) for {OWN}" in explained("joe@partner.test")
        away, here = json.loads(explained("joe@strict.test", "--json"))["deliveries"]
        assert away["sender"] == address and "gives fail" in away["because"]
        assert here["sender"] == "" and "because" not in here
        back = server.run("explain", "--to", address).stdout
        assert "a sender that we rewrote: leads back to joe@strict.test" in back, back
        assert server.run("explain", "--to", address.replace("joe", "eve"), check=False).returncode == 1


def body_of(size: int) -> bytes:
    lines = [b"." * (i % 4) + b"line %d of a body that nobody may touch \xc3\xa9\t" % i for i in range(size // 40 + 1)]
    return b"\r\n".join(lines) + b"\r\n\r\n\r\n"


# DKIM survives: header fields and body as they came, below the trace of ours.
@pytest.mark.parametrize("size", [100, 70_000, 300_000])
def test_nothing_else_is_touched(tmp_path, size):
    message = b"DKIM-Signature: v=1; a=rsa-sha256;\r\n\tb=abc\r\nFrom: Joe <joe@strict.test>\r\nsubject:x  y\r\n\t z\r\nTo: away@l.test\r\n\r\n" + body_of(size)
    with Sink() as sink, hermod(tmp_path, sink) as server:
        with server.client(source=STRANGER) as client:
            client.hello()
            client.say("MAIL FROM:<joe@strict.test> BODY=8BITMIME")
            client.say("RCPT TO:<away@l.test>")
            client.say("DATA")
            client.send(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
            assert client.reply()[0] == 250
        wait_until(lambda: sink.taken, what="the message at the other end")
        taken = sink.taken[0]
        assert taken.sender.startswith("SRS0=")
        octets = re.sub(rb"(?m)^\.\.", b".", taken.octets) if taken.octets.count(b"\r\n..") else taken.octets
        assert octets.endswith(message)
        assert re.fullmatch(rb"Received: [^\r]*\r\n([ \t][^\r]*\r\n)*", octets[:-len(message)]), octets[:-len(message)]


@pytest.mark.skipif(not can_have_users(), reason="becoming users of this system needs root, and a mount namespace")
@pytest.mark.parametrize("size", [100, 70_000])
def test_instructions_of_users_rewrite_too(size, tmp_path):
    message = b"From: Joe <joe@strict.test>\r\nsubject:x  y\r\n\r\n" + body_of(size)
    with Sink() as sink:
        parts = settings(tmp_path, sink)
        with ServerWithUser(extra=parts["routes"] + parts["extra"].replace(ALIASES, "")) as server:
            server.write(".qmail", "&ann@far.test\n&bob@far.test\n")
            server.write(".qmail-list", "&ann@far.test\n")
            server.write(".qmail-list-owner", "./Maildir/\n")
            send(server, "joe@strict.test", "joe@q.test", message=message)
            wait_until(lambda: sink.taken, what="the message at the other end")
            taken = sink.taken[0]
            assert re.fullmatch(r"SRS0=[^=]{4}=..=strict\.test=joe@mx\.l\.test", taken.sender) and len(taken.recipients) == 2
            assert re.sub(rb"(?m)^\.\.", b".", taken.octets).endswith(message)
            assert bounced(server, taken.sender)[0] == 250
            assert sent_on(server, sink, "joe@partner.test", "joe@q.test") == "joe@partner.test"
            assert sent_on(server, sink, "joe@strict.test", "joe-list@q.test") == "joe-list-owner@q.test"
            # A message of his own is not sent on.
            with smtplib.SMTP("127.0.0.1", server.port) as client:
                client.sendmail("joe@strict.test", ["ann@far.test"], b"Subject: own\r\n\r\nx\r\n")
            wait_until(lambda: b"Subject: own" in sink.taken[-1].octets, what="his own")
            assert sink.taken[-1].sender == "joe@strict.test"


@pytest.mark.skipif(not Path("/usr/sbin/postsrsd").exists(), reason="needs postsrsd")
def test_postsrsd_and_a_server_of_ours_read_each_other(tmp_path):
    with Sink() as sink, Postsrsd(tmp_path) as postsrsd:
        (tmp_path / "secret").chmod(0o600)
        with hermod(tmp_path, sink, srs=f'rewrite = "needed"\ndomain = "they.example"\nsecret_file = "{tmp_path}/secret"') as server:
            ours = sent_on(server, sink, "joe@strict.test")
            assert ours.endswith("@they.example") and postsrsd.reverse(ours) == "joe@strict.test"
            for sender in ("ann@example.org", "a+b@x.example"):
                theirs = postsrsd.forward(sender)
                before = len(sink.taken)
                with server.client(source=STRANGER) as client:
                    client.deliver(b"Subject: back\r\n\r\nx\r\n", "", theirs)
                wait_until(lambda: len(sink.taken) > before, what="the bounce at its author's")
                assert sink.taken[-1].recipients == [sender]


@pytest.mark.parametrize("wrong", ['rewrite = "maybe"', 'domain = "-x"', 'max_age = "1h"', 'secret_file = "relative"', 'addresses = ["here"]',
                                   'secret_file = "/nowhere/secret"'])
def test_wrong_settings_are_told(tmp_path, wrong):
    server = hermod(tmp_path, srs='' if "rewrite" in wrong else 'rewrite = "needed"', more=wrong, addresses="")
    done = server.run("check", check=False)
    assert done.returncode != 0 and f"srs.{wrong.split()[0]}" in done.stdout + done.stderr, done
