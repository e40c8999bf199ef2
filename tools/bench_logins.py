"""Whether the time of a refusal tells who has an account: the same wrong password for a name that exists and one that does not,
turn and turn about."""
import base64
import math
import os
import shutil
import smtplib
import socket
import ssl
import statistics
import tempfile
import time
from pathlib import Path

from certificates import self_signed
from hermod import Hermod, free_port

KNOWN, UNKNOWN = "ann@l.test", "eve@l.test"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Smtp:
    def __init__(self, port: int, context: ssl.SSLContext):
        self.client = smtplib.SMTP_SSL("127.0.0.1", port, context=context)
        self.client.ehlo("client.test")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def ask(self, line: str) -> str:
        code, text = self.client.docmd(line)
        return f"{code} {text.decode()}"


class Pop3:
    def __init__(self, port: int, context: ssl.SSLContext):
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        self.lines = self.socket.makefile("rb")
        self.lines.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()

    def ask(self, line: str) -> str:
        self.socket.sendall(line.encode() + b"\r\n")
        return self.lines.readline().decode()


def plain(session, user: str):
    return session.ask("AUTH PLAIN " + encoded(f"\0{user}\0wrong"))


def login(session, user: str):
    session.ask("AUTH LOGIN")
    session.ask(encoded(user))
    return session.ask(encoded("wrong"))


def scram(session, user: str):
    """Both turns; the proof has the right form and is wrong."""
    first = session.ask("AUTH SCRAM-SHA-256 " + encoded(f"n,,n={user},r=rOprNGfwEbeRWgbNEkqO"))
    challenge = base64.b64decode(first.split()[1]).decode()
    nonce = challenge.split(",")[0]
    return session.ask(encoded(f"c=biws,{nonce},p={encoded('x' * 32)}"))


def password(session, user: str):
    session.ask(f"USER {user}")
    return session.ask("PASS wrong")


WAYS = {"SMTP PLAIN": (Smtp, plain, "535"), "SMTP LOGIN": (Smtp, login, "535"), "SMTP SCRAM-SHA-256": (Smtp, scram, "535"),
        "POP3 PASS": (Pop3, password, "-ERR [AUTH]")}


def kolmogorov_smirnov(one: list[float], other: list[float]) -> float:
    """The probability that samples of one distribution differ at least so much (two samples, asymptotic)."""
    values = sorted(set(one + other))
    distance = max(abs(sum(v <= x for v in one) / len(one) - sum(v <= x for v in other) / len(other)) for x in values)
    scale = distance * math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    return min(1.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * scale) ** 2) for k in range(1, 101))) if scale > 0.2 else 1.0


def seconds_of(way, port: int, user: str, context: ssl.SSLContext) -> float:
    session_type, attempt, refusal = way
    with session_type(port, context) as session:
        start = time.perf_counter()
        answer = attempt(session, user)
        elapsed = time.perf_counter() - start
    assert answer.startswith(refusal), answer
    return elapsed


def bench_logins(options):
    folder = Path(tempfile.mkdtemp(prefix="hermod-logins-"))
    folder.chmod(0o755)
    certificate, key = self_signed(folder, "mx.l.test")
    ports = {Smtp: free_port(), Pop3: free_port()}
    listeners = "".join(f'[[listen]]\nprotocol = "{protocol}"\naddress = "127.0.0.1:{port}"\n'
                        for protocol, port in zip(("submissions", "pop3s"), ports.values()))
    settings = (f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[login]\ndelay = "0s"\nlongest_delay = "0s"\n'
                "failures_per_client = 1000000\nfailures_per_network = 1000000\nfailures_per_account = 1000000\n")
    context = ssl._create_unverified_context()
    turns = options.messages
    print(f"milliseconds until a refusal, medians of {turns}; load {os.getloadavg()[0]:.1f}")
    print(f"{'':20}{'known':>9}{'unknown':>9}{'differ':>9}{'KS p':>9}")
    with Hermod(listeners=listeners, extra=settings) as hermod:
        hermod.run("account", "add", KNOWN, input="secret\n")
        for name, way in WAYS.items():
            times = {KNOWN: [], UNKNOWN: []}
            for turn in range(turns):
                for user in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
                    times[user].append(seconds_of(way, ports[way[0]], user, context))
            known, unknown = (statistics.median(times[user]) * 1000 for user in (KNOWN, UNKNOWN))
            print(f"{name:20}{known:9.2f}{unknown:9.2f}{abs(known - unknown) / known:8.1%}"
                  f"{kolmogorov_smirnov(times[KNOWN], times[UNKNOWN]):9.3f}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
