"""Reading mail by POP3, from outside: what hostile clients try. Real ones: test_mail_clients.py.

RFC 1939, RFC 2449 (CAPA, PIPELINING), RFC 2595 §4 (STLS), RFC 5034 (AUTH), RFC 8314 (TLS from the first octet).
"""
import base64
import hashlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from hermod import Client, Hermod, careless, free_port, wait_until

PASSWORD = "pa5s of-ann"
USERS = ("ann@l.test", "bob@l.test")


class Pop:
    """Speaks POP3 octet by octet."""

    def __init__(self, port: int, implicit: bool = False, source: str = "127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))
        self.buffer = b""
        if implicit:
            self.encrypt()
        self.greeting = self.line()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def encrypt(self):
        self.socket = careless().wrap_socket(self.socket, server_hostname="mx.l.test")

    def line(self) -> bytes | None:
        while b"\r\n" not in self.buffer:
            try:
                octets = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not octets:
                return None
            self.buffer += octets
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def send(self, octets: bytes):
        self.socket.sendall(octets)

    def say(self, command: str) -> str:
        self.send(command.encode() + b"\r\n")
        line = self.line()
        return "" if line is None else line.decode()

    def lines(self) -> list[bytes]:
        """Of a multi-line response, behind its first; dots as they came."""
        found = []
        while (line := self.line()) != b".":
            assert line is not None
            found.append(line)
        return found

    def ask(self, command: str) -> list[bytes]:
        first = self.say(command)
        assert first.startswith("+OK"), (command, first)
        return self.lines()

    def log_in(self, user: str = "ann@l.test", password: str = PASSWORD) -> str:
        assert self.say(f"USER {user}").startswith("+OK")
        return self.say(f"PASS {password}")


LENIENT = """failures_per_client = 10000
failures_per_network = 10000
failures_per_account = 10000
delay = "0s"
mechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN", "APOP"]
"""


def make_server(issuer, pop3: str = "", folder=None, login: str = LENIENT, listen: str = "") -> Hermod:
    certificate, key = issuer.issue("mx.l.test", "localhost", file="pop3")
    ports = {"pop3": free_port(), "pop3s": free_port()}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    hermod = Hermod(mailboxes=("u@l.test",), listeners=listeners + listen, folder=folder,
                    extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[pop3]\n{pop3}\n[login]\n{login}\n'
                          "[limits]\nconnections_per_client = 1000\n")
    hermod.ports = ports
    return hermod


@pytest.fixture(scope="module")
def server(issuer):
    with make_server(issuer) as hermod:
        for user in USERS:
            hermod.run("account", "add", user, *(["--store-plain"] if user == "bob@l.test" else []), input=PASSWORD + "\n")
        yield hermod
        written = (hermod.folder / "log").read_text() + "".join(
            f.read_text() for f in (hermod.folder / "data" / "log").iterdir() if f.is_file())
        assert PASSWORD not in written and "never-sent" not in written


class Box:
    """A Maildir of the server's, as somebody else might fill it."""

    def __init__(self, server, user: str = "ann@l.test"):
        self.path = server.maildir(user)
        self.owner = (server.folder / "mail").stat().st_uid
        wait_until(self.is_free, what="no session left in the mailbox")
        shutil.rmtree(self.path, ignore_errors=True)  # sizes are remembered by name, and tests give names twice
        for made in (self.path.parent, self.path, *(self.path / part for part in ("new", "cur", "tmp"))):
            made.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.chown(made, self.owner, self.owner)

    def is_free(self) -> bool:
        lock = self.path / "hermod-pop3.lock"
        return not lock.exists() or subprocess.run(["flock", "--nonblock", str(lock), "true"], check=False).returncode == 0

    def put(self, name: str, content: bytes = b"Subject: x\n\nhello\n"):
        path = self.path / name
        path.write_bytes(content)
        path.chmod(0o600)
        os.chown(path, self.owner, self.owner)

    def files(self) -> list[str]:
        return sorted(f"{part}/{f.name}" for part in ("new", "cur") for f in (self.path / part).iterdir())


@pytest.fixture
def box(server):
    return Box(server)


def open_session(server, user: str = "ann@l.test") -> Pop:
    pop = Pop(server.ports["pop3s"], implicit=True)
    answer = pop.log_in(user)
    assert answer.startswith("+OK"), (answer, server.log_text()[-2000:])
    return pop


# ---- the way in

# RFC 8314 §3
def test_no_password_is_taken_in_the_clear(server, box):
    with Pop(server.ports["pop3"]) as pop:
        assert pop.greeting.startswith(b"+OK")
        capabilities = pop.ask("CAPA")
        assert b"STLS" in capabilities and b"USER" not in capabilities
        assert not any(line.startswith(b"SASL") for line in capabilities)
        for command in ("USER ann@l.test", "PASS never-sent", "AUTH PLAIN never-sent-either",
                        "AUTH PLAIN " + plain("ann@l.test")):
            assert pop.say(command).startswith("-ERR"), command
        assert pop.say("STAT").startswith("-ERR")
        assert pop.say("STLS").startswith("+OK")
        pop.encrypt()
        capabilities = pop.ask("CAPA")
        assert b"STLS" not in capabilities and b"USER" in capabilities
        assert pop.log_in().startswith("+OK 0 messages")


# RFC 2595 §4
def test_what_came_before_tls_is_forgotten(server, box):
    with Pop(server.ports["pop3"]) as pop:
        pop.send(b"STLS\r\nUSER ann@l.test\r\nCAPA\r\n")
        assert pop.line().startswith(b"+OK")
        pop.encrypt()
        assert pop.say("NOOP").startswith("-ERR log in first")
        assert pop.say("PASS " + PASSWORD).startswith("-ERR USER first")


@pytest.mark.parametrize("mechanism", ["USER", "PLAIN", "LOGIN"])
def test_right_and_wrong_passwords(server, box, mechanism):
    def log_in(pop, user, password):
        if mechanism == "USER":
            return pop.log_in(user, password)
        if mechanism == "PLAIN":
            return pop.say("AUTH PLAIN " + plain(user, password))
        assert pop.say("AUTH LOGIN").startswith("+ ")
        assert pop.say(encoded(user)).startswith("+ ")
        return pop.say(encoded(password))
    for user, password in (("ann@l.test", "wrong"), ("nobody@l.test", PASSWORD), ("u@l.test", PASSWORD), ("ann@l.test", "")):
        with Pop(server.ports["pop3s"], implicit=True) as pop:
            assert log_in(pop, user, password).startswith("-ERR [AUTH]"), user
    with Pop(server.ports["pop3s"], implicit=True) as pop:
        assert log_in(pop, "ann@l.test", PASSWORD).startswith("+OK")
        assert pop.say("QUIT").startswith("+OK")


def test_an_exchange_can_be_given_up(server, box):
    with Pop(server.ports["pop3s"], implicit=True) as pop:
        assert pop.say("AUTH PLAIN").startswith("+ ")
        assert pop.say("*").startswith("-ERR")
        assert pop.say("AUTH NONSENSE").startswith("-ERR")
        assert pop.log_in().startswith("+OK")


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def plain(user: str, password: str = PASSWORD, authorization: str = "") -> str:
    return encoded(f"{authorization}\0{user}\0{password}")


# RFC 5034 §4
@pytest.mark.parametrize("response", [
    encoded("ann@l.test"),                                       # no NUL at all
    encoded("\0ann@l.test"),
    encoded("\0\0" + PASSWORD),                                  # nobody
    encoded("\0ann@l.test\0" + PASSWORD + "\0x"),               # one NUL too many
    encoded("\0ann@l.test\0"),
    plain("ann@l.test", authorization="bob@l.test"),             # as somebody else
    plain("ann@l.test", "x" * 8000),
    plain("a\u00f6n\ufffe@l.test", "x"),                         # what SASLprep forbids
    encoded(b"\0a\xff\xfen@l.test\0x"),
    plain("' OR 1=1--", "x"), plain("*)(uid=*", "x"), plain("ann@l.test\n"), plain("x" * 3000, "x"),
    "====", "AA=", "AAA", "A A", "!", plain("ann@l.test") + "=",
])
def test_what_is_no_login_is_refused(server, box, response):
    with Pop(server.ports["pop3s"], implicit=True) as pop:
        assert pop.say("AUTH PLAIN " + response).startswith("-ERR")
        assert pop.say("AUTH PLAIN").startswith("+ ")
        assert pop.say(response).startswith("-ERR")
        assert pop.say("AUTH PLAIN " + plain("ann@l.test")).startswith("+OK"), "and the conversation is in step"
        for command in ("AUTH PLAIN " + plain("bob@l.test"), "AUTH PLAIN", "USER bob@l.test", "PASS " + PASSWORD, "STLS"):
            assert pop.say(command).startswith("-ERR"), "nobody logs in twice"
        assert pop.say("STAT").startswith("+OK 0 ")


# RFC 5034 §4: what a mechanism needs, and nobody sends megabytes.
def test_responses_have_an_end(server):
    with Pop(server.ports["pop3s"], implicit=True) as pop:
        assert pop.say("AUTH PLAIN").startswith("+ ")
        assert pop.say("A" * 12_292).startswith("-ERR that response is too long")
        assert pop.say("NOOP").startswith("-ERR log in first")
        assert pop.say("AUTH PLAIN").startswith("+ ")
        try:
            for _ in range(160):
                pop.send(b"A" * 65_536)
            assert (pop.line() or b"-ERR").startswith(b"-ERR")
            assert pop.line() is None
        except OSError:
            pass  # closed with octets on their way


def scram_first(user: str, nonce: str = "c", header: str = "n,,") -> str:
    return encoded(f"{header}n={user},r={nonce}")


def ask_scram(server, first: str, mechanism: str = "SCRAM-SHA-256") -> str:
    """What is said to it: the server's first message, or a refusal."""
    with Pop(server.ports["pop3s"], implicit=True) as pop:
        said = pop.say(f"AUTH {mechanism} {first}")
        return base64.b64decode(said[2:]).decode() if said.startswith("+ ") else said


# RFC 5802 §5.1, §6, §7
def test_scram_tells_and_believes_nothing(server):
    def salt_and_cost(user):
        return re.fullmatch(r"r=[^,]+,(s=[^,]+),(i=\d+)", ask_scram(server, scram_first(user))).groups()
    nobody, real = salt_and_cost("nobody@l.test"), salt_and_cost("ann@l.test")
    assert nobody[1] == real[1] and nobody[0] != real[0]
    server.stop()
    server.start()
    assert salt_and_cost("nobody@l.test") == nobody
    for header in ("y,,", "p=tls-exporter,,", "n,a=bob@l.test,"):
        assert ask_scram(server, scram_first("ann@l.test", header=header)).startswith("-ERR [AUTH]"), header
    for header in ("n,,", "y,,", "p=tls-unique,,"):
        assert ask_scram(server, scram_first("ann@l.test", header=header), "SCRAM-SHA-256-PLUS").startswith("-ERR [AUTH]"), header
    for first in (scram_first("x" * 8000), scram_first("ann@l.test", nonce="c" * 8000), scram_first("a=b")):
        assert ask_scram(server, first).startswith("-ERR")
    with Pop(server.ports["pop3s"], implicit=True) as pop:  # the nonce is changed, then the proof is of another exchange
        nonce = base64.b64decode(pop.say("AUTH SCRAM-SHA-256 " + scram_first("ann@l.test"))[2:]).decode().split(",")[0]
        assert nonce.startswith("r=c") and len(nonce) > 20
        assert pop.say(encoded(f"c=biws,{nonce}x,p=" + "A" * 43 + "=")).startswith("-ERR [AUTH]")
        assert pop.say("AUTH SCRAM-SHA-256 " + scram_first("ann@l.test")).startswith("+ ")
        assert pop.say(encoded(f"c=biws,{nonce},p=" + "A" * 43 + "=")).startswith("-ERR [AUTH]")


# RFC 1939 §7
def test_apop_where_it_may_be(server):
    def digest(pop: Pop, password: str = PASSWORD) -> str:
        challenge = re.search(rb"<[^<>@ ]+@[^<>@ ]+>$", pop.greeting).group()
        return hashlib.md5(challenge + password.encode()).hexdigest()
    Box(server, "bob@l.test")
    greetings = set()
    for user, password, answer in (("bob@l.test", PASSWORD, "+OK"), ("bob@l.test", "guess", "-ERR [AUTH]"),
                                   ("ann@l.test", PASSWORD, "-ERR [AUTH]"), ("nobody@l.test", PASSWORD, "-ERR [AUTH]")):
        with Pop(server.ports["pop3s"], implicit=True) as pop:
            greetings.add(pop.greeting)
            assert pop.say(f"APOP {user} {digest(pop, password)}").startswith(answer), user
            assert pop.say(f"APOP bob@l.test {digest(pop)}").startswith("-ERR"), "each challenge is good once"
    assert len(greetings) == 4
    with Pop(server.ports["pop3"]) as pop:
        assert b"<" not in pop.greeting
        assert pop.say("APOP bob@l.test " + "0" * 32).startswith("-ERR APOP is not offered")
        assert pop.say("STLS").startswith("+OK")
        pop.encrypt()
        assert pop.say("APOP bob@l.test " + "0" * 32).startswith("-ERR APOP is not offered")


def test_guessing_ends_in_a_ban(issuer):
    """One client is banned, others are not; it is banned from sending as well."""
    submission = free_port()
    listen = f'[[listen]]\nprotocol = "submissions"\naddress = "127.0.0.1:{submission}"\n'
    with make_server(issuer, login='delay = "0s"', listen=listen) as server:
        server.run("account", "add", "ann@l.test", input=PASSWORD + "\n")
        Box(server)
        for _ in range(10):
            with Pop(server.ports["pop3s"], implicit=True, source="127.0.0.2") as pop:
                assert pop.log_in(password="guess").startswith("-ERR [AUTH]")
        with Pop(server.ports["pop3s"], implicit=True, source="127.0.0.2") as pop:
            assert pop.log_in().startswith("-ERR [SYS/TEMP]")
            assert pop.line() is None
        with Client(submission, source="127.0.0.2", greet=False) as client:
            client.encrypt()
            client.reply()
            client.hello()
            assert client.say("AUTH PLAIN " + plain("ann@l.test"))[0] == 421
        assert can_log_in(server)
        banned = [e for e in server.events() if e["event"] == "warning" and "banned" in e["reason"]]
        assert [e["client"] for e in banned] == ["127.0.0.2"]


def test_many_at_once_are_checked_some_at_a_time(server, box):
    """Everybody is answered, yes or later or that another is in, and mail comes in meanwhile."""
    answers = []

    def log_in():
        with Pop(server.ports["pop3s"], implicit=True) as pop:
            answers.append(pop.log_in())
    threads = [threading.Thread(target=log_in) for _ in range(40)]
    for thread in threads:
        thread.start()
    with server.client() as client:
        client.deliver(b"Subject: meanwhile\r\n\r\nx", "a@s.test", "u@l.test")
    for thread in threads:
        thread.join()
    server.wait_idle()
    assert len(answers) == 40 and any(answer.startswith("+OK") for answer in answers)
    assert all(answer.startswith(("+OK", "-ERR [IN-USE]", "-ERR [SYS/TEMP]")) for answer in answers), set(answers)


def test_passwords_that_are_no_more(server):
    """Changed, disabled, or for something else."""
    server.run("account", "add", "carol@l.test", input="one-of-carol\n")
    phone = server.run("account", "app-password", "add", "carol@l.test", "phone", "--for", "pop3").stdout.strip()
    sender = server.run("account", "app-password", "add", "carol@l.test", "sender", "--for", "smtp").stdout.strip()
    box = Box(server, "carol@l.test")

    def log_in(password) -> bool:
        wait_until(box.is_free, what="no session left")
        with Pop(server.ports["pop3s"], implicit=True) as pop:
            said = pop.log_in("carol@l.test", password)
            assert said.startswith(("+OK", "-ERR [AUTH]")), said
            return said.startswith("+OK") and pop.say("QUIT").startswith("+OK")
    assert log_in("one-of-carol") and log_in(phone) and not log_in(sender)
    server.run("account", "password", "carol@l.test", input="two-of-carol\n")
    assert log_in("two-of-carol") and not log_in("one-of-carol")
    server.run("account", "app-password", "remove", "carol@l.test", "phone")
    assert not log_in(phone)
    server.run("account", "disable", "carol@l.test")
    assert not log_in("two-of-carol")


RULES = """[[client]]
network = "127.0.2.0/24"
action = "deny"
text = "You are not wanted"
[[client]]
network = "127.0.3.0/24"
action = "defer"
[[client]]
network = "127.0.4.1"
connections = 1
[[client]]
network = "127.0.2.7"
[process]
workers = 1
"""


def test_rules_for_clients_count_here_too(issuer):
    """RFC 3206 for the reason: for good, or for now. Where TLS comes first nobody would understand it."""
    with make_server(issuer, listen=RULES) as server:
        for source, said in (("127.0.2.1", b"-ERR [SYS/PERM] You are not wanted"), ("127.0.3.1", b"-ERR [SYS/TEMP] ")):
            with Pop(server.ports["pop3"], source=source) as pop:
                assert pop.greeting.startswith(said), pop.greeting
                assert pop.line() is None
            with pytest.raises((OSError, ssl.SSLError)):
                Pop(server.ports["pop3s"], implicit=True, source=source)
        with Pop(server.ports["pop3"], source="127.0.2.7") as pop:
            assert pop.greeting.startswith(b"+OK")
        with Pop(server.ports["pop3"], source="127.0.4.1") as first:
            assert first.greeting.startswith(b"+OK")
            with Pop(server.ports["pop3"], source="127.0.4.1") as second:
                assert second.greeting.startswith(b"-ERR")
            assert first.say("QUIT").startswith("+OK")
        refused = wait_until(lambda: [e for e in server.events() if e["event"] == "connection_refused"][:4])
        assert {e["client"] for e in refused} >= {"127.0.2.1", "127.0.3.1"} and "127.0.2.0/24" in refused[0]["reason"]


# ---- the mailbox

# RFC 1939 §7 (UIDL). A delivery whose outcome was lost is made again, and is the same message.
def test_a_message_delivered_twice_has_one_unique_id(server, box):
    if not server.pids("deliver"):
        pytest.skip("no processes to stop")
    stopped = {role: server.pids(role) for role in ("deliver", "qmgr")}
    for pid in stopped["deliver"]:
        os.kill(pid, signal.SIGSTOP)
    with server.client() as client:
        client.deliver(b"Subject: twice\r\n\r\nx", "a@s.test", "ann@l.test")
    for pid in stopped["qmgr"]:
        os.kill(pid, signal.SIGSTOP)  # it never hears that it has been delivered
    for pid in stopped["deliver"]:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: len(box.files()) == 1, what="it is delivered")
    with open_session(server) as pop:
        before = pop.ask("UIDL")
        assert len(before) == 1 and pop.say("QUIT").startswith("+OK")
    name = box.files()
    for pid in stopped["qmgr"]:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: server.pids("qmgr") and not set(server.pids("qmgr")) & set(stopped["qmgr"]), what="another qmgr")
    server.wait_idle()
    delivered = [e for e in server.events() if e["event"] == "delivered" and e.get("to", e.get("recipient")) == "ann@l.test"]
    assert delivered, "it was delivered again"
    assert box.files() == name
    with open_session(server) as pop:
        assert pop.ask("UIDL") == before


# RFC 1939 §6: whatever ends a session, it is not the client's wish to delete.
@pytest.mark.parametrize("end", ["disconnect", "pop3d", "reader", "worker"])
def test_nothing_is_deleted_without_quit(server, box, end):
    box.put("new/1700000001.a.h")
    with open_session(server) as pop:
        assert pop.say("DELE 1").startswith("+OK")
        if end == "worker":
            workers = [pid for pid in server.pids("reader") if pid not in masters(server)]
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            assert pop.say("STAT").startswith("-ERR")
        elif end != "disconnect":
            for pid in server.pids(end):
                os.kill(pid, signal.SIGKILL)
            assert not quits(pop)
    assert box.files() == ["new/1700000001.a.h"]
    wait_until(box.is_free, what="the lock is free")
    wait_until(lambda: can_log_in(server), what="a login")


# RFC 1939 §6: a worker that dies over it has deleted some of what it was asked to, and nothing else.
def test_a_death_while_deleting(server, box):
    kept = [f"new/{1600000000 + number}.kept.h" for number in range(50)]
    for name in kept:
        box.put(name)
    for number in range(2000):
        box.put(f"new/{1700000000 + number}.m.h")
    with open_session(server) as pop:
        pop.send(b"".join(b"DELE %d\r\n" % number for number in range(51, 2051)))
        for _ in range(2000):
            assert pop.line().startswith(b"+OK")
        workers = [pid for pid in server.pids("reader") if pid not in masters(server)]
        pop.send(b"QUIT\r\n")
        wait_until(lambda: len(box.files()) < 2050, what="something is deleted")
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # it was faster
                pass
        farewell = pop.line() or b""
    left = set(box.files())
    assert left.issuperset(kept)
    assert len(left) == 50 or farewell.startswith(b"-ERR [SYS/TEMP]")
    wait_until(box.is_free, what="the lock is free")
    with open_session(server) as pop:
        assert len(pop.ask("UIDL")) == len(left)


def quits(pop: Pop) -> bool:
    try:
        return pop.say("QUIT").startswith("+OK")
    except OSError:
        return False


def masters(server) -> list[int]:
    """The processes that master itself has started."""
    def parent(pid):
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return [pid for pid in server.pids() if parent(pid) == server.process.pid]


def can_log_in(server) -> bool:
    try:
        with Pop(server.ports["pop3s"], implicit=True) as pop:
            return pop.log_in().startswith("+OK") and pop.say("QUIT").startswith("+OK")
    except (OSError, AssertionError):
        return False


# RFC 1939 §4, §6
def test_mail_that_arrives_meanwhile_is_left_alone(server, box):
    for number in (1, 2, 3):
        box.put(f"new/170000000{number}.m{number}.h")
    with open_session(server) as pop:
        assert pop.say("DELE 2").startswith("+OK")
        box.put("new/1600000000.older.h")
        box.put("new/1800000000.newer.h")
        assert pop.ask("UIDL") == [b"1 1700000001.m1.h", b"3 1700000003.m3.h"]
        assert pop.say("STAT").startswith("+OK 2 ")
        assert pop.say("QUIT").startswith("+OK")
    assert box.files() == ["new/1600000000.older.h", "new/1700000001.m1.h", "new/1700000003.m3.h", "new/1800000000.newer.h"]


# RFC 2449 §8.1.2
def test_one_session_at_a_time(server, box):
    with open_session(server), Pop(server.ports["pop3s"], implicit=True) as second:
        assert second.log_in().startswith("-ERR [IN-USE]")
        open_session(server, "bob@l.test").socket.close()
    wait_until(lambda: can_log_in(server), what="the lock is free")


# RFC 1939 §7
def test_unique_ids_stay(issuer, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    folder.chmod(0o755)
    tmp_path.chmod(0o755)
    server = make_server(issuer, folder=folder)
    with server:
        server.run("account", "add", "ann@l.test", input=PASSWORD + "\n")
        box = Box(server)
        box.put("new/1700000001.a.h")
        box.put("cur/1700000002.b.h,S=18,W=21:2,S")
        box.put("new/1700000003." + "x" * 80)
        box.put("new/1700000004.with blank")
        with open_session(server) as pop:
            before = pop.ask("UIDL")
        for line in before:
            assert re.fullmatch(rb"\d+ [\x21-\x7e]{1,70}", line)
        assert len({line.split()[1] for line in before}) == 4
        (box.path / "new/1700000001.a.h").rename(box.path / "cur/1700000001.a.h:2,RS")
        (box.path / "new/1700000004.with blank").rename(box.path / "cur/1700000004.with blank:2,")
        server.kill_all()
    server.start()
    try:
        with open_session(server) as pop:
            assert pop.ask("UIDL") == before
    finally:
        server.stop()


def test_what_somebody_else_removes_is_gone_and_nothing_else(server, box):
    for number in (1, 2):
        box.put(f"new/170000000{number}.m{number}.h", f"Subject: {number}\n\n".encode())
    with open_session(server) as pop:
        (box.path / "new/1700000001.m1.h").unlink()
        (box.path / "new/1700000002.m2.h").rename(box.path / "cur/1700000002.m2.h:2,S")
        assert pop.say("RETR 1").startswith("-ERR")
        assert pop.ask("RETR 2") == [b"Subject: 2", b""]
        assert pop.say("DELE 2").startswith("+OK")
        assert pop.say("QUIT").startswith("+OK")
    assert box.files() == []


# RFC 1939 §5
def test_numbers_that_are_none(server, box):
    box.put("new/1700000001.a.h")
    with open_session(server) as pop:
        for command in ("RETR 0", "RETR -1", "RETR 99999999999999999999", "TOP 1 -1", "LIST x", "RETR 2", "DELE 2", "UIDL 0"):
            assert pop.say(command).startswith("-ERR"), command
        assert pop.say("DELE 1").startswith("+OK")
        assert pop.say("DELE 1").startswith("-ERR")
        assert pop.say("RSET").startswith("+OK")


# RFC 1939 §3
@pytest.mark.parametrize("content", [b".\n..\n.dot\n", b"a: b\n\nno end", b"a: b\r\n\r\ncrlf\r\n", b"nul \0 inside\n", b"",
                                     b"a: b\n\nlone \r inside\n", b"x" * 100_000, (b"." * 70 + b"\n") * 3000],
                         ids=["dots", "no end", "crlf", "nul", "empty", "lone cr", "long line", "long and dotted"])
def test_messages_arrive_as_they_are(server, box, content):
    box.put("new/1700000001.a.h", content)
    want = [b"." + line if line.startswith(b".") else line for line in re.split(rb"\r?\n", content)]
    if want[-1] == b"":
        want.pop()
    with open_session(server) as pop:
        assert pop.ask("RETR 1") == want
        assert pop.say("NOOP").startswith("+OK")
        size = int(pop.say("LIST 1").split()[2])
        assert size == sum(len(line) + 2 for line in want) - sum(line.startswith(b".") for line in want)
        assert pop.ask("TOP 1 0") == (want[:want.index(b"") + 1] if b"" in want else want)


def test_big_messages_and_long_lists(server, box):
    content = b"Subject: big\n\n" + b"".join(b"%07d\n" % n for n in range(500_000))
    box.put("new/1600000000.big.h", content)
    for number in range(3000):
        box.put(f"new/{1700000000 + number}.M1P1.a-name-of-some-length.example", b"")
    with open_session(server) as pop:
        assert len(pop.ask("UIDL")) == 3001
        assert pop.ask("RETR 1") == content.split(b"\n")[:-1]
        pop.send(b"".join(b"DELE %d\r\n" % number for number in range(1, 3002)) + b"QUIT\r\n")
        for _ in range(3002):
            assert pop.line().startswith(b"+OK")
    assert box.files() == []


# Hostile: a mailbox that is full of mail must not fill the memory of the machine.
def test_a_large_mailbox_needs_little_memory(server, box):
    messages = 20_000
    for number in range(messages):
        box.put(f"new/{1700000000 + number}.M1P1.a-name-of-some-length.example", b"")
    with open_session(server) as pop:
        assert len(pop.ask("UIDL")) == messages
        assert pop.say("STAT") == f"+OK {messages} 0"
        (worker,) = [pid for pid in server.pids("reader") if pid not in masters(server)]
        kilobytes = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{worker}/status").read_text()).group(1))
    assert kilobytes < 20_000 + messages * 0.2  # of a million: 200 MB beside the program


# RFC 2449 §6.8
def test_commands_may_come_together(server, box):
    box.put("new/1700000001.a.h")
    with Pop(server.ports["pop3s"], implicit=True) as pop:
        pop.send(f"USER ann@l.test\r\nPASS {PASSWORD}\r\nSTAT\r\nLIST 1\r\nDELE 1\r\nRSET\r\nLAST\r\nQUIT\r\n".encode())
        answers = [pop.line() for _ in range(8)]
        assert all(answer.startswith(b"+OK") for answer in answers), answers
        assert pop.line() is None
    assert box.files() == ["new/1700000001.a.h"]


# RFC 1939 §3
def test_an_idle_client_is_logged_out_and_nothing_deleted(issuer):
    with make_server(issuer, pop3='idle_timeout = "2s"\nlogin_timeout = "20s"') as server:
        server.run("account", "add", "ann@l.test", input=PASSWORD + "\n")
        box = Box(server)
        box.put("new/1700000001.a.h")
        with open_session(server) as pop:
            assert pop.say("DELE 1").startswith("+OK")
            assert pop.line() is None
        assert box.files() == ["new/1700000001.a.h"]
        with Pop(server.ports["pop3"]) as pop:
            for _ in range(50):
                if not pop.say("XYZZY"):
                    break
            else:
                raise AssertionError("fifty bad commands, and still there")
        with Pop(server.ports["pop3"]) as pop:
            assert pop.say("NOOP" + " " * 260).startswith("-ERR that line is too long")
            pop.send(b"x" * 100_000)
            assert (pop.line() or b"-ERR").startswith(b"-ERR")  # the end may overtake the words
            assert pop.line() is None


# Hostile: links, pipes and other people's files in a Maildir.
def test_links_and_pipes_are_passed_over(server, box):
    Path("/tmp/hermod-pop3-secret").write_text("secret")
    os.symlink("/tmp/hermod-pop3-secret", box.path / "new/1700000001.link.h")
    os.mkfifo(box.path / "new/1700000002.pipe.h")
    box.put("new/1700000003.c.h")
    with open_session(server) as pop:
        assert pop.ask("UIDL") == [b"1 1700000003.c.h"]
    os.unlink("/tmp/hermod-pop3-secret")


# Names and companions that other programs leave in a Maildir.
def test_maildirs_of_others(server, box):
    (box.path / ".Sent").mkdir(exist_ok=True)
    for name in ("dovecot-uidlist", "dovecot.index.log", "subscriptions", "dovecot-keywords"):
        (box.path / name).write_text("3 V1 N4\n1 :1700000001.M1P1.host\n")
    box.put("new/1700000000.V801I1c0M123.postfix.example")          # Postfix
    box.put("new/1700000001.1234.qmail.example")                      # qmail
    box.put("cur/1700000002.M5P6.dovecot.example,S=18,W=21:2,FSab")   # Dovecot, with keywords
    with open_session(server) as pop:
        assert pop.ask("LIST") == [b"1 21", b"2 21", b"3 21"]
        assert pop.ask("UIDL") == [b"1 1700000000.V801I1c0M123.postfix.example", b"2 1700000001.1234.qmail.example",
                                   b"3 1700000002.M5P6.dovecot.example,S=18,W=21"]
        assert pop.say("RETR 3").startswith("+OK")
    assert box.files() == ["cur/1700000002.M5P6.dovecot.example,S=18,W=21:2,FSab",
                           "new/1700000000.V801I1c0M123.postfix.example", "new/1700000001.1234.qmail.example"]


def test_mail_from_smtp_is_read(server):
    box = Box(server)
    with server.client() as client:
        client.deliver(b"Subject: from afar\r\n\r\n.dot\r\nhello\r\n", "a@s.test", "ann@l.test")
    wait_until(lambda: box.files(), what="the delivery")
    with open_session(server) as pop:
        lines = pop.ask("RETR 1")
        assert b"Subject: from afar" in lines and lines[-2:] == [b"..dot", b"hello"]


# ---- who may do what

def test_pop3d_and_workers_can_do_nothing_else(server, box):
    with open_session(server):
        workers = [pid for pid in server.pids("reader") if pid not in masters(server)]
        assert len(workers) == 1
        status = Path(f"/proc/{workers[0]}/status").read_text()
        if os.geteuid() == 0:
            assert f"Uid:\t{box.owner}\t{box.owner}\t{box.owner}" in status
        for pid in (*server.pids("pop3d"), *workers):
            status = Path(f"/proc/{pid}/status").read_text()
            assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status and "CapEff:\t0000000000000000" in status


def test_without_pop3_listeners_there_is_no_pop3d():
    with Hermod() as hermod:
        assert hermod.pids("pop3d") == [] and hermod.pids("reader") == []
