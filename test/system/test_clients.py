"""Rules for clients by their address: who is refused, who may relay, and how many connections each may have."""
import pytest

from certificates import self_signed
from hermod import Client, Hermod, free_port, wait_until

RULES = """
[[client]]
network = "127.0.0.0/8"
connections = 500
[[client]]
network = "127.0.2.0/24"
action = "deny"
text = "You are not wanted"
[[client]]
network = "127.0.2.7"
[[client]]
network = "127.0.3.0/24"
action = "defer"
[[client]]
network = "127.0.4.1"
relay = true
connections = 1
[[client]]
network = "127.0.5.1"
relay = false
"""


@pytest.fixture(scope="module")
def server():
    networks = ("127.0.0.1/32", "127.0.5.0/24")
    with Hermod(extra=RULES, networks=networks, top="[process]\nworkers = 1\n") as hermod:
        yield hermod


def may_relay(server, source: str) -> bool:
    with server.client(source=source) as client:
        client.hello()
        client.say("MAIL FROM:<a@s.test>")
        code, _ = client.say("RCPT TO:<x@far.test>")
        assert code in (250, 550)
        return code == 250


# RFC 5321 §3.1: a 554 in place of the greeting; the client says QUIT, and hears 503 about anything else.
def test_the_refused_hear_why(server):
    with server.client(source="127.0.2.1") as client:
        assert client.greeting == (554, "5.7.1 You are not wanted")
        assert client.say("EHLO client.test")[0] == 503
        assert client.say("MAIL FROM:<a@s.test>")[0] == 503
        assert client.say("QUIT")[0] == 221
        assert client.reply() == (0, "")
    with server.client(source="127.0.3.1") as client:
        assert client.greeting[0] == 421 and client.greeting[1].startswith("4.7.1 ")
        assert client.reply() == (0, "")
    refused = wait_until(lambda: [e for e in server.events() if e["event"] == "connection_refused"][:2])
    assert refused[0]["client"] == "127.0.2.1" and "127.0.2.0/24" in refused[0]["reason"]


def test_who_says_no_quit_is_let_go(server):
    with server.client(source="127.0.2.1") as client:
        client.send(b"NOOP\r\n" * 100)
        replies = []
        while (reply := client.reply())[0]:
            replies.append(reply[0])
        assert replies == [503] * 10
    with server.client(source="127.0.2.1") as client:
        client.send(b"EHLO x\n")
        assert client.reply() == (0, "")


def test_the_smallest_network_counts(server):
    for source in ("127.0.2.7", "127.0.0.9"):
        with server.client(source=source) as client:
            assert client.greeting[0] == 220


@pytest.mark.parametrize("source, may", [("127.0.0.1", True), ("127.0.0.9", False), ("127.0.2.7", False), ("127.0.4.1", True),
                                         ("127.0.5.1", False), ("127.0.5.2", False)])
def test_who_may_relay(server, source, may):
    # 127.0.5.2 is in relay.networks, and no table says otherwise.
    assert may_relay(server, source) == (may or source == "127.0.5.2")


def test_how_many_connections_each_may_have(server):
    with server.client(source="127.0.4.1") as first:
        assert first.greeting[0] == 220
        with server.client(source="127.0.4.1") as second:
            assert second.greeting[0] == 421
    def is_in_again():
        with server.client(source="127.0.4.1") as client:
            return client.greeting[0] == 220
    wait_until(is_in_again, what="the place of one that left")
    clients = [Client(server.port, source="127.0.9.1") for _ in range(30)]  # more than limits.connections_per_client
    assert all(client.greeting[0] == 220 for client in clients)
    for client in clients:
        client.socket.close()


def test_rules_are_reloaded(server):
    written = server.config.read_text()
    try:
        server.config.write_text(written + '[[client]]\nnetwork = "127.0.6.1"\naction = "deny"\n')
        assert server.client(source="127.0.6.1").greeting[0] == 220
        server.run("reload")
        def is_refused():
            with server.client(source="127.0.6.1") as client:
                return client.greeting[0] == 554
        wait_until(is_refused)
        server.config.write_text(written + '[[client]]\nnetwork = "127.0.6.1"\n[[client]]\nnetwork = "127.0.6.1/32"\n')
        refused = server.run("check", check=False)
        assert refused.returncode != 0 and "has two tables" in refused.stdout + refused.stderr
    finally:
        server.config.write_text(written)
        server.run("reload")


def test_where_tls_comes_first_nothing_is_said_in_the_clear(tmp_path):
    """RFC 8314 §3.3: who waits for a handshake would take a reply for a broken one."""
    certificate, key = self_signed(tmp_path, "mx.l.test")
    port = free_port()
    tls = f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n'
    with Hermod(extra=RULES + tls, listeners=f'[[listen]]\nprotocol = "submissions"\naddress = "127.0.0.1:{port}"\n') as server:
        for source in ("127.0.2.1", "127.0.3.1"):
            with Client(port, source=source, greet=False) as client:
                assert client.socket.recv(100) == b""
        with Client(port, source="127.0.2.7", greet=False) as client:
            client.encrypt()
            assert client.reply()[0] == 220
        refused = {"127.0.2.1", "127.0.3.1"}  # by whichever smtpd, so in any order
        wait_until(lambda: {e["client"] for e in server.events() if e["event"] == "connection_refused"} == refused)
