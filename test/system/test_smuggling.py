"""End of data, and what hostile clients try to pass for it. RFC 5321 §2.3.8, §4.1.1.4, §4.5.2; CVE-2023-51764."""
import re

import pytest
from hermod import Client, wait_until

SMUGGLED = b"MAIL FROM:<smuggler@s.test>\r\nRCPT TO:<w@l.test>\r\nDATA\r\nSubject: smuggled\r\n\r\ninside\r\n"

# sequence, code and enhanced code at the true end
FALSE_ENDS = [
    (b"\n.\n", 550, "5.5.2"),
    (b"\n.\r\n", 550, "5.5.2"),
    (b"\r\n.\n", 550, "5.5.2"),
    (b"\r.\r", 550, "5.5.2"),
    (b"\r.\n", 550, "5.5.2"),
    (b"\n.\r", 550, "5.5.2"),
    (b"\r.\r\n", 550, "5.5.2"),
    (b"\r\n.\r", 550, "5.5.2"),
    (b"\r\n\0.\r\n", 550, "5.6.0"),
    (b"\r\n.\0\r\n", 550, "5.6.0"),
    (b"\r\n.\r\r\n", 550, "5.5.2"),
    (b"\r\r\n.\r\r\n", 550, "5.5.2"),
]


def body(text: bytes) -> bytes:
    """What the sender wrote, without the header fields that we put before it."""
    return text.split(b"Subject: probe", 1)[1]


@pytest.mark.parametrize("sequence, code, enhanced", FALSE_ENDS, ids=lambda v: repr(v))
def test_a_false_end_refuses_the_whole_message(server, sequence, code, enhanced):
    before = server.settled("w@l.test")
    with server.client() as client:
        client.begin("a@s.test", "u@l.test")
        assert client.say("DATA")[0] == 354
        got = client.say(b"Subject: probe\r\n\r\nA" + sequence + SMUGGLED + b".")
        assert got[0] == code and got[1].startswith(enhanced), got
        assert client.say("NOOP")[0] == 250  # in step: nothing behind the end was run
        assert client.say("QUIT")[0] == 221
    refused = [event for event in server.events() if event["event"] == "rejected"][-1]
    assert (refused["phase"], refused["from"]) == ("DATA", "a@s.test") and refused["reason"].startswith(enhanced), refused
    assert len(server.messages("w@l.test")) == before
    assert not any("smuggler" in m["from"] for m in server.queue())


@pytest.mark.parametrize("separator", [b"\xc2\x85", b"\xe2\x80\xa8", b"\x0b", b"\x0c", b"\x85"])
def test_other_separators_are_plain_octets(server, separator):
    count = server.settled("u@l.test")
    text = b"Subject: probe\r\n\r\nA" + separator + b".\r\nB"
    with server.client() as client:
        client.deliver(text)
    assert separator + b".\nB" in server.wait_for(count + 1)[-1] or any(
        separator + b".\nB" in m for m in server.messages("u@l.test"))


def test_the_true_end_may_come_octet_by_octet(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        for octet in b"Subject: probe\r\n\r\nslow\r\n.\r\n":
            client.send(bytes([octet]))
        assert client.reply()[0] == 250
        assert client.say("NOOP")[0] == 250
    server.wait_for(count + 1)


def test_dots_are_unstuffed_by_one(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        assert client.say(b"Subject: probe dots\r\n\r\n..\r\n...\r\n..x\r\n.")[0] == 250
    messages = server.wait_for(count + 1)
    assert any(m.endswith(b"\n\n.\n..\n.x\n") for m in messages)


def test_an_end_right_after_the_go_ahead_keeps_the_conversation_in_step(server):
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        client.send(b".\r\nNOOP\r\n")
        assert client.reply()[0] in (250, 554)
        assert client.reply()[0] == 250


def test_a_second_message_may_follow_in_the_same_segment(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        client.send(b"Subject: probe 1\r\n\r\none\r\n.\r\nMAIL FROM:<a@s.test>\r\nRCPT TO:<u@l.test>\r\nDATA\r\n")
        assert [client.reply()[0] for _ in range(4)] == [250, 250, 250, 354]
        assert client.say(b"Subject: probe 2\r\n\r\ntwo\r\n.")[0] == 250
    server.wait_for(count + 2)


def test_a_client_that_talks_before_the_greeting_is_sent_away(server):
    with server.client(greet=False) as client:
        # Whether the octets are there before we greet is a race that the client can always lose; then they are
        # ordinary commands, and the message in them is a protocol error for another reason.
        client.send(b"EHLO x\r\nMAIL FROM:<e@s.test>\r\nRCPT TO:<u@l.test>\r\nDATA\r\nSubject: early\r\n\r\nx\r\n.\r\n")
        client.reply()
        assert client.is_closed()
    assert not any(b"Subject: early" in m for m in server.messages("u@l.test"))


def test_content_in_the_segment_of_DATA_is_never_run(server):
    with server.client() as client:
        client.begin()
        client.send(b"DATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n")
        code, text = client.reply()
        assert code == 554 and text.startswith("5.5.0"), (code, text)
        assert client.is_closed()


def test_DATA_without_a_valid_recipient_is_refused_and_its_content_never_run(server):
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        assert client.say("RCPT TO:<nobody@l.test>")[0] == 550
        assert client.say("DATA") [0] == 554
        client.send(b"Subject: x\r\n\r\nMAIL FROM:<e@s.test>\r\n.\r\n")
        assert client.is_closed()


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1", b"POST / HTTP/1.0", b"CONNECT l.test:25 HTTP/1.1"])
def test_a_web_browser_is_sent_away(server, line):
    with server.client() as client:
        client.send(line + b"\r\nHost: l.test\r\n\r\nEHLO x\r\nMAIL FROM:<e@s.test>\r\n")
        assert client.reply()[0] in (500, 521, 554)
        assert client.is_closed()


@pytest.mark.parametrize("sequence", [s for s, _, _ in FALSE_ENDS], ids=repr)
def test_what_a_relay_client_sends_by_BDAT_leaves_as_one_message_or_not_at_all(server, sink, sequence):
    text = b"Subject: outward\r\n\r\nA" + sequence + SMUGGLED.replace(b"w@l.test", b"v@x.test")
    before = len(sink.taken)
    with server.client() as client:
        client.begin("a@s.test", "v@x.test")
        client.send(b"BDAT %d LAST\r\n" % len(text) + text)
        code, _ = client.reply()
        assert client.say("QUIT")[0] == 221
    if code == 250:
        wait_until(lambda: len(sink.taken) > before, what="relayed")
    server.wait_idle()
    arrived = sink.taken[before:]
    assert len(arrived) == (1 if code == 250 else 0)
    for taken in arrived:
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", taken.octets)
        assert b"\r\n.\r\n" not in taken.octets


def test_dots_are_stuffed_outward(server, sink):
    before = len(sink.taken)
    text = b"Subject: outward\r\n\r\n.\r\n..\r\n.x\r\n"
    with server.client() as client:
        client.begin("a@s.test", "v@x.test")
        client.send(b"BDAT %d LAST\r\n" % len(text) + text)
        assert client.reply()[0] == 250
    wait_until(lambda: len(sink.taken) > before, what="relayed")
    assert sink.taken[-1].octets.endswith(b"\r\n\r\n..\r\n...\r\n..x\r\n")
