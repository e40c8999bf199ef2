"""Clients that take their time to keep a connection: a deadline for each command, an average rate for each message.
RFC 5321 §4.5.3.2."""
import socket
import time

import pytest
from hermod import Client, Hermod

PACE = 0.05  # seconds between two octets


def drip(client: Client, octets: bytes, seconds: float) -> float | None:
    """Sends an octet now and then, for so long; when the server hung up, after how long."""
    client.socket.settimeout(PACE)
    began = time.monotonic()
    for octet in octets:
        try:
            client.socket.send(bytes([octet]))
            if not client.socket.recv(4096):
                return time.monotonic() - began
        except TimeoutError:
            pass
        except ConnectionError:
            return time.monotonic() - began
        if time.monotonic() - began > seconds:
            break
    return None


@pytest.fixture(scope="module")
def impatient():
    limits = '[smtp]\ncommand_timeout = "2s"\ndata_timeout = "2s"\ndata_rate = 1000\n'
    with Hermod(extra=limits) as hermod:
        yield hermod


def test_a_command_has_one_deadline(impatient):
    with impatient.client() as client:
        assert client.say("NOOP")[0] == 250
        ended = drip(client, b"NOOP " + b"x" * 400, seconds=60)
    assert ended is not None and ended > 1.5


@pytest.mark.parametrize("begin, code", [("DATA", 354), ("BDAT 100000 LAST", None)])
def test_a_message_must_keep_its_rate(impatient, begin, code):
    with impatient.client() as client:
        client.begin()
        if code:
            assert client.say(begin)[0] == code
        else:
            client.send(begin.encode() + b"\r\n")
        ended = drip(client, b"Subject: slow\r\n\r\n" + b"x" * 400, seconds=60)
    assert ended is not None and ended > 1.5
    assert not impatient.queue()


def test_who_keeps_the_rate_has_all_the_time(impatient):
    with impatient.client() as client:
        client.begin()
        assert client.say("DATA")[0] == 354
        client.send(b"Subject: steady\r\n\r\n")
        began = time.monotonic()
        while time.monotonic() - began < 4:  # twice data_timeout
            client.send((b"x" * 498 + b"\r\n") * 20)
            client.socket.settimeout(PACE)
            with pytest.raises(TimeoutError):
                client.socket.recv(1)
        client.socket.settimeout(20)
        assert client.say(b".")[0] == 250
    assert len(impatient.wait_for(1)) == 1


def test_in_need_nobody_may_dawdle():
    """Clients that were idle before connections became scarce have no more time than those who come later."""
    scarce = '[limits]\nconnections = 20\n[smtp]\nstress_timeout = "1s"\n'
    with Hermod(extra=scarce) as hermod:
        clients = []
        while True:  # until every smtpd is full: each says 421 to its next
            connection = socket.create_connection((hermod.address, hermod.port), timeout=20)
            if connection.recv(100).startswith(b"421"):
                break
            clients.append(connection)
        began = time.monotonic()
        ended = 0
        for client in clients:
            client.settimeout(max(0.01, began + 60 - time.monotonic()))
            try:
                ended += client.recv(100) == b""
            except TimeoutError:
                pass
        assert ended >= len(clients) / 3  # of the process that was full; the default is five minutes
        with hermod.client() as client:
            assert client.greeting[0] == 220
