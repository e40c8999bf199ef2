"""Many idle clients, many queued messages, floods: in a short form of ./dev bench idle and backlog."""
import resource
import subprocess
import threading
from pathlib import Path

import pytest
from hermod import Client, Hermod, free_port, wait_until
from sink import Manners, Sink


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
