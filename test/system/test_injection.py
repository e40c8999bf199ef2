"""What strangers write must stay text: in logs, in trace fields, in the event file. RFC 5321 §4.4."""
import json

import pytest
from hermod import wait_until

NAMES = [b"a\x1b]0;x\x07", b'a level=error msg="x"', b"n" * 1900, b"a) by evil (x", b"a\\", b"\xff\xfe", b'{"event":"x"}']


@pytest.mark.parametrize("name", NAMES, ids=lambda n: repr(n)[:30])
def test_a_hostile_HELO_stays_text(server, name):
    count = server.settled("u@l.test")
    with server.client() as client:
        code, _ = client.say(b"HELO " + name)
        if code != 250:
            assert code in (500, 501)
            return
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        assert client.say("RCPT TO:<nobody@l.test>")[0] == 550
        assert client.say("RCPT TO:<u@l.test>")[0] == 250
        assert client.say("DATA")[0] == 354
        assert client.say("Subject: helo\r\n\r\nx\r\n.")[0] == 250
    server.wait_for(count + 1)
    for message in server.messages("u@l.test"):
        header = message.split(b"\n\n")[0]
        assert b"\x1b" not in header and b"\x07" not in header
    log = (server.folder / "log").read_bytes()
    assert b"\x1b" not in log and b"\x07" not in log
    for line in (server.folder / "data" / "log" / "events.jsonl").read_text().splitlines():
        json.loads(line)


@pytest.mark.parametrize("field", [b"Subject: =?utf-8?q?a=0Ab?= \x1b[2J", b"From: %0aX: y", b"Subject: " + b"x" * 60_000], ids=["encoded", "percent", "long"])
def test_hostile_header_fields_do_not_reach_the_log(server, field):
    with server.client() as client:
        client.deliver(field + b"\r\n\r\nx\r\n")
    server.wait_idle()
    log = (server.folder / "log").read_bytes()
    assert b"\x1b" not in log
    assert max(len(line) for line in log.splitlines()) < 4096


def test_the_server_invents_no_second_trace_field(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.hello("x (y) by z; Mon, 1 Jan 2001 00:00:00 +0000")
        client.say("MAIL FROM:<a@s.test>")
        if client.say("RCPT TO:<u@l.test>")[0] != 250:
            return
        client.say("DATA")
        assert client.say("Subject: trace\r\n\r\nx\r\n.")[0] == 250
    message = next(m for m in server.wait_for(count + 1) if b"Subject: trace" in m)
    assert message.count(b"Received:") == 1 and message.count(b"Return-Path:") == 1
