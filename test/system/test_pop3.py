"""Reading mail by POP3, from outside: what hostile clients try, and what real ones do.

RFC 1939, RFC 2449 (CAPA, PIPELINING), RFC 2595 §4 (STLS), RFC 5034 (AUTH), RFC 8314 (TLS from the first octet).
"""
import base64
import fcntl
import os
import poplib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from certificates import Issuer
from hermod import Hermod, careless, free_port, wait_until

PASSWORD = "pa5s of-ann"
USERS = ("ann@l.test", "bob@l.test")


class Pop:
    """Speaks POP3 octet by octet."""

    def __init__(self, port: int, implicit: bool = False):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
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


def make_server(issuer, pop3: str = "", folder=None) -> Hermod:
    certificate, key = issuer.issue("mx.l.test", "localhost", file="pop3")
    ports = {"pop3": free_port(), "pop3s": free_port()}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    hermod = Hermod(mailboxes=("u@l.test",), listeners=listeners, folder=folder,
                    extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[pop3]\n{pop3}\n[login]\n'
                          'failures_per_client = 10000\nfailures_per_network = 10000\nfailures_per_account = 10000\ndelay = "0s"\n'
                          "[limits]\nconnections_per_client = 1000\n")
    hermod.ports = ports
    return hermod


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    return Issuer(folder)


@pytest.fixture(scope="module")
def server(issuer):
    with make_server(issuer) as hermod:
        for user in USERS:
            hermod.run("account", "add", user, input=PASSWORD + "\n")
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
                        "AUTH PLAIN " + base64.b64encode(b"\0ann@l.test\0" + PASSWORD.encode()).decode()):
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
        encode = lambda text: base64.b64encode(text.encode()).decode()
        if mechanism == "PLAIN":
            return pop.say("AUTH PLAIN " + encode(f"\0{user}\0{password}"))
        assert pop.say("AUTH LOGIN").startswith("+ ")
        assert pop.say(encode(user)).startswith("+ ")
        return pop.say(encode(password))
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


# ---- the mailbox

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


# ---- clients that people have

def run(words, **options) -> bool:
    return subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **options).returncode == 0


def by_curl(port, implicit, password, issuer, folder):
    done = subprocess.run(["curl", "--silent", "--url", f"pop3{'s' if implicit else ''}://localhost:{port}/1", "--ssl-reqd",
                           "--cacert", str(issuer.certificate), "--user", f"ann@l.test:{password}"],
                          capture_output=True, timeout=60, check=False)
    return done.returncode == 0 and b"hello" in done.stdout


def by_poplib(port, implicit, password, issuer, folder):
    import ssl
    context = ssl.create_default_context(cafile=str(issuer.certificate))
    pop = poplib.POP3_SSL("localhost", port, context=context) if implicit else poplib.POP3("localhost", port)
    try:
        if not implicit:
            pop.stls(context)
        pop.user("ann@l.test")
        pop.pass_(password)
        return b"hello" in pop.retr(1)[1] and len(pop.uidl()[1]) == 1
    except poplib.error_proto:
        return False
    finally:
        pop.close()


def by_fetchmail(port, implicit, password, issuer, folder):
    (folder / "rc").write_text(f'poll localhost service {port} proto pop3 uidl user "ann@l.test" password "{password}" '
                               f'{"ssl" if implicit else "sslproto tls1.2+"} sslcertck sslcertfile "{issuer.certificate}" '
                               f'keep fetchall mda "cat >> {folder}/got"\n')
    (folder / "rc").chmod(0o600)
    run(["fetchmail", "-f", str(folder / "rc"), "--pidfile", str(folder / "pid"), "--idfile", str(folder / "ids"), "-s"])
    return (folder / "got").exists() and b"hello" in (folder / "got").read_bytes()


def by_mpop(port, implicit, password, issuer, folder):
    (folder / "mpoprc").write_text(f"account default\nhost localhost\nport {port}\nuser ann@l.test\npassword {password}\ntls on\n"
                                   f"tls_starttls {'off' if implicit else 'on'}\ntls_trust_file {issuer.certificate}\n"
                                   f"keep on\nuidls_file {folder}/uidls\ndelivery mbox {folder}/got\n")
    (folder / "mpoprc").chmod(0o600)
    run(["mpop", "--quiet", f"--file={folder}/mpoprc"])
    return (folder / "got").exists() and b"hello" in (folder / "got").read_bytes()


def by_getmail(port, implicit, password, issuer, folder):
    (folder / "getmailrc").write_text(f"[retriever]\ntype = SimplePOP3{'SSL' if implicit else ''}Retriever\nserver = localhost\n"
                                      f"port = {port}\nusername = ann@l.test\npassword = {password}\n"
                                      f"ca_certs = {issuer.certificate}\n"
                                      f"[destination]\ntype = Mboxrd\npath = {folder}/got\n[options]\ndelete = false\n")
    (folder / "got").touch()
    somebody = {}
    if os.geteuid() == 0:  # it delivers nothing as root
        somebody = {"user": 65534, "group": 65534, "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65534, 65534)
        for path in folder.parents:
            if path != Path("/") and path != Path("/tmp"):
                path.chmod(path.stat().st_mode | 0o011)
    run(["getmail", f"--getmaildir={folder}", "--rcfile=getmailrc"], **somebody)
    return b"hello" in (folder / "got").read_bytes()


def by_mutt(port, implicit, password, issuer, folder):
    got = folder / "got"
    got.touch()
    # Its own choice of mechanism is SCRAM-SHA-256-PLUS, for which it has no channel of TLS 1.3.
    (folder / "muttrc").write_text(f'''set pop_host="pop{"s" if implicit else ""}://ann%40l.test@localhost:{port}"
set pop_pass="{password}"
set pop_authenticators="user"
set pop_delete=no
set pop_last=no
set ssl_starttls=yes
set ssl_force_tls=yes
set ssl_ca_certificates_file="{issuer.certificate}"
set certificate_file="{issuer.certificate}"
set ssl_verify_host=yes
set spoolfile="{got}"
set folder="{folder}"
set mbox_type=mbox
set move=no
set quit=yes
push "<fetch-mail><exit>"
''')
    on_a_terminal(["mutt", "-n", "-F", str(folder / "muttrc"), "-f", str(got)],
                  {"HOME": str(folder), "PATH": "/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8"})
    return b"hello" in got.read_bytes()


def on_a_terminal(words: list[str], environment: dict[str, str]):
    """Runs a program that wants a screen to draw on, to its end."""
    process, terminal = pty.fork()
    if process == 0:
        try:
            os.execvpe(words[0], words, environment)
        finally:
            os._exit(127)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        while select.select([terminal], [], [], 60)[0]:
            if not os.read(terminal, 65536):
                break
    except OSError:  # nobody has the other end any more
        pass
    finally:
        os.close(terminal)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


CLIENTS = {"curl": by_curl, "poplib": by_poplib, "fetchmail": by_fetchmail, "mpop": by_mpop, "getmail": by_getmail,
           "mutt": by_mutt}
TABLE: dict[tuple[str, str, str], str] = {}


@pytest.mark.parametrize("credentials", ["good", "bad"])
@pytest.mark.parametrize("way", ["STLS", "TLS"])
@pytest.mark.parametrize("client", CLIENTS)
def test_clients(server, box, issuer, tmp_path, client, way, credentials):
    if client != "poplib" and not shutil.which(client):
        pytest.skip(f"{client} is not here")
    if client == "getmail" and way == "STLS":
        pytest.skip("getmail knows no STLS")
    box.put("new/1700000001.a.h", b"From: x@s.test\nTo: ann@l.test\nSubject: a client\n\nhello\n")
    implicit = way == "TLS"
    got = CLIENTS[client](server.ports["pop3s" if implicit else "pop3"], implicit,
                          PASSWORD if credentials == "good" else "wrong", issuer, tmp_path)
    TABLE[client, way, credentials] = "reads" if got else "refused"
    assert got == (credentials == "good"), server.log_text()[-3000:]


def test_the_table_of_clients():
    """Shown by pytest -s."""
    for client in CLIENTS:
        print(f"{client:10}", *(f"{way} {kind}: {TABLE.get((client, way, kind), '-'):8}" for way in ("STLS", "TLS")
                                for kind in ("good", "bad")))
    assert not [key for key, result in TABLE.items() if (result == "reads") != (key[2] == "good")]
