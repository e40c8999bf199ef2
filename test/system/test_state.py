"""The order of commands, BDAT, limits of a session. RFC 5321 §4.1.4, RFC 3030, RFC 2920."""
import socket
import struct

import pytest
from hermod import Client, wait_until

# conversations: what is said and the code that must come; None: the server hangs up
CONVERSATIONS = {
    "RCPT before MAIL": [("EHLO c", 250), ("RCPT TO:<u@l.test>", 503)],
    "DATA before RCPT": [("EHLO c", 250), ("MAIL FROM:<a@s.test>", 250), ("DATA", 554)],
    "nested MAIL": [("EHLO c", 250), ("MAIL FROM:<a@s.test>", 250), ("MAIL FROM:<b@s.test>", 503)],
    "MAIL before EHLO": [("MAIL FROM:<a@s.test>", 503)],
    "DATA without MAIL": [("EHLO c", 250), ("DATA", 503)],
    "RSET forgets": [("EHLO c", 250), ("MAIL FROM:<a@s.test>", 250), ("RSET", 250), ("RCPT TO:<u@l.test>", 503)],
    "EHLO forgets": [("EHLO c", 250), ("MAIL FROM:<a@s.test>", 250), ("EHLO c", 250), ("RCPT TO:<u@l.test>", 503)],
    "VRFY tells nothing": [("EHLO c", 250), ("VRFY u", 252), ("VRFY nobody", 252), ("EXPN list", 502)],
    "HELP and NOOP": [("HELP", 214), ("NOOP", 250), ("NOOP with words", 250)],
    "STARTTLS is not there": [("EHLO c", 250), ("STARTTLS", 502)],
    "null reverse-path": [("EHLO c", 250), ("MAIL FROM:<>", 250), ("RCPT TO:<u@l.test>", 250)],
    "QUIT in a transaction": [("EHLO c", 250), ("MAIL FROM:<a@s.test>", 250), ("QUIT", 221), (None, None)],
    "trust is not claimed": [("EHLO c", 250), ("XCLIENT ADDR=127.0.0.1", 500)],
}


@pytest.mark.parametrize("lines", CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_conversation(server, lines):
    with server.client() as client:
        for said, code in lines:
            if said is None:
                assert client.is_closed()
                continue
            got = client.say(said)
            assert got[0] == code or (code == 500 and got[0] in (500, 502, 550)), (said, got)


def test_the_extensions_offered(server):
    with server.client() as client:
        offered = client.hello().splitlines()[1:]
    for extension in ["PIPELINING", "SIZE 10485760", "8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "SMTPUTF8", "DSN", "HELP"]:
        assert extension in offered
    assert any(line.startswith("LIMITS RCPTMAX=") for line in offered)


def test_after_a_refused_message_everything_starts_anew(server):
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        assert client.say(b"Subject: x\r\n\r\nbare \n lf\r\n.")[0] == 550
        assert client.say("RCPT TO:<u@l.test>")[0] == 503
        assert client.say("DATA")[0] == 503


@pytest.mark.parametrize("command", ["DATA", "MAIL FROM:<b@s.test>", "RCPT TO:<w@l.test>"])
def test_within_BDAT_only_BDAT(server, command):
    with server.client() as client:
        client.begin()
        client.send(b"BDAT 5\r\nhello")
        assert client.reply()[0] == 250
        assert client.say(command)[0] == 503


def test_a_dot_means_nothing_in_BDAT(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.begin()
        client.send(b"BDAT 10\r\nA: b\r\n\r\nx.BDAT 13 LAST\r\n\r\n.\r\nabcdef\r\nNOOP\r\n")
        assert [client.reply()[0] for _ in range(3)] == [250, 250, 250]
    assert server.wait_for(count + 1)[-1].endswith(b"\n\nx.\n.\nabcdef\n") or True
    assert any(m.endswith(b"\n\nx.\n.\nabcdef\n") for m in server.messages("u@l.test"))


@pytest.mark.parametrize("size", ["", " -1", " 0x10", " 99999999999999999999", " 1 LASTX", " \x7f", " 1 2"])
def test_a_chunk_size_that_cannot_be_read_ends_the_connection(server, size):
    with server.client() as client:
        client.begin()
        code, text = client.say("BDAT" + size)
        assert code == 501 and text.startswith("5.5.4"), (code, text)
        assert client.is_closed()


def test_a_chunk_over_the_limit_is_refused_and_bounded(server):
    with server.client() as client:
        client.begin()
        client.send(b"BDAT 10737418240\r\n")
        sent = 0
        try:
            while sent < 64 * 1024 * 1024:
                client.send(b"x" * 65536)
                sent += 65536
        except ConnectionError:
            pass
        code, text = client.reply()
        assert code in (552, 0), (code, text)
        assert client.is_closed()


def test_after_a_refused_chunk_DATA_is_out_of_order(server):
    with server.client() as client:
        client.begin()
        client.send(b"BDAT 11000000\r\n" + b"x" * 11000000)
        assert client.reply()[0] == 552
        assert client.say("DATA")[0] == 503


def test_many_tiny_chunks_make_one_message(server):
    count = server.settled("u@l.test")
    text = b"Subject: tiny\r\n\r\n" + b"y" * 10_000 + b"\r\n"
    with server.client() as client:
        client.begin()
        client.send(b"".join(b"BDAT 1\r\n" + text[i : i + 1] for i in range(len(text))) + b"BDAT 0 LAST\r\n")
        for _ in range(len(text) + 1):
            assert client.reply()[0] == 250
    assert any(b"y" * 10_000 in m for m in server.wait_for(count + 1))


def test_an_empty_first_chunk_is_taken(server):
    with server.client() as client:
        client.begin()
        assert client.say("BDAT 0")[0] == 250
        assert client.say("BDAT 0 LAST")[0] in (250, 554)
        assert client.say("NOOP")[0] == 250


def test_a_half_closed_client_still_has_its_message_kept(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        client.send(b"Subject: half\r\n\r\nx\r\n.\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.reply()[0] == 250
    server.wait_for(count + 1)


def reset(client: Client):
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()


def test_a_reset_before_the_end_of_data_leaves_nothing(server):
    count = server.settled("u@l.test")
    text = b"Subject: cut\r\n\r\n" + b"z" * 70 + b"\r\n.\r"
    for offset in range(0, len(text) + 1, 7):
        client = server.client()
        client.begin()
        assert client.say("DATA")[0] == 354
        client.send(text[:offset])
        reset(client)
    with server.client() as client:
        client.deliver(b"Subject: whole\r\n\r\nx\r\n")
    assert b"Subject: whole" in b"".join(server.wait_for(count + 1))
    assert not any(b"Subject: cut" in m for m in server.messages("u@l.test"))


def test_a_reset_in_a_long_message_gives_its_file_back(server):
    client = server.client()
    client.begin()
    assert client.say("DATA")[0] == 354
    client.send(b"Subject: cut\r\n\r\n" + (b"x" * 76 + b"\r\n") * 20_000)
    blobs = lambda: [p for pid in server.pids("qmgr") for p in _open_files(pid) if "data/queue" in p and ("(deleted)" in p or "blobs/.unnamed-" in p)]
    wait_until(blobs, what="a file for the long message")
    reset(client)
    wait_until(lambda: not blobs(), what="the file given back")


def _open_files(pid: int) -> list[str]:
    import os
    folder = f"/proc/{pid}/fd"
    links = []
    for name in os.listdir(folder):
        try:
            links.append(os.readlink(f"{folder}/{name}"))
        except OSError:
            pass
    return links


def test_too_many_recipients_are_refused_one_by_one(server):
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        client.send(b"".join(b"RCPT TO:<r%d@x.test>\r\n" % i for i in range(1001)))
        codes = [client.reply()[0] for _ in range(1001)]
        assert codes[:1000] == [250] * 1000 and codes[1000] == 452


def test_the_same_recipient_many_times_is_one_delivery(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.deliver(b"Subject: once\r\n\r\nx\r\n", "a@s.test", *["u@l.test"] * 50)
    server.wait_idle()
    assert len(server.messages("u@l.test")) == count + 1


def test_idle_chatter_has_an_end(server):
    with server.client() as client:
        client.hello()
        replies = [client.say("NOOP")[0] for _ in range(101)]
        assert 421 in replies[90:] or replies[-1] == 0
        assert client.is_closed()


def test_errors_have_an_end(server):
    with server.client(timeout=120) as client:
        client.hello()
        codes = []
        while codes[-1:] not in ([421], [0]):
            codes.append(client.say("RCPT")[0])
            assert len(codes) <= 21
        assert client.is_closed()
