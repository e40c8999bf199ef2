"""Load, and the means to end it badly: power cuts on a filesystem of our own, kills of the server or of one process.

Load.acknowledged holds what the server answered with 250. Afterwards nothing of it may be missing; a Maildir may have no
message twice; a relayed recipient may come twice only if it was in flight at a crash.
"""
import collections
import fcntl
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from hermod import Client, Hermod, free_port, wait_until
from sink import Sink

LOCAL, REMOTE = "u@l.test", "v@x.test"
ROLES = ["all", "smtpd", "qmgr", "relay", "deliver", "directory", "pickup", "admind", "runner", "keyd", "pop3d", "reader"]
PROBE = re.compile(rb"X-Probe: ([0-9a-f.-]+)")


def can_cut_power() -> bool:
    return os.geteuid() == 0 and Path("/dev/loop-control").exists() and shutil.which("mkfs.ext4") is not None


class Disk:
    """An ext4 filesystem in a file, which can lose power: what was not synced is gone."""

    SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2  # FS_IOC_SHUTDOWN

    def __init__(self, megabytes: int = 768):
        self.base = Path(tempfile.mkdtemp(prefix="hermod-disk-"))
        self.base.chmod(0o755)
        self.image, self.folder = self.base / "image", self.base / "mounted"
        self.folder.mkdir()
        # Mount namespaces that others make meanwhile get a copy of this mount; it must vanish there with ours, or the
        # filesystem that lost its power stays, and is mounted again as it is.
        subprocess.run(["mount", "--bind", str(self.base), str(self.base)], check=True)
        subprocess.run(["mount", "--make-shared", str(self.base)], check=True)
        subprocess.run(["truncate", "-s", f"{megabytes}M", str(self.image)], check=True)
        subprocess.run(["mkfs.ext4", "-q", str(self.image)], check=True)
        self.mount()

    def mount(self):
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.folder)], check=True)

    def unmount(self):
        subprocess.run(["umount", str(self.folder)], check=True)

    def cut_power(self, hermod: Hermod):
        """The server is frozen first: a sync in flight could otherwise report the success of an aborted journal."""
        pids = [hermod.process.pid, *hermod.pids()]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: all(is_stopped(pid) for pid in pids), what="server frozen")
        folder = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(folder, self.SHUTDOWN, struct.pack("I", self.NO_LOG_FLUSH))
        os.close(folder)
        hermod.kill_all()
        wait_until(self.try_unmount, what="filesystem unmounted")
        self.mount()

    def try_unmount(self) -> bool:
        return subprocess.run(["umount", str(self.folder)], check=False, capture_output=True).returncode == 0

    def close(self):
        self.try_unmount()
        subprocess.run(["umount", str(self.base)], check=False, capture_output=True)
        shutil.rmtree(self.base, ignore_errors=True)


def is_stopped(pid: int) -> bool:
    """Every thread of it, even one that waits for the disk."""
    try:
        return all((task / "stat").read_text().rsplit(")", 1)[1].split()[0] in "TtZ"
                   for task in Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return True


class Load:
    """Clients that send as fast as they can, each message with a number of its own, half to a mailbox, half onward."""

    def __init__(self, hermod: Hermod, clients: int = 8, size: int = 2000):
        self.hermod, self.size = hermod, size
        self.acknowledged: set[str] = set()
        self.lock = threading.Lock()
        self.round = random.getrandbits(32)
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)

    def run(self, client: int):
        number = 0
        while not self.stopping.is_set():
            try:
                with self.hermod.client(timeout=5) as connection:
                    connection.hello()
                    while not self.stopping.is_set():
                        number += 1
                        self.send(connection, f"{self.round:x}.{client}.{number:x}", number)
            except (OSError, AssertionError, ValueError):
                self.stopping.wait(0.01)

    def send(self, connection: Client, probe: str, number: int):
        recipients = [LOCAL] if number % 3 == 0 else [REMOTE] if number % 3 == 1 else [LOCAL, REMOTE]
        filling = b"x" * 70 + b"\r\n"
        # One message in forty is too long for the journal and goes into a file of its own.
        size = 100_000 if number % 40 == 0 else self.size
        commands = "".join(f"RCPT TO:<{r}>\r\n" for r in recipients)
        connection.send(f"MAIL FROM:<a@s.test>\r\n{commands}DATA\r\n".encode())
        for _ in range(len(recipients) + 2):
            code, text = connection.reply()
            if code not in (250, 354):
                raise OSError(text)
        connection.send(f"X-Probe: {probe}\r\nSubject: load\r\n\r\n".encode() + filling * (size // 72) + b".\r\n")
        if connection.reply()[0] == 250:
            with self.lock:
                self.acknowledged.update(f"{probe}>{r}" for r in recipients)


class Ledger:
    """What has arrived, how often."""

    def __init__(self, hermod: Hermod, sink: Sink):
        self.hermod, self.sink = hermod, sink

    def arrived(self) -> collections.Counter:
        counts = collections.Counter()
        for message in self.hermod.messages(LOCAL):
            counts[f"{PROBE.search(message).group(1).decode()}>{LOCAL}"] += 1
        for taken in list(self.sink.taken):
            counts[f"{PROBE.search(taken.octets).group(1).decode()}>{REMOTE}"] += 1
        return counts


class Verdict:
    def __init__(self, acknowledged: set[str], arrived: collections.Counter):
        self.lost = acknowledged - set(arrived)
        self.local_twice = [key for key, count in arrived.items() if count > 1 and key.endswith(LOCAL)]
        self.remote_again = sum(count - 1 for key, count in arrived.items() if key.endswith(REMOTE))

    def __str__(self):
        return (f"{len(self.lost)} acknowledged lost, {len(self.local_twice)} twice in the Maildir, "
                f"{self.remote_again} relayed again")


def settle(hermod: Hermod, patience: float = 60):
    """Until the queue is empty, as long as it grows shorter. What stays is asked to hurry."""
    shortest, since = None, time.monotonic()
    while waiting := hermod.queue():
        if shortest is None or len(waiting) < shortest:
            shortest, since = len(waiting), time.monotonic()
        else:
            hermod.run("queue", "retry", "--all", check=False)
        assert time.monotonic() - since < patience, (f"{len(waiting)} messages stay in the queue", waiting[:3],
                                                     hermod.log_text()[-2000:])
        threading.Event().wait(min(1, len(waiting) / 1000))  # the server has other things to do than to tell of itself


QUEUE = '[queue]\nsegment_size = "4MB"\n'


def server_on(folder: Path, sink: Sink) -> Hermod:
    route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n'
    pop3 = f'[[listen]]\nprotocol = "pop3"\naddress = "127.0.0.1:{free_port()}"\n'
    return Hermod(routes=route, folder=folder, listeners=pop3, extra="[limits]\nconnections_per_client = 1000\n" + QUEUE)


def power_cuts(count: int, seconds: float, report=lambda line: None) -> Verdict:
    disk = Disk()
    try:
        with Sink() as sink:
            hermod = server_on(disk.folder, sink).start()
            os.sync()  # the configuration is the administrator's, who has long since written it
            acknowledged: set[str] = set()
            for number in range(count):
                with Load(hermod) as load:
                    threading.Event().wait(seconds * random.uniform(0.5, 1.5))
                    disk.cut_power(hermod)
                acknowledged |= load.acknowledged
                hermod.start()
                report(f"power cut {number + 1}: {len(acknowledged)} recipients acknowledged so far")
            settle(hermod)
            verdict = Verdict(acknowledged, Ledger(hermod, sink).arrived())
            hermod.stop()
            return verdict
    finally:
        disk.close()


def kills(count: int, seconds: float, report=lambda line: None) -> Verdict:
    """Alternately of all processes at once and of one of a random role."""
    folder = Path(tempfile.mkdtemp(prefix="hermod-kill-"))
    try:
        with Sink() as sink:
            hermod = server_on(folder, sink).start()
            with Load(hermod) as load:
                for number in range(count):
                    threading.Event().wait(seconds * random.uniform(0.5, 1.5))
                    role = random.choice(ROLES)
                    if role == "all":
                        hermod.kill_all()
                        hermod.start()
                    else:
                        for pid in hermod.pids(role)[:1]:
                            os.kill(pid, signal.SIGKILL)
                    report(f"kill {number + 1} ({role}): {len(load.acknowledged)} recipients acknowledged so far")
            settle(hermod)
            verdict = Verdict(load.acknowledged, Ledger(hermod, sink).arrived())
            hermod.stop()
            return verdict
    finally:
        shutil.rmtree(folder, ignore_errors=True)


__all__ = ["can_cut_power", "kills", "power_cuts"]
