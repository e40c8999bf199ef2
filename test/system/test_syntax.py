"""Syntax, lengths, NUL and Unicode in commands and content. RFC 5321 §4.1.1, §4.1.2, §4.5.3; RFC 6531; RFC 1870."""
import pytest
from hermod import wait_until

LONG = "x" * 200


def transaction(server, *commands):
    """The replies to commands after EHLO, in order."""
    with server.client() as client:
        client.hello()
        return [client.say(command) for command in commands]


# what is said after EHLO, code, enhanced code
COMMANDS = [
    ("RCPT TO:<>", 501, "5.1.3"),
    ("RCPT TO:<@l.test>", 501, "5.1.3"),
    ('RCPT TO:<""@l.test>', 501, "5.1.3"),
    ('RCPT TO:<"a@l.test>', 501, "5.1.3"),
    ("RCPT TO:<a@[>", 501, "5.1.3"),
    ("RCPT TO:<a@[IPv6:::g]>", 501, "5.1.3"),
    ("RCPT TO:<a@l..test>", 501, "5.1.3"),
    ("RCPT TO:<a@-l.test>", 501, "5.1.3"),
    ("RCPT TO:<u@l.test\\>", 501, "5.1.3"),
    (f"RCPT TO:<{'a' * 65}@l.test>", 550, "5.1.1"),  # a name as long as rewritten senders are
    (f"RCPT TO:<{'a' * 257}@l.test>", 501, "5.1.3"),
    (f"RCPT TO:<{'a' * 1000}@l.test>", 501, "5.1.3"),
    (f"RCPT TO:<u@{'.'.join(['a' * 63] * 4)}.b>", 501, "5.1.3"),
    (b"RCPT TO:<u\0@l.test>", 501, "5.5.2"),
    ("RCPT TO:<\u00fc@l.test>", 553, "5.6.7"),
    ("RCPT TO:<u@\u00fc.test>", 553, "5.6.7"),
    (b"RCPT TO:<u@\xc0\xae\xc0\xae/>", 501, "5.5.2"),
    ("RCPT TO:<u@l.test> NOTIFY=SOMETIMES", 501, "5.5.4"),
    ("RCPT TO:<u@l.test> NOTIFY=NEVER,SUCCESS", 501, "5.5.4"),
    ("RCPT TO:<u@l.test> ORCPT=rfc822;a+0D+0AX:y", 501, "5.5.4"),
    ("RCPT TO:<u@l.test> COLOUR=red", 555, "5.5.4"),
]
SENDERS = [
    ("MAIL FROM:<a@s.test> SIZE=abc", 501, "5.5.4"),
    ("MAIL FROM:<a@s.test> SIZE=-1", 501, "5.5.4"),
    ("MAIL FROM:<a@s.test> SIZE=18446744073709551616", 501, "5.5.4"),
    ("MAIL FROM:<a@s.test> SIZE=1 SIZE=1", 501, "5.5.4"),
    ("MAIL FROM:<a@s.test> SIZE=999999999", 552, "5.3.4"),
    ("MAIL FROM:<a@s.test> BODY=", 501, "5.5.4"),
    ("MAIL FROM:<a@s.test> BODY=9BIT", 501, "5.5.4"),
    ("MAIL FROM:<a@s.test> RET=X", 501, "5.5.4"),
    ("MAIL FROM:<a@s.test> BY=", 555, "5.5.4"),
    ("MAIL FROM:<a@s.test> ENVID=+00", 501, "5.5.4"),
    ("MAIL FROM:<\u00fc@s.test>", 553, "5.6.7"),
    ("MAIL FROM:" + "(" * 1500, 501, "5.1.7"),
    ("MAIL FROM:" + "<" * 1500, 501, "5.1.7"),
    ('MAIL FROM:<' + '"' * 1500, 501, "5.1.7"),
    ("MAIL FROM:<;for i in 0 1 2 3 4;do read r;done;sh;exit 0;>", 501, "5.1.7"),
    (b"MAIL FROM:<a\0b@s.test>", 501, "5.5.2"),
]


@pytest.mark.parametrize("said, code, enhanced", SENDERS, ids=lambda v: repr(v)[:60])
def test_a_bad_MAIL_is_refused(server, said, code, enhanced):
    with server.client() as client:
        client.hello()
        got = client.say(said)
        assert got[0] == code and got[1].startswith(enhanced), got
        assert client.say("NOOP")[0] == 250


@pytest.mark.parametrize("said, code, enhanced", COMMANDS, ids=lambda v: repr(v)[:60])
def test_a_bad_RCPT_is_refused(server, said, code, enhanced):
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        got = client.say(said)
        assert got[0] == code and got[1].startswith(enhanced), got
        assert client.say("RCPT TO:<u@l.test>")[0] == 250  # the transaction goes on


@pytest.mark.parametrize("line", [b"NOOP\n", b"RCPT TO:<u@l.test>\n", b"EHLO x\nMAIL FROM:<a@s.test>\n"])
def test_a_command_ended_by_LF_alone_closes_the_connection(server, line):
    with server.client() as client:
        client.send(line)
        code, text = client.reply()
        assert code == 500 and text.startswith("5.5.2")
        assert client.is_closed()


def test_a_bare_CR_does_not_end_a_command(server):
    with server.client() as client:
        client.begin()
        code, text = client.say(b"RCPT TO:<u@l.test>\rDATA")
        assert code in (500, 501) and text.startswith("5.5.2"), (code, text)
        assert client.say("NOOP")[0] == 250


def test_long_command_lines(server):
    with server.client() as client:
        client.hello()
        for length in (512, 1024, 2048):
            assert client.say(b"NOOP " + b"x" * (length - 5))[0] == 250
        code, text = client.say(b"NOOP " + b"x" * 2044)
        assert code == 500 and text.startswith("5.5.2")
        assert client.say("NOOP")[0] == 250


def test_an_endless_command_line_costs_no_memory(server):
    def memory():
        return sum(int(line.split()[1]) for pid in server.pids("smtpd")
                   for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))
    before = memory()
    with server.client() as client:
        try:
            for _ in range(512):
                client.send(b"A" * 65536)
        except ConnectionError:
            pass
        else:
            assert client.reply()[0] in (500, 0)
            assert client.is_closed()
    assert memory() - before < 8 * 1024


@pytest.mark.parametrize("length", [998, 1000, 65536])
def test_long_content_lines_are_kept_as_they_are(server, length):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.deliver(b"Subject: long\r\n\r\n" + b"x" * length + b"\r\n")
    assert any(b"\n" + b"x" * length + b"\n" in m for m in server.wait_for(count + 1))


CONTENT = [
    (b"Subject: x\r\n\r\n" + b"x" * 10_000_00, 554, "5.6.0"),
    (b"Subject: x\r\n" + b"X-Long: a\r\n" + b" continued continued continued\r\n" * 40_000 + b"\r\nx", 552, "5.3.4"),
    (b"A: b\r\n" * 20_000 + b"\r\nx", 554, "5.6.0"),
    (b"Subject: x\r\n\r\nnul \0 here", 550, "5.6.0"),
    (b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 150_000, 552, "5.3.4"),
]


@pytest.mark.parametrize("content, code, enhanced", CONTENT, ids=["long line", "long header", "many fields", "NUL", "size"])
def test_content_beyond_the_limits_is_refused_at_its_end(server, content, code, enhanced):
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        got = client.say(content + b"\r\n.")
        assert got[0] == code and got[1].startswith(enhanced), got
        assert client.say("NOOP")[0] == 250


def test_a_lower_declared_size_does_not_raise_the_limit(server):
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test> SIZE=100")[0] == 250
        assert client.say("RCPT TO:<u@l.test>")[0] == 250
        assert client.say("DATA")[0] == 354
        code, text = client.say((b"x" * 76 + b"\r\n") * 150_000 + b".")
        assert code == 552 and text.startswith("5.3.4")


@pytest.mark.parametrize("field", [b"__proto__: x", b"constructor: x", b"\xff\xfe: x", b": x", b"X" * 60_000 + b": x"])
def test_odd_header_names_are_text(server, field):
    with server.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        assert client.say(field + b"\r\nSubject: odd\r\n\r\nx\r\n.")[0] in (250, 554)


def test_8bit_addresses_need_SMTPUTF8_and_leave_the_state_consistent(server):
    with server.client() as client:
        client.begin()
        code, text = client.say("VRFY \u00fc@l.test")
        assert code in (252, 553), (code, text)
        assert client.say("DATA")[0] == 354
        assert client.say("Subject: x\r\n\r\nx\r\n.")[0] == 250


def test_domains_compare_by_their_A_labels_and_case_does_not_matter(server):
    replies = transaction(server, "MAIL FROM:<a@s.test>", "RCPT TO:<U@L.TEST>", "RCPT TO:<u@l.test>")
    assert [code for code, _ in replies] == [250, 250, 250]


def test_bidirectional_controls_in_the_header_are_delivered_and_logged_escaped(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.deliver("Subject: \u202egnp.exe\r\nFrom: \u200bx <a@s.test>\r\n\r\nx\r\n".encode())
    server.wait_for(count + 1)
    wait_until(lambda: server.events(), what="events")
    assert "\u202e" not in server.log_text()
