"""Many idle clients, many queued messages, floods: in a short form of ./dev bench idle and backlog."""
import resource
import select
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from hermod import Client, Hermod, free_port, wait_until
from sink import Manners, Sink
from test_auth import PLAIN_PASSWORD, add_account, make_server, open_submission, plain


def proportional_memory(pids) -> int:
    """KiB, shared pages divided among those who share them."""
    return sum(int(line.split()[1]) for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
               if line.startswith("Pss:"))


def test_idle_connections_cost_little():
    count = 1500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 500), hard))
    with Hermod(extra=f"[limits]\nconnections = {count * 2}\nconnections_per_client = {count}\n") as hermod:
        pids = lambda: [hermod.process.pid, *hermod.pids()]
        before = proportional_memory(pids())
        idle = [hermod.client() for _ in range(count)]
        for client in idle:
            client.hello()
        each = (proportional_memory(pids()) - before) / count
        with hermod.client() as client:
            client.deliver(b"Subject: among the idle\r\n\r\nx\r\n")
        for client in idle:
            client.socket.close()
        assert each < 24, f"{each:.1f} KiB for each idle connection"


def test_connections_beyond_the_limits_hear_why():
    most = 8  # each process counts its share, and a little more
    with Hermod(networks=[], extra=f"[limits]\nconnections_per_client = {most}\n") as hermod:
        clients, refused = [], None
        while refused is None and len(clients) < 4 * most:
            client = hermod.client(greet=False)
            code, text = client.reply()
            if code == 220:
                clients.append(client)
            else:
                refused = code, text
        assert refused is not None and refused[0] == 421 and refused[1].startswith("4.7.0")
        assert most // 2 <= len(clients) <= 2 * most
        for client in clients:
            client.socket.close()
        def greeted():
            with hermod.client(greet=False) as client:
                return client.reply()[0] == 220
        wait_until(greeted, what="a place again")


def test_a_backlog_survives_a_restart_and_is_small():
    pytest.importorskip("postfix")
    if subprocess.run(["which", "smtp-source"], capture_output=True, check=False).returncode:
        pytest.skip("smtp-source is not installed")
    count = 20_000
    route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{free_port()}"\n'
    with Hermod(routes=route, extra="[limits]\nconnections_per_client = 1000\n") as hermod:
        subprocess.run(["smtp-source", "-d", "-s", "20", "-m", str(count), "-l", "500", "-t", "b@x.test",
                        f"127.0.0.1:{hermod.port}"], check=True)
        for stop in (hermod.stop, hermod.kill_all):
            stop()
            hermod.start()
            with hermod.client() as client:
                client.deliver(b"Subject: after the restart\r\n\r\nx\r\n")
        wait_until(lambda: len(hermod.queue()) == count, what="only what cannot be sent is left")
        hermod.run("queue", "remove", "--all")
        hermod.wait_idle()


def test_a_hundred_messages_for_a_sleeping_server_do_not_delay_others():
    asleep = Manners(stall=threading.Event())
    with Sink(asleep) as slow, Sink() as quick:
        routes = "".join(f'[[route]]\ndomain = "{d}"\nnext_hop = "127.0.0.1:{s.port}"\n'
                         for d, s in [("slow.test", slow), ("quick.test", quick)])
        with Hermod(routes=routes) as hermod:
            for number in range(300):
                with hermod.client() as client:
                    client.deliver(b"Subject: slow\r\n\r\nx\r\n", "a@s.test", f"v{number}@slow.test")
            for number in range(30):
                with hermod.client() as client:
                    client.deliver(b"Subject: quick\r\n\r\nx\r\n", "a@s.test", "v@quick.test")
                wait_until(lambda: len(quick.taken) > number, what="the quick one")
            assert not slow.taken, "none of them waited for the sleeping one"
            asleep.stall.set()
            wait_until(lambda: len(slow.taken) == 300, what="the slow ones")


def test_a_client_that_never_reads_costs_little():
    with Hermod() as hermod:
        memory = lambda: proportional_memory(hermod.pids("smtpd"))
        before = memory()
        with Client(hermod.port) as client:
            client.socket.settimeout(3)
            try:
                for _ in range(4000):
                    client.send(b"HELP\r\n" * 20)
            except OSError:
                pass
            assert memory() - before < 4096


# ---- logging in

ARGON2_MEMORY = 19 * 1024  # KiB, of one hash


def most_memory(pid: int) -> int:
    """KiB that it ever had."""
    return next(int(line.split()[1]) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))


def test_two_hundred_logins_at_once_cost_a_few_hashes_at_a_time(issuer):
    """Each is answered, yes or later; directory's memory is that of the checks allowed; and mail comes in meanwhile."""
    checks, waiting, count = 2, 40, 200
    login = f'checks = {checks}\nwaiting = {waiting}\ndelay = "0s"\nfailures_per_client = 1000\nfailures_per_account = 1000\n'
    with make_server(issuer, login) as server:
        add_account(server, "bob@l.test", PLAIN_PASSWORD)
        directory = server.pids("directory")[0]
        with open_submission(server) as client:
            assert client.say("AUTH PLAIN " + plain("bob@l.test", PLAIN_PASSWORD))[0] == 235
        before = most_memory(directory)
        assert before > ARGON2_MEMORY, "a check costs what we think it does"
        clients = [open_submission(server) for _ in range(count)]
        line = b"AUTH PLAIN " + plain("bob@l.test", PLAIN_PASSWORD).encode() + b"\r\n"
        for client in clients:
            client.send(line)
        with server.client(source="127.0.0.3") as meanwhile:
            assert meanwhile.say("EHLO c.test")[0] == 250
            assert meanwhile.say("MAIL FROM:<a@s.test>")[0] == 250
            assert meanwhile.say("RCPT TO:<u@l.test>")[0] == 250
        codes = [client.reply()[0] for client in clients]
        assert set(codes) <= {235, 454} and codes.count(235) >= waiting, {code: codes.count(code) for code in set(codes)}
        assert server.pids("directory") == [directory]
        assert most_memory(directory) - before < checks * ARGON2_MEMORY + 16 * 1024
        for client in clients:
            client.socket.close()


HALF_A_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 100


def test_ten_thousand_handshakes_left_half_done(issuer):
    """Half at STARTTLS, half where TLS comes first: they hold nobody up, and all are gone after the time allowed."""
    each = 5000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * each + 1000:
        pytest.skip("this machine allows too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * each + 2000), hard))
    certificate, key = issuer.issue("mx.l.test", "localhost", file="half")
    ports = {name: free_port() for name in ("submission", "submissions")}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    with Hermod(listeners=listeners, extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\nhandshake_timeout = "15s"\n'
                f"[limits]\nconnections = {4 * each}\nconnections_per_client = {4 * each}\n") as server:
        server.ports = ports

        def descriptors() -> int:
            return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in server.pids("smtpd"))

        def serves_others() -> bool:
            for name in ports:
                with open_submission(server, name) as client:
                    assert client.say("NOOP")[0] == 250
            return True
        assert serves_others()
        before = descriptors()
        in_the_clear = [Client(ports["submission"]) for _ in range(each)]
        for client in in_the_clear:
            client.hello()
        for client in in_the_clear:
            client.send(b"STARTTLS\r\n")
        implicit = []
        for client in in_the_clear:
            assert client.reply()[0] == 220
            client.send(HALF_A_HELLO)
            connection = socket.create_connection(("127.0.0.1", ports["submissions"]))
            connection.sendall(HALF_A_HELLO)
            implicit.append(connection)
        assert serves_others()
        left = {connection.fileno(): connection for connection in [*implicit, *(client.socket for client in in_the_clear)]}
        assert len(left) == 2 * each
        poll = select.poll()
        for number in left:
            poll.register(number, select.POLLIN)

        def all_gone() -> bool:
            for number, _ in poll.poll(100):
                try:
                    is_over = not left[number].recv(4096)  # an alert, perhaps
                except ConnectionError:
                    is_over = True
                if is_over:
                    poll.unregister(number)
                    left.pop(number).close()
            return not left
        wait_until(all_gone, 120, "every one is closed")
        wait_until(lambda: descriptors() <= before + 2, what="and its place is free")
        assert serves_others()
