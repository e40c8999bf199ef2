"""Where passwords, and what is kept of them, can be found in memory: the passwords nowhere once they have been checked, not
even while the connection lasts; hashes and keys in directory alone."""
import base64
import os
import shutil
import signal
import sqlite3
import ssl
import subprocess

import pytest

from hermod import Client, Hermod, careless, free_port, memory_of, wait_until

USER = "ann@l.test"
SHORT = "Kq7v-x2Wm"  # so short that a string keeps it in itself
LONG = "the-long-passphrase, Zw8#, which no string keeps in itself"
PASSWORDS = {USER: SHORT, "bob@l.test": LONG}
PORTS = {"submission": "smtp", "submissions": "smtp", "pop3": "pop3", "pop3s": "pop3"}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def plain(user: str, password: str) -> str:
    return b64(f"\0{user}\0{password}")


def traces_of(user: str, password: str) -> list[bytes]:
    """The password itself, and what stands for it in base64: alone, and at the end of a response of PLAIN."""
    before = len(f"\0{user}\0")
    tail = plain(user, password)[(before + 2) // 3 * 4:]
    return [octets.encode() for octets in (password, b64(password).rstrip("="), tail.rstrip("="))]


def everybody(server) -> dict[int, str]:
    found = {server.process.pid: "master"}
    for role in ("smtpd", "pop3d", "directory", "qmgr", "reader", "keyd", "admind", "pickup", "relay", "deliver", "runner"):
        found |= {pid: role for pid in server.pids(role)}
    return found


def holders(server, *octets: bytes) -> list[str]:
    """Which processes have any of that in their memory."""
    found = []
    for pid, role in everybody(server).items():
        memory = memory_of(pid)
        found += [f"{role} has {what!r}" for what in octets if what in memory]
    return sorted(found)


@pytest.fixture(scope="module")
def server(issuer):
    certificate, key = issuer.issue("mx.l.test", "localhost", file="secrets")
    ports = {name: free_port() for name in PORTS}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    login = ('mechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"]\ndelay = "0s"\n'
             "failures_per_client = 10000\nfailures_per_network = 10000\nfailures_per_account = 10000\n")
    with Hermod(listeners=listeners, extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[login]\n{login}'
                                           "[limits]\nconnections_per_client = 1000\n") as hermod:
        if not hermod.pids("directory"):
            pytest.skip("no processes to look at")
        if is_sanitized(hermod):
            pytest.skip("sanitizers keep what is freed")
        hermod.ports = ports
        for user, password in PASSWORDS.items():
            hermod.run("account", "add", user, "--scram-sha-1", input=password + "\n")
        yield hermod


def is_sanitized(server) -> bool:
    with open(f"/proc/{server.process.pid}/exe", "rb") as program:
        return b"__asan_init" in program.read()


class Door:
    """A client that has come as far as its login."""

    def __init__(self, server, name: str, context: ssl.SSLContext | None = None):
        self.speaks = PORTS[name]
        self.client = Client(server.ports[name], greet=False)
        if name.endswith("s"):
            self.client.encrypt(context)
        self.hear()
        if self.speaks == "smtp":
            self.client.hello()
        if not name.endswith("s"):
            self.say("STARTTLS" if self.speaks == "smtp" else "STLS")
            self.client.encrypt(context)
            if self.speaks == "smtp":
                self.client.hello()

    def hear(self) -> str:
        return self.client.reply()[1] if self.speaks == "smtp" else self.client.line()

    def say(self, line: str) -> str:
        self.client.send(line.encode() + b"\r\n")
        return self.hear()

    def begin(self, way: str, user: str, password: str) -> str:
        """Up to the line with the password, which is returned."""
        if way == "PASS":
            self.say(f"USER {user}")
            return f"PASS {password}"
        if way == "LOGIN":
            self.say("AUTH LOGIN")
            self.say(b64(user))
            return b64(password)
        if way == "PLAIN, asked":
            self.say("AUTH PLAIN")
            return plain(user, password)
        return "AUTH PLAIN " + plain(user, password)

    def finish(self) -> bool:
        """Whether the login went well."""
        self.client.send(b"\r\n")
        if self.speaks == "smtp":
            code, _ = self.client.reply()
            assert code in (235, 535), code
            return code == 235
        line = self.client.line()
        assert line.startswith(("+OK", "-ERR [IN-USE]", "-ERR [AUTH]")), line
        return not line.startswith("-ERR [AUTH]")  # the session before may still be leaving its mailbox

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.socket.close()


def up_to_tls_1_2() -> ssl.SSLContext:
    context = careless()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


WAYS = [("submission", "PLAIN"), ("submissions", "PLAIN, asked"), ("submissions", "LOGIN"),
        ("pop3", "PASS"), ("pop3s", "PASS"), ("pop3s", "PLAIN"), ("pop3s", "LOGIN")]


@pytest.mark.parametrize("user", PASSWORDS, ids=["short", "long"])
@pytest.mark.parametrize("name,way", WAYS, ids=lambda value: value)
def test_a_password_is_gone_when_it_has_been_checked(server, name, way, user):
    """A right one and a wrong one, which may be the right one elsewhere. While its line is not complete it is found."""
    right = PASSWORDS[user]
    wrong = right[:-1] + "!"
    for password in (right, wrong):
        with Door(server, name, up_to_tls_1_2() if way == "LOGIN" else None) as door:
            line = door.begin(way, user, password)
            door.client.send(line.encode())
            traces = traces_of(user, password)
            network = "smtpd" if door.speaks == "smtp" else "pop3d"
            wait_until(lambda traces=traces, network=network: [f for f in holders(server, *traces) if f.startswith(network)],
                       what="the search finds it")
            assert door.finish() == (password == right)
            assert holders(server, *traces) == [], "while the connection lasts"
        assert holders(server, *traces) == [], "after it"


def test_many_logins_leave_nothing(server):
    """All at once, so that buffers grow and lines wait for each other."""
    doors = [Door(server, name) for name in ("submission", "pop3s") for _ in range(8)]
    ways = ["PLAIN" if door.speaks == "smtp" else "PASS" for door in doors]
    lines = [door.begin(way, USER if i % 2 else "bob@l.test", SHORT if i % 2 else LONG) for i, (door, way) in
             enumerate(zip(doors, ways))]
    for door, line in zip(doors, lines):
        door.client.send(line.encode() + b"\r\n")
    for door in doors:
        door.hear()
    traces = [trace for user, password in PASSWORDS.items() for trace in traces_of(user, password)]
    wait_until(lambda: not holders(server, *traces), what="nothing is left")
    for door in doors:
        door.client.socket.close()


def kept_of(server, user: str) -> dict[str, list[bytes]]:
    """What the database has: the hash, and the keys of SCRAM as they are written and as octets."""
    database = sqlite3.connect(f"file:{server.folder}/data/directory/directory.db?mode=ro", uri=True, timeout=20)
    local, domain = user.split("@")
    row = database.execute("SELECT hash, scram_sha_256, scram_sha_1 FROM account JOIN password ON password.account = account.id "
                           "WHERE local_part = ? AND domain = ?", (local, domain)).fetchone()
    database.close()
    kept = {"hash": [row[0].encode()]}
    for name, text in (("SCRAM-SHA-256", row[1]), ("SCRAM-SHA-1", row[2])):
        stored, server_key = text.rsplit("$", 1)[1].split(":")  # RFC 5803 §3
        kept[name] = [stored.encode(), server_key.encode(), base64.b64decode(stored), base64.b64decode(server_key)]
    return kept


@pytest.mark.parametrize("name", PORTS)
def test_hashes_and_keys_are_in_directory_alone(server, issuer, name):
    kept = kept_of(server, USER)
    assert kept["hash"][0].startswith(b"$argon2id$") and all(len(octets) >= 20 for some in kept.values() for octets in some)
    if shutil.which("gsasl") and name == "submission":
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1"):
            log_in_by_gsasl(server, issuer, mechanism)
    with Door(server, name) as door:
        door.client.send(door.begin("PASS" if door.speaks == "pop3" else "PLAIN", USER, SHORT).encode())
        assert door.finish()
        everything = [octets for some in kept.values() for octets in some]
        found = holders(server, *everything)
        for some in kept.values():
            assert any(f"directory has {octets!r}" in found for octets in some), "the search finds what directory has"
        assert [f for f in found if not f.startswith("directory")] == []


def log_in_by_gsasl(server, issuer, mechanism: str):
    done = subprocess.run(["gsasl", "--smtp", "--client", f"--connect=localhost:{server.ports['submission']}", "--no-cb",
                           f"--mechanism={mechanism}", f"--authentication-id={USER}", f"--authorization-id={USER}",
                           f"--password={SHORT}", f"--x509-ca-file={issuer.certificate}", "--verbose"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=60)
    assert "235 2.7.0" in done.stdout + done.stderr, done.stdout + done.stderr


# ---- crashes

def test_a_crash_in_the_middle_of_a_login_tells_nothing(server):
    """The process dies with the password in it: neither the logs nor events nor a core say it."""
    for role in ("smtpd", "pop3d", "directory"):
        name, way = ("pop3s", "PASS") if role == "pop3d" else ("submissions", "PLAIN")
        with Door(server, name) as door:
            traces = traces_of("bob@l.test", LONG)
            door.client.send(door.begin(way, "bob@l.test", LONG).encode())
            network = "pop3d" if role == "pop3d" else "smtpd"
            wait_until(lambda traces=traces, network=network: [f for f in holders(server, *traces) if f.startswith(network)],
                       what="it is there")
            if role == "directory":
                door.client.send(b"\r\n")
            before = server.pids(role)
            for pid in before:
                limits = open(f"/proc/{pid}/limits").read()
                core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
                assert core.split()[4:6] == ["0", "0"], "no core can be written"
                os.kill(pid, signal.SIGSEGV)
            wait_until(lambda role=role, before=before: server.pids(role) and not set(server.pids(role)) & set(before),
                       what="another has taken its place")
    written = [path for path in server.folder.rglob("*") if path.is_file()]
    assert any(path.name.startswith("log") for path in written)
    for path in written:
        assert not path.name.startswith("core"), path
        octets = path.read_bytes()
        for trace in traces_of("bob@l.test", LONG):
            assert trace not in octets, path
    wait_until(lambda: can_log_in(server), what="a login afterwards")


def can_log_in(server) -> bool:
    with Door(server, "submissions") as door:
        door.client.send(door.begin("PLAIN", USER, SHORT).encode() + b"\r\n")
        return door.client.reply()[0] == 235
