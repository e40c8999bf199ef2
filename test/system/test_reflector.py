"""The reflector: who writes to check@l.test hears what we saw of his message. RFC 3834 for how, and for whom not."""
import email
import json
import subprocess

import postfix
import pytest
from hermod import BINARY, Hermod, free_port, wait_until
from sink import Sink

STRANGER = "127.0.0.2"

TABLE = [
    {"name": "s.test", "type": "TXT", "data": "v=spf1 a:nothing.s.test include:hosts.s.test -all"},
    {"name": "nothing.s.test", "type": "A", "data": "192.0.2.7"},
    {"name": "hosts.s.test", "type": "TXT", "data": f"v=spf1 ip4:{STRANGER} ?all"},
    {"name": "_dmarc.s.test", "type": "TXT", "data": "v=DMARC1; p=reject"},
    {"name": "2.0.0.127.in-addr.arpa", "type": "PTR", "data": "mail.s.test"},
    {"name": "mail.s.test", "type": "A", "data": STRANGER},
    {"name": "fail.test", "type": "TXT", "data": "v=spf1 -all"},
]


def hermod(folder, settings: str = "", table=TABLE, **options) -> Hermod:
    (folder / "dns").write_text("".join(json.dumps(line) + "\n" for line in table))
    return Hermod(folder=folder, extra=f'[dns]\ntable = "{folder}/dns"\n[reflector]\naddress = ["check@l.test"]\n{settings}\n', **options)


def answer_in(message: bytes) -> tuple[email.message.Message, str, email.message.Message]:
    """The answer, its text, and what it brings back."""
    parsed = email.message_from_bytes(message)
    text, original = parsed.get_payload()
    return parsed, text.get_payload(decode=True).decode().replace("\r\n", "\n"), original


def answers(server: Hermod) -> list[dict]:
    return [event for event in server.events() if event["event"] == "reflected"]


def refusals(server: Hermod) -> list[str]:
    return [event["reason"] for event in server.events() if event["event"] == "not_reflected"]


@pytest.mark.skipif(not postfix.is_installed(), reason="needs Postfix, and root to run it")
def test_a_message_from_postfix_gets_a_truthful_report(tmp_path):
    port = free_port()
    with postfix.Postfix("mail.s.test", mailboxes=["ann@s.test"], relayhost=f"[127.0.0.1]:{port}",
                         settings={"smtp_bind_address": STRANGER}) as peer:
        route = f'[[route]]\ndomain = "s.test"\nnext_hop = "127.0.0.1:{peer.port}"\n'
        with hermod(tmp_path, port=port, routes=route) as server:
            peer.send("ann@s.test", ["check@l.test"],
                      b"From: Ann <ann@s.test>\nTo: check@l.test\nSubject: what do you see\nMessage-ID: <1@s.test>\n\nhello\n")
            message = wait_until(lambda: peer.messages("ann@s.test"), what="an answer")[0]
            parsed, text, original = answer_in(message)
            assert parsed["Return-Path"] == "<>" and parsed["From"] == "check@l.test" and parsed["To"] == "ann@s.test"
            assert parsed["Auto-Submitted"] == "auto-replied" and parsed["In-Reply-To"] == "<1@s.test>"
            for truth in (f"address: {STRANGER}, port ", "reverse name: mail.s.test\n", "HELO: mail.s.test\n", "encryption: none\n",
                          "envelope sender: <ann@s.test>\n", "a:nothing.s.test  ", "include:hosts.s.test  matches: pass",
                          f"ip4:{STRANGER}  matches: pass", "result: pass\nmechanism: include:hosts.s.test", "DKIM\nno signature\n",
                          "ARC\nnone, 0 sets\n", "  _dmarc.s.test: a record\n", "organizational domain: s.test\n",
                          "policy: reject, published by s.test\n", "aligned: SPF yes, DKIM no\n", "dmarc=pass", "Spam score: none yet\n",
                          "Such a message is accepted\n"):
                assert truth in text, (truth, text)
            assert original.get_content_type() == "message/rfc822"
            brought_back = original.get_payload(0)
            assert brought_back["Message-ID"] == "<1@s.test>" and brought_back["Received"]
            # The command says the same of the file.
            said = subprocess.run([str(BINARY), "auth", "check", "--ip", STRANGER, "--helo", "mail.s.test", "--from", "ann@s.test",
                                   "--receiver", "mx.l.test", "--dns-table", str(tmp_path / "dns")],
                                  input=brought_back.as_bytes(), capture_output=True, check=True).stdout.decode()
            for part in said.split("\n\n")[1:4]:  # DKIM, ARC, DMARC
                assert part in text, (part, text)
            wait_until(lambda: not server.queue(), what="nothing waits: the message itself went nowhere")
            assert [event["from"] for event in answers(server)] == ["ann@s.test"]


def from_stranger(server: Hermod, sender: str, head: bytes = b"", recipient: str = "check@l.test"):
    with server.client(source=STRANGER) as client:
        client.deliver(b"From: ann@s.test\r\n" + head + b"Subject: x\r\n\r\nx\r\n", sender, recipient)


# RFC 3834 §2
def test_programs_and_lists_are_not_answered(tmp_path):
    with hermod(tmp_path, domains=("l.test", "s.test"), mailboxes=("u@l.test", "ann@s.test")) as server:
        cases = [("", b""), ("ann@s.test", b"Auto-Submitted: auto-replied\r\n"), ("ann@s.test", b"List-Id: <l.s.test>\r\n"),
                 ("ann@s.test", b"Precedence: bulk\r\n"), ("check@l.test", b""), ("owner-list@s.test", b"")]
        for sender, head in cases:
            from_stranger(server, sender, head)
        wait_until(lambda: len(refusals(server)) == len(cases), what="a reason for each")
        from_stranger(server, "ann@s.test")
        server.wait_for(1, "ann@s.test")
        server.wait_idle()
        assert len(answers(server)) == 1 and len(server.messages("ann@s.test")) == 1


def test_only_so_many_answers_in_an_hour(tmp_path):
    with hermod(tmp_path, "per_sender = 2\nper_client = 3\n", domains=("l.test", "s.test"),
                mailboxes=("ann@s.test", "bob@s.test", "cid@s.test")) as server:
        for sender in ("ann@s.test", "Ann@s.test", "ann@s.test", "bob@s.test", "cid@s.test"):
            from_stranger(server, sender)
        wait_until(lambda: len(answers(server)) + len(refusals(server)) == 5, what="all dealt with")
        server.wait_idle()
        assert [len(server.messages(f"{who}@s.test")) for who in ("ann", "bob", "cid")] == [2, 0, 0]


def test_nobody_writes_there_in_vain(tmp_path):
    """Not our own people, who are not looked at; and not a stranger before there is a policyd."""
    with hermod(tmp_path) as server, server.client() as client:
        client.hello()
        client.say("MAIL FROM:<u@l.test>")
        code, text = client.say("RCPT TO:<check@l.test>")
        assert code == 550 and text.startswith("5.7.1"), text
    config = server.config.read_text()
    server.config.write_text(config.replace('address = ["check@l.test"]', ""))
    with server:
        server.config.write_text(config)
        assert "needs a restart: reflector.address" in server.run("reload").stdout
        with server.client(source=STRANGER) as client:
            client.hello()
            client.say("MAIL FROM:<ann@s.test>")
            assert client.say("RCPT TO:<check@l.test>")[0] == 550


def test_no_other_mail_is_thrown_away(tmp_path):
    """An address is discarded because the directory made it up, not for its looks: as a routed one it goes its way."""
    with Sink() as sink:
        route = f'[[route]]\ndomain = "l.test"\nnext_hop = "127.0.0.1:{sink.port}"\n'
        with hermod(tmp_path, domains=("other.test",), mailboxes=("u@other.test",), routes=route) as server:
            assert "check@l.test is of no domain of ours" in server.run("check").stderr
            with server.client() as client:
                client.deliver(b"From: u@other.test\r\n\r\nx\r\n", "u@other.test", "check@l.test")
            wait_until(lambda: sink.taken, what="the message at the server of l.test")


def test_what_is_forged_does_not_come_back_whole(tmp_path):
    """Or anybody could have his message sent to others, signed by us."""
    with hermod(tmp_path, domains=("l.test", "fail.test"), mailboxes=("victim@fail.test",)) as server:
        with server.client(source=STRANGER) as client:
            client.deliver(b"From: ann@s.test\r\nSubject: x\r\n\r\nbuy this\r\n", "victim@fail.test", "check@l.test")
        message = server.wait_for(1, "victim@fail.test")[0]
        assert b"buy this" not in message
        _, text, original = answer_in(message)
        assert "Neither SPF nor DMARC proves" in text and original.get_content_type() == "text/rfc822-headers"


def test_what_has_to_wait_is_answered_once_it_is_taken(tmp_path):
    table = TABLE + [{"name": "_dmarc.away.test", "type": "*", "rcode": "TIMEOUT"}]
    with hermod(tmp_path, '[dmarc]\nbehavior = "reject"\n', table, domains=("l.test", "s.test"), mailboxes=("ann@s.test",)) as server:
        def bring(author: bytes) -> int:
            with server.client(source=STRANGER) as client:
                client.begin("ann@s.test", "check@l.test")
                client.say("DATA")
                return client.say(b"From: " + author + b"\r\nSubject: x\r\n\r\nx\r\n.")[0]
        assert bring(b"ann@away.test") == 451
        assert bring(b"ann@s.test") == 250
        server.wait_for(1, "ann@s.test")
        server.wait_idle()
        assert len(server.messages("ann@s.test")) == 1 and not refusals(server)
        assert bring(b"ann@fail.test") == 250, "it has no record"
        wait_until(lambda: len(server.messages("ann@s.test")) == 2, what="another answer")


def test_an_address_that_is_somebodys_is_delivered_too(tmp_path):
    with hermod(tmp_path, domains=("l.test", "s.test"), mailboxes=("check@l.test", "ann@s.test")) as server:
        from_stranger(server, "ann@s.test")
        server.wait_for(1, "check@l.test")
        server.wait_for(1, "ann@s.test")


def test_what_fails_is_explained_and_what_is_long_comes_back_as_its_header(tmp_path):
    key = tmp_path / "key"
    done = subprocess.run([str(BINARY), "dkim", "keygen", "--domain", "s.test", "--selector", "k", "--key", str(key), "--algorithm",
                           "ed25519-sha256", "--json"], capture_output=True, check=True)
    record = json.loads(done.stdout)
    table = TABLE + [{"name": record["name"], "type": "TXT", "data": record["record"]}]
    with hermod(tmp_path, "original = 1000\n", table, domains=("l.test", "s.test"), mailboxes=("ann@s.test",)) as server:
        message = b"From: ann@s.test\r\nTo: check@l.test\r\nSubject:  two  blanks\r\n\r\n" + b"x\r\n" * 1000
        signed = subprocess.run([str(BINARY), "dkim", "sign", "--domain", "s.test", "--selector", "k", "--key", str(key)],
                                input=message, capture_output=True, check=True).stdout
        with server.client(source="127.0.0.3") as client:
            client.deliver(signed.replace(b"two", b"too"), "ann@s.test", "check@l.test")
        _, text, original = answer_in(server.wait_for(1, "ann@s.test")[0])
        assert "fail  s.test (k, ed25519-sha256)" in text and "    subject:too blanks\n" in text, text
        assert "    -all  matches: fail\nresult: fail\n" in text and "aligned: SPF no, DKIM no" in text, text
        assert original.get_content_type() == "text/rfc822-headers" and "Subject:  too  blanks" in original.get_payload()
