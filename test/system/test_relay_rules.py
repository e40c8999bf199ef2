"""Who may send where: never an open relay. RFC 5321 §3.6.2, §5; RFC 1123 §5.2.16."""
import pytest
from hermod import wait_until

STRANGER = "127.0.0.2"  # not in relay.networks

# MAIL, RCPT, the codes that may come
RECIPIENTS = [
    ("a@s.test", "v@x.test", {550}),
    ("u@l.test", "v@x.test", {550}),
    ("", "v@x.test", {550}),
    ("u@[127.0.0.1]", "v@x.test", {550}),
    ("a@s.test", "v%x.test@l.test", {550}),
    ("a@s.test", "v%x.test@[127.0.0.1]", {550}),
    ("a@s.test", '"v@x.test"', {501, 550}),
    ("a@s.test", '"v%x.test"', {501, 550}),
    ("a@s.test", '"v@x.test"@l.test', {550}),
    ("a@s.test", "v@x.test@l.test", {501}),
    ("a@s.test", "@l.test:v@x.test", {550}),
    ("a@s.test", "@x.test:u@l.test", {250, 553}),
    ("a@s.test", "x.test!v", {501, 550}),
    ("a@s.test", "x.test!v@l.test", {550}),
    ("a@s.test", "l.test!x.test!v", {501, 550}),
    ("a@s.test", "v@[198.51.100.7]", {550}),
    ("a@s.test", "v@x.test.", {501, 550}),
    ("a@s.test", "U@L.TEST", {250}),
    ("a@s.test", "u@l.test.x.test", {550}),
    ("a@s.test", "u@sub.l.test", {550}),
    ("a@s.test", "nobody@l.test", {550}),
    ("a@s.test", "${run{\\x2Fbin\\x2Fsh\\t-c\\t\\x22touch}}@l.test", {501, 550}),
    ("a@s.test", "-oQ/tmp@l.test", {550}),
    ("a@s.test", "--help@l.test", {550}),
    ("a@s.test", '"|touch CANARY"@l.test', {550}),
    ("a@s.test", "/etc/passwd@l.test", {550}),
    ("a@s.test", ":include:/etc/shadow@l.test", {501, 550}),
    ("a@s.test", "../u@l.test", {501, 550}),
    ("a@s.test", '"../u"@l.test', {550}),
    ("a@s.test", ".@l.test", {501, 550}),
    ("a@s.test", "u/../w@l.test", {501, 550}),
    ("a@s.test", "u@..", {501, 550}),
    ("a@s.test", "u@a/b", {501, 550}),
    ("a@s.test", "u@" + "d" * 300, {501, 550}),
]


@pytest.mark.parametrize("sender, recipient, codes", RECIPIENTS, ids=lambda v: repr(v)[:50])
def test_a_stranger(server, sender, recipient, codes):
    with server.client(source=STRANGER) as client:
        client.hello()
        assert client.say(f"MAIL FROM:<{sender}>")[0] == 250
        code, text = client.say(f"RCPT TO:<{recipient}>")
        assert code in codes, (code, text)
        assert not (server.folder / "CANARY").exists()


@pytest.mark.parametrize("sender", ["u", "u@localhost"])
def test_an_unqualified_sender_earns_nothing(server, sender):
    with server.client(source=STRANGER) as client:
        client.hello()
        client.say(f"MAIL FROM:<{sender}>")
        assert client.say("RCPT TO:<v@x.test>")[0] in (503, 550)


@pytest.mark.parametrize("postmaster", ["postmaster", "Postmaster@l.test"])
def test_postmaster_is_always_there(server, postmaster):
    with server.client(source=STRANGER) as client:
        client.hello()
        assert client.say("MAIL FROM:<>")[0] == 250
        assert client.say(f"RCPT TO:<{postmaster}>")[0] == 250


def test_the_replies_to_VRFY_do_not_differ(server):
    with server.client(source=STRANGER) as client:
        client.hello()
        known, unknown = client.say("VRFY u"), client.say("VRFY nobody")
    assert known == unknown and known[0] == 252


def test_a_proxy_header_where_none_is_expected_changes_nothing(server):
    for header in [b"PROXY TCP4 127.0.0.1 127.0.0.1 1 25\r\n",
                   b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\0\x01\0\x19"]:
        with server.client(source=STRANGER) as client:
            client.send(header)
            assert client.reply()[0] in (500, 502, 501, 521, 554)
            client.send(b"EHLO x\r\nMAIL FROM:<a@s.test>\r\nRCPT TO:<v@x.test>\r\n")
            codes = []
            while (code := client.reply()[0]) != 0 and len(codes) < 6:
                codes.append(code)
                if len(codes) >= 3 and codes[-1] == 550:
                    break
            assert 354 not in codes


def test_a_trusted_client_may_relay(server, sink):
    before = len(sink.taken)
    with server.client() as client:
        client.deliver(b"Subject: out\r\n\r\nx\r\n", "a@s.test", "v@x.test")
    wait_until(lambda: len(sink.taken) > before, what="relayed")
    assert sink.taken[-1].recipients == ["v@x.test"]
