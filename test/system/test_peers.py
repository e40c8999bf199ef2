"""Three sites with real name servers: Hermod (st13), Postfix (st12) and a scripted server (st3). RFC 5321 §5, RFC 3461,
RFC 6531, RFC 7505."""
import re
import threading

import dns
import postfix
import pytest
from hermod import Client, Hermod, wait_until
from sink import Manners, Sink

pytestmark = pytest.mark.skipif(not (postfix.is_installed() and dns.is_installed()),
                                reason="needs root, Postfix, NSD and Unbound")

HERE, THERE, THIRD = "127.0.13.1", "127.0.13.2", "127.0.13.3"


@pytest.fixture(scope="module")
def third():
    with Sink(host=THIRD, port=25) as sink:
        yield sink


@pytest.fixture(scope="module")
def lab(third):
    with dns.Names() as names, \
            postfix.Postfix("mail.st12.example", mailboxes=["p@st12.example"], relayhost=f"[{HERE}]:25", address=THERE,
                            port=25) as peer, \
            Hermod(mailboxes=["u@st13.example"], domains=["st13.example"], hostname="mail.st13.example", address=HERE, port=25,
                   networks=["127.0.0.0/8"], relay='loopback_exchangers = true\nidle_timeout = "0s"\n',
                   extra=f'[dns]\nresolver = "127.0.0.1:{names.port}"\n[queue]\nfirst_retry = "1s"\nlongest_retry = "1s"\n'
                         '[limits]\nmessage_size = 104857600\n') as hermod:
        yield hermod, peer, third


def inbox(hermod):
    return hermod.messages("u@st13.example")


def arrives(hermod, marker: bytes, seconds: float = 30) -> bytes:
    wait_until(lambda: any(marker in m for m in inbox(hermod)), seconds, f"{marker!r} in the mailbox")
    found = [m for m in inbox(hermod) if marker in m]
    assert len(found) == 1
    return found[0]


def at_postfix(peer, marker: bytes, seconds: float = 30) -> bytes:
    wait_until(lambda: any(marker in m for m in peer.messages("p@st12.example")), seconds, f"{marker!r} at Postfix")
    return next(m for m in peer.messages("p@st12.example") if marker in m)


def behave(third, manners: Manners):
    """New manners, for new connections only: those of before end first."""
    wait_until(lambda: third.open == 0, what="no connection left")
    third.manners = manners


def test_postfix_sends_to_us(lab):
    hermod, peer, _ = lab
    peer.send("p@st12.example", ["u@st13.example"], b"Subject: from postfix\n\n.\n..\nhello\n")
    message = arrives(hermod, b"Subject: from postfix")
    assert message.startswith(b"Return-Path: <p@st12.example>\n")
    assert b"\nDelivered-To: u@st13.example\n" in message.split(b"\n\n")[0]
    assert message.endswith(b"\n\n.\n..\nhello\n")


def test_we_send_to_postfix_by_MX(lab):
    hermod, peer, _ = lab
    with hermod.client() as client:
        identity = client.deliver(b"Subject: to postfix\r\n\r\n.\r\nhello\r\n", "u@st13.example", "p@st12.example")
    message = at_postfix(peer, b"Subject: to postfix")
    assert message.endswith(b"\n\n.\nhello\n") and identity.encode() in message


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_message_of_30_MB(lab, direction):
    hermod, peer, _ = lab
    line = bytes(range(65, 65 + 26)) * 2 + b"\r\n"
    text = b"Subject: large " + direction.encode() + b"\r\n\r\n" + line * (30 * 1024 * 1024 // len(line))
    if direction == "in":
        peer.send("p@st12.example", ["u@st13.example"], text.replace(b"\r\n", b"\n"))
        message = arrives(hermod, b"Subject: large in", 90)
    else:
        with hermod.client(timeout=60) as client:
            client.deliver(text, "u@st13.example", "p@st12.example")
        message = at_postfix(peer, b"Subject: large out", 90)
    assert message.split(b"\n\n", 1)[1] == text.replace(b"\r\n", b"\n").split(b"\n\n", 1)[1]


def test_8bit_both_ways(lab):
    hermod, peer, _ = lab
    body = "Grüße, žluťoučký kůň\n".encode()
    header = b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    peer.send("p@st12.example", ["u@st13.example"], header + b"Subject: 8bit in\n\n" + body)
    assert arrives(hermod, b"Subject: 8bit in").endswith(body)
    with hermod.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<u@st13.example> BODY=8BITMIME")[0] == 250
        assert client.say("RCPT TO:<p@st12.example>")[0] == 250
        assert client.say("DATA")[0] == 354
        assert client.say((header + b"Subject: 8bit out\n\n" + body).replace(b"\n", b"\r\n") + b".")[0] == 250
    assert at_postfix(peer, b"Subject: 8bit out").endswith(body)


def test_smtputf8_both_ways(lab):
    hermod, peer, _ = lab
    peer.send("př@st12.example", ["u@st13.example"], "From: př@st12.example\nSubject: žluť in\n\nx\n".encode())
    assert "Return-Path: <př@st12.example>".encode() in arrives(hermod, "Subject: žluť in".encode())
    with hermod.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<ü@st13.example> SMTPUTF8")[0] == 250
        assert client.say("RCPT TO:<p@st12.example>")[0] == 250
        assert client.say("DATA")[0] == 354
        assert client.say("Subject: žluť out\r\n\r\nx\r\n.")[0] == 250
    at_postfix(peer, "Subject: žluť out".encode())


def test_smtputf8_is_bounced_where_the_next_hop_cannot(lab):
    hermod, _, third = lab
    behave(third, Manners(extensions=("PIPELINING", "8BITMIME")))
    with hermod.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<u@st13.example> SMTPUTF8")[0] == 250
        assert client.say("RCPT TO:<ž@st3.example>")[0] == 250
        assert client.say("DATA")[0] == 354
        assert client.say("Subject: cannot utf8\r\n\r\nx\r\n.")[0] == 250
    bounce = arrives(hermod, b"cannot utf8")
    assert b"5.6.7" in bounce and not any(b"cannot utf8" in t.octets for t in third.taken)
    behave(third, Manners())


def test_8bit_is_bounced_where_the_next_hop_cannot(lab):
    hermod, _, third = lab
    behave(third, Manners(extensions=("PIPELINING",)))
    with hermod.client() as client:
        client.deliver("Subject: cannot 8bit\r\n\r\nž\r\n".encode(), "u@st13.example", "x@st3.example")
    assert b"5.6.3" in arrives(hermod, b"cannot 8bit")
    behave(third, Manners())


def test_dsn_parameters_travel_on_and_success_is_reported(lab):
    hermod, peer, third = lab
    with hermod.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<u@st13.example> RET=HDRS ENVID=probe+2B1")[0] == 250
        assert client.say("RCPT TO:<x@st3.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;orig+40x.example")[0] == 250
        assert client.say("DATA")[0] == 354
        assert client.say("Subject: dsn onward\r\n\r\nx\r\n.")[0] == 250
    wait_until(lambda: any(b"dsn onward" in t.octets for t in third.taken), what="relayed")
    parameters = next(t for t in third.taken if b"dsn onward" in t.octets).parameters
    assert "RET=HDRS" in parameters and "ENVID=probe+2B1" in parameters
    assert "NOTIFY=SUCCESS,FAILURE" in parameters and "ORCPT=rfc822;orig@x.example" in parameters


def test_postfix_asks_for_a_report_of_delivery(lab):
    hermod, peer, _ = lab
    peer.send("p@st12.example", ["u@st13.example"], b"Subject: report please\n\nx\n", "-N", "success")
    arrives(hermod, b"Subject: report please")
    report = at_postfix(peer, b"Action: delivered")
    assert b"u@st13.example" in report


def test_a_refused_recipient_is_bounced_once(lab):
    hermod, peer, _ = lab
    with hermod.client() as client:
        identity = client.deliver(b"Subject: refused there\r\n\r\nx\r\n", "u@st13.example", "nobody@st12.example")
    bounce = arrives(hermod, b"Subject: refused there")
    header, body = bounce.split(b"\n\n", 1)
    assert b"Return-Path: <>" in header
    assert b"Content-Type: multipart/report" in header.replace(b"\n\t", b" ").replace(b"\n ", b" ")
    assert b"Action: failed" in body and re.search(rb"Status: 5\.\d\.\d", body) and b"nobody@st12.example" in body
    trace = hermod.run("trace", identity).stdout
    assert "nobody@st12.example" in trace and "550" in trace


def test_the_next_exchanger_is_tried_when_the_first_is_dead(lab):
    hermod, _, third = lab
    with hermod.client() as client:
        client.deliver(b"Subject: second exchanger\r\n\r\nx\r\n", "u@st13.example", "x@st3.example")
    wait_until(lambda: any(b"second exchanger" in t.octets for t in third.taken), what="relayed by the second exchanger")


def test_a_domain_without_MX_is_reached_by_its_address(lab):
    hermod, _, third = lab
    with hermod.client() as client:
        client.deliver(b"Subject: implicit\r\n\r\nx\r\n", "u@st13.example", "x@implicit.example")
    wait_until(lambda: any(b"Subject: implicit" in t.octets for t in third.taken), what="relayed to the address")


@pytest.mark.parametrize("domain, status", [("nomail.example", b"5.1.10"), ("missing.example", b"5.1.2"),
                                            ("circular.example", b"5.4.6")])
def test_domains_that_take_no_mail(lab, domain, status):
    hermod, _, _ = lab
    for time in ("first", "again"):  # asked, and known already
        marker = f"Subject: no way {time} {domain}".encode()
        with hermod.client() as client:
            client.deliver(marker + b"\r\n\r\nx\r\n", "u@st13.example", f"x@{domain}")
        assert status in arrives(hermod, marker)


def test_a_slow_peer_does_not_hold_up_others(lab):
    hermod, peer, third = lab
    behave(third, Manners(stall=threading.Event()))
    with hermod.client() as client:
        for number in range(100):
            client.deliver(b"Subject: slow %d\r\n\r\nx\r\n" % number, "u@st13.example", "x@st3.example")
        client.deliver(b"Subject: quick\r\n\r\nx\r\n", "u@st13.example", "p@st12.example")
    at_postfix(peer, b"Subject: quick", 10)
    third.manners.stall.set()
    third.manners = Manners()
    wait_until(lambda: sum(b"Subject: slow" in t.octets for t in third.taken) == 100, 60, "the slow ones")


def test_a_dead_peer_is_tried_again(lab):
    hermod, _, third = lab
    behave(third, Manners(greeting=None))
    with hermod.client() as client:
        identity = client.deliver(b"Subject: patience\r\n\r\nx\r\n", "u@st13.example", "x@st3.example")
    wait_until(lambda: any(m["id"] == identity and m["recipients"][0]["diagnostic"] for m in hermod.queue()), what="deferred")
    behave(third, Manners())
    wait_until(lambda: any(b"Subject: patience" in t.octets for t in third.taken), 60, "delivered at last")
    assert sum(b"Subject: patience" in t.octets for t in third.taken) == 1


def test_a_peer_that_hangs_up_after_the_dot_is_tried_again(lab):
    hermod, _, third = lab
    behave(third, Manners(end=None))
    with hermod.client() as client:
        identity = client.deliver(b"Subject: after the dot\r\n\r\nx\r\n", "u@st13.example", "x@st3.example")
    wait_until(lambda: any(m["id"] == identity and m["recipients"][0]["diagnostic"] for m in hermod.queue()), what="deferred")
    behave(third, Manners())
    wait_until(lambda: any(b"Subject: after the dot" in t.octets for t in third.taken), 60, "delivered at last")


def test_a_hostile_reply_stays_text_in_the_bounce(lab):
    hermod, _, third = lab
    behave(third, Manners(rcpt={"x@st3.example": "550 5.7.1 \x1b[2J" + "no " * 1500}))
    with hermod.client() as client:
        client.deliver(b"Subject: hostile reply\r\n\r\nx\r\n", "u@st13.example", "x@st3.example")
    bounce = arrives(hermod, b"Subject: hostile reply")
    assert b"\x1b" not in bounce and len(bounce) < 16384
    behave(third, Manners())


def test_a_bounce_that_cannot_be_delivered_ends_there(lab):
    hermod, peer, _ = lab
    with Client(25, host=HERE) as client:
        client.deliver(b"Subject: null sender\r\n\r\nx\r\n", "", "nobody@st12.example")
    hermod.wait_idle(30)
    assert not any(b"null sender" in m for m in inbox(hermod))

