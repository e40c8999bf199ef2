"""Listening sockets that a service manager passes on (sd_listen_fds(3)), and the units for systemd."""
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hermod import BINARY, Client, Hermod, free_port, wait_until

# What a service manager does: opens sockets as descriptors from 3 on, says so, and becomes the server.
MANAGER = """
import os, socket, sys
addresses, pid, words = sys.argv[1].split(), sys.argv[2], sys.argv[3:]
if "--ready-fd" in words:
    at = words.index("--ready-fd") + 1
    words[at] = str(os.dup2(int(words[at]), 60))
opened = []
for address in addresses:
    kind, host, port = address.split("/")
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                         socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    if ":" in host:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((host, int(port)))
    if kind == "tcp":
        made.listen()
    opened.append(os.dup(os.dup2(made.fileno(), 70 + len(opened))))
for number, descriptor in enumerate(range(70, 70 + len(addresses)), 3):
    os.dup2(descriptor, number)
os.environ.update(LISTEN_PID=pid or str(os.getpid()), LISTEN_FDS=str(len(addresses)), LISTEN_FDNAMES="x")
os.execv(words[0], words)
"""


def passing(*addresses: str, pid: str = "") -> list[str]:
    return [sys.executable, "-c", MANAGER, " ".join(addresses), pid]


def listeners(*ports: int) -> str:
    return "".join(f'[[listen]]\nprotocol = "smtp"\naddress = "127.0.0.1:{port}"\n' for port in ports)


def inode(server: Hermod, pid: int, port: int) -> set[str]:
    """Of the sockets that this process has listening at the port."""
    wanted = f"0100007F:{port:04X}"
    found = {line.split()[9] for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines() if line.split()[1] == wanted}
    held = {os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}
    return {number for number in found if f"socket:[{number}]" in held}


def test_sockets_that_were_passed_on_are_used_and_the_others_bound():
    """sd_listen_fds(3)."""
    passed, bound = free_port(), free_port()
    server = Hermod(listeners=listeners(passed, bound), extra="[process]\nworkers = 2\n")
    server.wrapper = passing(f"tcp/127.0.0.1/{passed}")
    with server:
        assert len({number for pid in server.pids("smtpd") for number in inode(server, pid, passed)}) == 1
        assert len({number for pid in server.pids("smtpd") for number in inode(server, pid, bound)}) == 2
        for port in (passed, bound):
            for _ in range(4):
                with Client(port) as client:
                    client.deliver(b"Subject: x\r\n\r\nx\r\n")
        for pid in server.pids():
            assert b"LISTEN_FDS" not in Path(f"/proc/{pid}/environ").read_bytes()
        # A reload drops it and takes it again: its port is the service manager's.
        text = server.config.read_text()
        server.config.write_text(text.replace(listeners(passed), ""))
        server.run("reload")
        assert not any(inode(server, pid, passed) for pid in server.pids("smtpd"))
        server.config.write_text(text)
        server.run("reload")
        with Client(passed) as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n")


def refusal(server: Hermod, *addresses: str) -> str:
    done = subprocess.run([*passing(*addresses), str(BINARY), "serve", "--config", str(server.config)], capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 1, (done.returncode, done.stderr)
    return done.stderr


def test_what_nobody_listens_on_is_an_error():
    port, other = free_port(), free_port()
    server = Hermod(listeners=listeners(port))
    assert f"127.0.0.1:{other} was passed on" in refusal(server, f"tcp/127.0.0.1/{port}", f"tcp/127.0.0.1/{other}")
    assert "[::1]:" in refusal(server, f"tcp/::1/{port}")
    for wrong in ("udp", "bound"):
        assert "descriptor 3 was passed on" in refusal(server, f"{wrong}/127.0.0.1/{port}")


def test_sockets_for_somebody_else_are_left_alone():
    """LISTEN_PID names another process: whoever started us."""
    port = free_port()
    server = Hermod(listeners=listeners(port))
    server.wrapper = passing(f"tcp/127.0.0.1/{free_port()}", pid="1")
    with server, Client(port) as client:
        client.deliver(b"Subject: x\r\n\r\nx\r\n")


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd-socket-activate is not installed")
def test_systemd_starts_it_at_the_first_connection():
    port = free_port()
    server = Hermod(listeners=listeners(port))
    log = open(server.folder / "log", "ab")
    starter = subprocess.Popen(["systemd-socket-activate", "-l", f"127.0.0.1:{port}", str(BINARY), "serve", "--config",
                                str(server.config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        def connects():
            try:
                return Client(port)  # it waits for the greeting until the server is there
            except ConnectionRefusedError:
                return None
        with wait_until(connects, what="the socket") as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n")
        with Client(port) as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n")
    finally:
        starter.send_signal(signal.SIGTERM)
        assert starter.wait(60) == 0


UNITS = [Path(__file__).parents[2] / "doc" / name for name in ("hermod.service", "hermod.socket")]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_understands_the_units(tmp_path):
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/local/sbin/hermod", str(BINARY)))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and str(tmp_path) not in done.stderr, done.stderr
