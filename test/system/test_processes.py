"""The life of the processes: restart, reload, stop, a second instance, PROXY headers, LMTP."""
import os
import signal
import socket
import struct
import subprocess
import threading

import pytest
from hermod import BINARY, ROLES, Client, Hermod, free_port, of_every_role, wait_until
from sink import Sink


@pytest.mark.parametrize("role", ROLES)
def test_a_process_that_dies_is_replaced_and_mail_flows_on(role):
    with Hermod(**of_every_role()) as hermod:
        assert hermod.pids(role)
        for round_ in range(2):
            for pid in hermod.pids(role):
                os.kill(pid, signal.SIGKILL)
            def delivered():
                try:
                    with hermod.client() as client:
                        return client.deliver(b"Subject: after a death\r\n\r\nx\r\n")
                except (OSError, AssertionError):
                    return None
            wait_until(delivered, what=f"a delivery after the death of {role}")
        wait_until(lambda: len(hermod.messages()) >= 2, what="both delivered")
        assert hermod.process.poll() is None


def test_a_reload_drops_no_session_and_a_bad_configuration_changes_nothing():
    with Hermod() as hermod:
        with hermod.client() as before:
            before.begin()
            text = hermod.config.read_text()
            hermod.config.write_text(text.replace('hostname = "mx.l.test"', 'hostname = "new.l.test"'))
            hermod.process.send_signal(signal.SIGHUP)
            def new_name():
                with hermod.client() as client:
                    return client.greeting[1].startswith("new.l.test")
            wait_until(new_name, what="the new configuration")
            assert before.say("DATA")[0] == 354
            assert before.say("Subject: over a reload\r\n\r\nx\r\n.")[0] == 250
        hermod.wait_for(1)

        hermod.config.write_text(text.replace("hostname", "hostnam"))
        done = hermod.run("reload", check=False)
        assert done.returncode != 0
        with hermod.client() as client:
            assert client.greeting[1].startswith("new.l.test")
        hermod.config.write_text(text)
        hermod.run("reload")
        with hermod.client() as client:
            assert client.greeting[1].startswith("mx.l.test")


def test_a_stop_tells_idle_clients_and_waits_for_none():
    with Hermod(extra='[process]\nstop_timeout = "60s"\n') as hermod:
        with hermod.client() as idle, hermod.client() as busy:
            idle.hello()
            busy.begin()
            hermod.process.send_signal(signal.SIGTERM)
            assert idle.reply()[0] == 421
            assert idle.is_closed()
            assert hermod.process.wait(50) == 0, "long before stop_timeout"


def stall(sink: Sink) -> threading.Event:
    """A server that takes connections and says nothing: whatever is for it stays under way or waits."""
    sink.manners.stall = threading.Event()
    return sink.manners.stall


def test_a_stop_costs_the_backlog_nothing():
    with Sink() as sink:
        release = stall(sink)
        with Hermod(routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n') as hermod:
            with hermod.client() as client:
                for number in range(60):
                    client.deliver(b"Subject: %d\r\n\r\nx\r\n" % number, "a@s.test", f"v{number}@x.test")
            wait_until(lambda: sink.open > 0, what="a connection")
            assert hermod.stop() == 0
            events = hermod.events()
            assert not [e for e in events if e["event"] in ("deferred", "process_died", "peer_lost")], hermod.log_text()
            release.set()
            sink.manners.stall = None
            hermod.start()
            hermod.wait_idle()
            assert sorted(m.recipients[0] for m in sink.taken) == sorted(f"v{number}@x.test" for number in range(60))


def test_a_stop_waits_for_nobody_who_does_not_answer():
    with Sink() as sink:
        release = stall(sink)
        route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n'
        with Hermod(routes=route, extra='[process]\nstop_timeout = "60s"\n') as hermod:
            with hermod.client() as client:
                client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "v@x.test")
            wait_until(lambda: sink.open > 0, what="a connection")
            hermod.process.send_signal(signal.SIGTERM)
            assert hermod.process.wait(50) == 0, "a connection being made holds up nobody until stop_timeout"
        release.set()


def test_stop_by_the_control_program():
    with Hermod() as hermod:
        assert hermod.run("stop").stdout.splitlines() == ["stopping", "stopped"]
        assert hermod.pids() == [] and not (hermod.folder / "control").exists()
        assert hermod.process.wait(10) == 0


def test_status_while_stopping_and_nothing_changes_by_another_request():
    with Sink() as sink:
        route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n'
        with Hermod(routes=route, extra='[process]\nstop_timeout = "60s"\n') as hermod:
            sink.manners.stall_end = threading.Event()
            with hermod.client() as client:
                client.deliver(b"Subject: slow\r\n\r\nx\r\n", "a@s.test", "v@x.test")
            wait_until(lambda: sink.at_the_end, what="the message at the other server")
            assert hermod.run("stop", "--no-wait").stdout == "stopping\n"
            def pids():
                lines = hermod.run("status").stdout.splitlines()
                return {line.split()[0]: line.split()[1] for line in lines if "/" in line.split()[0]}
            lines = wait_until(lambda: (seen := pids())["pickup/0"] == "-" and seen, what="pickup gone")
            assert int(lines["qmgr/0"]) > 0
            assert hermod.run("stop", "--no-wait").stdout == "stopping\n"
            sink.manners.stall_end.set()
            assert hermod.process.wait(60) == 0
            assert [e for e in hermod.events() if e["event"] == "relayed"]


def test_an_orderly_stop_is_quiet_even_when_told_twice():
    with Hermod() as hermod:
        with hermod.client() as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n")
        hermod.wait_for(1)
        os.killpg(hermod.process.pid, signal.SIGTERM)  # as timeout(1) does: the group, and the process
        hermod.process.send_signal(signal.SIGTERM)
        assert hermod.process.wait(60) == 0
        assert not [e for e in hermod.events() if e["event"] in ("alert", "warning", "process_died", "peer_lost")]


def test_a_second_signal_ends_at_once():
    with Sink() as sink:
        route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n'
        with Hermod(routes=route, extra='[process]\nstop_timeout = "60s"\n') as hermod:
            sink.manners.stall_end = threading.Event()
            with hermod.client() as client:
                client.deliver(b"Subject: slow\r\n\r\nx\r\n", "a@s.test", "v@x.test")
            wait_until(lambda: sink.at_the_end, what="the message at the other server")
            hermod.process.send_signal(signal.SIGTERM)
            def ended():
                hermod.process.send_signal(signal.SIGTERM)
                return hermod.process.poll() is not None
            wait_until(ended, 50, "the end at once")
            assert not [e for e in hermod.events() if e["event"] == "process_died"]
            sink.manners.stall_end.set()


@pytest.mark.parametrize("role", ROLES)
def test_processes_are_called_by_their_roles(role):
    with Hermod(**of_every_role()) as hermod:
        assert hermod.pids(role)
        for pid in hermod.pids(role):
            with open(f"/proc/{pid}/comm") as comm:
                assert comm.read().strip() == f"hermod-{role}"[:15]


def test_a_second_server_on_the_same_data_refuses_and_one_beside_it_runs():
    with Hermod() as first:
        again = subprocess.run([str(BINARY), "serve", "--config", str(first.config)], capture_output=True, text=True, timeout=20)
        assert again.returncode != 0 and str(first.folder) in again.stderr
        with Hermod(hostname="second.test", domains=["second.test"], mailboxes=["x@second.test"]) as second:
            with second.client() as client:
                client.deliver(b"Subject: beside\r\n\r\nx\r\n", "a@s.test", "x@second.test")
            second.wait_for(1, "x@second.test")
        with first.client() as client:
            client.deliver(b"Subject: still here\r\n\r\nx\r\n")
        first.wait_for(1)


def test_a_clean_restart_keeps_the_queue():
    route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{free_port()}"\n'
    with Hermod(routes=route) as hermod:
        with hermod.client() as client:
            identity = client.deliver(b"Subject: waits\r\n\r\nx\r\n", "a@s.test", "v@x.test")
        assert hermod.stop() == 0
        hermod.start()
        assert [m["id"] for m in hermod.queue()] == [identity]


def proxy_header(client: str, port: int, command: int = 0x21, length: int | None = None) -> bytes:
    addresses = socket.inet_aton(client) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", port, 25)
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([command, 0x11]) + struct.pack("!H", len(addresses) if length is None else length) + addresses


@pytest.fixture(scope="module")
def proxied():
    port = free_port()
    listener = f'[[listen]]\nprotocol = "smtp"\naddress = "127.0.0.1:{port}"\nproxies = ["127.0.0.1/32"]\n'
    with Hermod(listeners=listener) as hermod:
        yield hermod, port


def test_the_client_named_by_a_proxy_is_the_one_that_counts(proxied):
    hermod, port = proxied
    with Client(port, greet=False) as client:
        client.send(proxy_header("203.0.113.9", 4711))
        assert client.reply()[0] == 220
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        assert client.say("RCPT TO:<v@x.test>")[0] == 550  # not trusted, though the proxy would be
        assert client.say("RCPT TO:<u@l.test>")[0] == 250
        assert client.say("DATA")[0] == 354
        assert client.say("Subject: by proxy\r\n\r\nx\r\n.")[0] == 250
    assert b"203.0.113.9" in hermod.wait_for(1)[0]


@pytest.mark.parametrize("octets", [b"PROXY TCP4 1.2.3.4 5.6.7.8 1 25\r\n", b"EHLO client\r\n" + b"x" * 20,
                                    proxy_header("1.2.3.4", 1, length=65535), proxy_header("1.2.3.4", 1, command=0x33),
                                    proxy_header("1.2.3.4", 1)[:14] + b"\x00\x01a" + b"x" * 40])
def test_a_bad_proxy_header_ends_the_connection(proxied, octets):
    _, port = proxied
    with Client(port, greet=False) as client:
        client.send(octets)
        assert client.is_closed()


def test_lmtp_answers_for_each_recipient():
    port = free_port()
    with Hermod(listeners=f'[[listen]]\nprotocol = "lmtp"\naddress = "127.0.0.1:{port}"\n') as hermod:
        with Client(port) as client:
            assert client.say("EHLO c")[0] == 500
            assert client.say("LHLO c")[0] == 250
            assert client.say("MAIL FROM:<a@s.test>")[0] == 250
            for recipient, code in [("u@l.test", 250), ("nobody@l.test", 550), ("w@l.test", 250)]:
                assert client.say(f"RCPT TO:<{recipient}>")[0] == code
            assert client.say("DATA")[0] == 354
            client.send(b"Subject: lmtp\r\n\r\nx\r\n.\r\n")
            assert [client.reply()[0] for _ in range(2)] == [250, 250]
            assert client.say("QUIT")[0] == 221
        hermod.wait_for(1)
        hermod.wait_for(1, "w@l.test")


def test_lmtp_as_client():
    port = free_port()
    inner = f'[[listen]]\nprotocol = "lmtp"\naddress = "127.0.0.1:{port}"\n'
    with Hermod(listeners=inner, hostname="inner.test") as store, \
            Hermod(routes=f'[[route]]\ndomain = "l.test"\nnext_hop = "lmtp:127.0.0.1:{port}"\n', domains=["front.test"],
                   mailboxes=["a@front.test"]) as front:
        with front.client() as client:
            client.deliver(b"Subject: onward\r\n\r\nx\r\n", "a@front.test", "u@l.test", "nobody@l.test")
        store.wait_for(1)
        assert b"nobody@l.test" in front.wait_for(1, "a@front.test")[0]


@pytest.mark.parametrize("format_, marker", [("text", "accepted from"), ("json", '"event":"accepted"'), ("qmail", "info msg")])
def test_the_log_in_every_format(format_, marker):
    with Hermod(extra=f'[log]\nformat = "{format_}"\n') as hermod:
        with hermod.client() as client:
            identity = client.deliver(b"Subject: logged\r\n\r\nx\r\n")
        hermod.wait_for(1)
        wait_until(lambda: marker in hermod.log_text().replace('": "', '":"'), what=marker)
        assert identity in hermod.run("trace", identity).stdout


def test_the_queue_commands():
    with Sink() as sink:
        route = f'[[route]]\ndomain = "x.test"\nnext_hop = "127.0.0.1:{free_port()}"\n[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n'
        with Hermod(routes=route) as hermod:
            with hermod.client() as client:
                first = client.deliver(b"Subject: one\r\n\r\nx\r\n", "u@l.test", "v@x.test")
            with hermod.client() as client:
                second = client.deliver(b"Subject: two\r\n\r\nx\r\n", "u@l.test", "w@x.test")
            wait_until(lambda: all(m["recipients"][0]["diagnostic"] for m in hermod.queue()), what="both deferred")
            assert {m["id"] for m in hermod.queue()} == {first, second}
            assert "v@x.test" in hermod.run("queue", "show", first).stdout
            assert first in hermod.run("mailq").stdout
            hermod.run("queue", "hold", first)
            assert [m["recipients"][0]["state"] for m in hermod.queue() if m["id"] == first] == ["held"]
            hermod.run("queue", "release", first)
            hermod.run("queue", "remove", "--to", "w@x.test")
            assert {m["id"] for m in hermod.queue()} == {first}
            hermod.run("queue", "bounce", "--domain", "x.test")
            assert b"v@x.test" in hermod.wait_for(1)[0]
            assert hermod.run("queue", "show", first, check=False).returncode == 1
            hermod.wait_idle()


def test_a_message_that_goes_round_is_returned():
    with Hermod(extra="[loops]\nmax_hops = 10\n") as hermod:
        with hermod.client() as client:
            client.begin("w@l.test", "u@l.test")
            assert client.say("DATA")[0] == 354
            code, text = client.say(b"Received: from a by b; now\r\n" * 11 + b"Subject: round\r\n\r\nx\r\n.")
        if code != 250:
            assert code == 554 and text.startswith("5.4.6")
            return
        assert b"5.4.6" in hermod.wait_for(1, "w@l.test")[0]
        assert not hermod.messages("u@l.test")


def test_a_message_that_was_here_before_is_returned():
    with Hermod() as hermod:
        with hermod.client() as client:
            client.begin("w@l.test", "u@l.test")
            assert client.say("DATA")[0] == 354
            code, text = client.say(b"Delivered-To: u@l.test\r\nSubject: again\r\n\r\nx\r\n.")
        if code != 250:
            assert code == 554 and text.startswith("5.4.6")
            return
        assert b"5.4.6" in hermod.wait_for(1, "w@l.test")[0]
        assert not hermod.messages("u@l.test")


def test_a_null_sender_gets_no_bounce():
    with Sink() as sink:
        sink.manners.rcpt["v@x.test"] = "550 5.1.1 no"
        with Hermod(routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n') as hermod:
            with hermod.client() as client:
                client.deliver(b"Subject: null\r\n\r\nx\r\n", "", "v@x.test")
            hermod.wait_idle()
            assert not sink.taken
BEEN_HERE = b"Delivered-To: u@l.test\r\nDelivered-To: w@l.test\r\nSubject: again\r\n\r\nx\r\n"


def deliver_what_was_here(hermod):
    with hermod.client() as client:
        client.deliver(BEEN_HERE, "s@l.test", "u@l.test", "w@l.test")


def test_what_goes_round_is_discarded_by_policy():
    with Hermod(extra='[loops]\npolicy = "discard"\n') as hermod:
        deliver_what_was_here(hermod)
        hermod.wait_idle()
        assert not hermod.queue()
        assert not hermod.messages("u@l.test") and not hermod.messages("w@l.test")


def test_what_goes_round_is_held_by_policy():
    with Hermod(extra='[loops]\npolicy = "hold"\n') as hermod:
        deliver_what_was_here(hermod)
        held = wait_until(hermod.queue)
        assert [r["state"] for r in held[0]["recipients"]] == ["held", "held"]
        hermod.run("queue", "release", held[0]["id"])
        assert hermod.wait_for(1, "u@l.test") and hermod.wait_for(1, "w@l.test")


def test_what_goes_round_is_delivered_by_policy():
    with Hermod(extra='[loops]\npolicy = "deliver"\n') as hermod:
        deliver_what_was_here(hermod)
        assert hermod.wait_for(1, "u@l.test") and hermod.wait_for(1, "w@l.test")


