"""Users of this system, whom PAM knows, and accounts of checkpassword programs: they log in to send and to read mail.

A mount namespace of the server's own has the users: its /etc/passwd, /etc/shadow and /etc/pam.d are the test's.
"""
import base64
import os
import poplib
import shutil
import signal
import smtplib
import subprocess
import tempfile
from pathlib import Path

import pytest

from hermod import Client, Hermod, careless, free_port, wait_until
from users import UID, can_have_users

PASSWORD = "pa5s of joe"
OTHERS = {"old": UID + 1, "locked": UID + 2, "system": 300, "empty": UID + 3}  # an account that is over, …
SERVICE = "auth required pam_unix.so nullok\naccount required pam_unix.so\n"
HANG = "auth required pam_exec.so quiet FOLDER/hang\naccount required pam_permit.so\n"
LISTENERS = ("submission", "submissions", "pop3", "pop3s")
PROGRAM = """#!/usr/bin/python3
# By the interface of checkpassword: descriptor 3, then the program that follows.
import os, sys
user, password, timestamp, rest = os.read(3, 512).split(b"\\0")
with open(sys.argv[1] + "/seen", "a") as seen:
    print(os.getuid(), os.getgid(), sorted(os.environ), open("/proc/self/status").read().split("CapEff:")[1].split()[0], timestamp, rest, file=seen)
if password == b"hang":
    os.execv("/bin/sleep", ["sleep", "1000"])
if password == b"later":
    sys.exit(111)
if (user, password) != (b"w@l.test", b"pa5s of w"):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""

pytestmark = pytest.mark.skipif(not can_have_users(), reason="users for one server alone need root and mount namespaces")


def hash_of(password: str) -> str:
    return subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True).stdout.strip()


class Server(Hermod):
    def __init__(self, issuer, login: str, service: str = SERVICE, domains: str = ""):
        folder = Path(tempfile.mkdtemp(prefix="hermod-test-"))
        self.home = folder / "home"
        users = {"joe": UID, **OTHERS}
        passwd, shadow = Path("/etc/passwd").read_text(), f"root:{hash_of(PASSWORD)}:19000:0:99999:7:::\n"
        for name, uid in users.items():
            (self.home / name).mkdir(parents=True)
            os.chown(self.home / name, uid, uid)
            passwd += f"{name}:x:{uid}:{uid}::{self.home / name}:/bin/sh\n"
            secret = {"locked": "!" + hash_of(PASSWORD), "empty": ""}.get(name, hash_of(PASSWORD))
            shadow += f"{name}:{secret}:19000:0:99999:7::{19001 if name == 'old' else ''}:\n"
        (folder / "passwd").write_text(passwd)
        (folder / "shadow").write_text(shadow)
        (folder / "shadow").chmod(0o640)
        shutil.copytree("/etc/pam.d", folder / "pam.d")
        (folder / "pam.d" / "hermod").write_text(service.replace("FOLDER", str(folder)))
        (folder / "hang").write_text("#!/bin/sh\nsleep 1000\n")
        (folder / "hang").chmod(0o755)
        (folder / "check").write_text(PROGRAM)
        (folder / "check").chmod(0o755)
        (folder / "seen").touch()
        (folder / "seen").chmod(0o666)
        covered = " && ".join(f"mount --bind {folder}/{name} /etc/{name}" for name in ("passwd", "shadow", "pam.d"))
        certificate, key = issuer.issue("mx.l.test", "localhost", file="server")
        self.ports = {name: free_port() for name in LISTENERS}
        listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in self.ports.items())
        super().__init__(folder=folder, listeners=listeners, wrapper=("unshare", "-m", "sh", "-c", covered + ' && exec "$@"', "sh"),
                         networks=("192.0.2.1/32",), extra=f"""[domains."second.test"]
{domains}
[tls]
certificate = "{certificate}"
key = "{key}"
[login]
mechanisms = ["PLAIN", "LOGIN"]
failures_per_client = 100000
failures_per_account = 100000
delay = "0s"
{login.replace("FOLDER", str(folder))}
""")
        self.owns_folder = True

    def mails(self, user: str = "joe") -> list[bytes]:
        return [file.read_bytes() for file in (self.home / user / "Maildir" / "new").glob("*")]

    def auth(self, user: str, password: str) -> tuple[int, str]:
        with Client(self.ports["submission"]) as client:
            client.starttls()
            client.hello()
            return client.say("AUTH PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())


@pytest.fixture(scope="module")
def server(issuer):
    with Server(issuer, "system_users = true\n") as hermod:
        yield hermod
        written = (hermod.folder / "log").read_text() + (hermod.folder / "data/log/events.jsonl").read_text()
        assert PASSWORD not in written and "wrong guess" not in written


def open_submission(server, user="joe", password=PASSWORD) -> smtplib.SMTP:
    client = smtplib.SMTP("localhost", server.ports["submission"], timeout=60)
    client.starttls(context=careless())
    client.login(user, password)
    return client


def open_pop(server, user="joe", password=PASSWORD) -> poplib.POP3:
    client = poplib.POP3_SSL("localhost", server.ports["pop3s"], context=careless(), timeout=60)
    client.user(user)
    client.pass_(password)
    return client


# RFC 4954 §4, RFC 6409 §6.1
def test_a_user_of_the_system_sends_and_reads(server):
    with open_submission(server) as client:
        client.sendmail("joe@mx.l.test", ["joe@mx.l.test"], "Subject: to myself\r\n\r\nhello\r\n")
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("u@l.test", ["joe@mx.l.test"], "Subject: x\r\n\r\n")
    wait_until(server.mails, what="mail for joe")
    client = open_pop(server)
    count, _ = client.stat()
    text = b"\n".join(client.retr(count)[1])
    assert b"Subject: to myself" in text
    client.quit()
    logins = [(e["account"], e["purpose"]) for e in server.events() if e["event"] == "logged_in"]
    assert ("joe", "submission") in logins and ("joe", "pop3") in logins


@pytest.mark.parametrize("name", ["joe", "JOE", "joe@mx.l.test", "joe@second.test"])
def test_by_each_of_his_addresses(server, name):
    assert server.auth(name, PASSWORD)[0] == 235
    assert server.auth(name, "wrong guess")[0] == 535


# Hostile: whoever cannot receive mail cannot log in; and the modules' other noes are noes.
@pytest.mark.parametrize("name", ["root", "root@mx.l.test", "system", "nobody", "nosuchuser", "old", "locked", "joe+x", "joe@l.test",
                                  "joe@elsewhere.test", "postmaster", "../joe", "-joe", "empty"])
def test_nobody_else_does(server, name):
    assert server.auth(name, PASSWORD)[0] == 535


@pytest.mark.parametrize("password", ["", "wrong guess", PASSWORD + " ", PASSWORD[:-1], "x" * 5000])
def test_nor_without_the_password(server, password):
    assert server.auth("joe", password)[0] in (501, 535)
    assert server.auth("empty", password)[0] in (501, 535)


def test_accounts_made_by_command_come_first(server):
    server.run("account", "add", "locked@mx.l.test", input="password of an account\n")
    assert server.auth("locked", "password of an account")[0] == 235
    assert server.auth("locked@second.test", PASSWORD)[0] == 535


# What runs as root has none of its rights, and what does not run as root can become it no more.
def test_authd_is_fenced(server):
    (pid,) = server.pids("authd")
    status = Path(f"/proc/{pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert status.split("Uid:\t")[1].split()[0] not in ("0", str(UID))


def test_a_password_is_that_of_the_day(server):
    shadow = server.folder / "shadow"
    text = shadow.read_text()
    try:
        shadow.write_text(text.replace(next(line for line in text.splitlines() if line.startswith("joe:")),
                                       f"joe:{hash_of('another')}:19000:0:99999:7:::"))
        assert server.auth("joe", PASSWORD)[0] == 535
        assert server.auth("joe", "another")[0] == 235
    finally:
        shadow.write_text(text)
    assert server.auth("joe", PASSWORD)[0] == 235


def test_modules_that_fail_or_hang_are_no_answer(issuer):
    with Server(issuer, 'system_users = true\ncheck_time = "1s"\n', service=HANG) as hermod:
        assert hermod.auth("joe", PASSWORD)[0] == 454
        assert hermod.auth("none", PASSWORD)[0] == 454, "or it would tell who exists"
        wait_until(lambda: not sleepers(hermod), what="what the module started to be ended")
        (hermod.folder / "pam.d" / "hermod").write_text("auth required pam_none_such.so\naccount required pam_permit.so\n")
        assert [hermod.auth(name, PASSWORD)[0] for name in ("joe", "none", "none@second.test", "x@other.test")] == [454, 454, 454, 535]
        assert "a check took too long" in hermod.log_text()


def sleepers(hermod) -> list[Path]:
    """What the module that hangs has started."""
    return [p.parent for p in Path("/proc").glob("[0-9]*/cmdline") if bytes(hermod.folder / "hang") in read(p)]


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_while_authd_is_gone_nobody_is_refused(issuer):
    with Server(issuer, 'system_users = true\ncheck_time = "60s"\n', service=HANG) as hermod:
        (pid,) = hermod.pids("authd")
        with Client(hermod.ports["submission"]) as client:
            client.starttls()
            client.hello()
            client.send(b"AUTH PLAIN " + base64.b64encode(f"\0joe\0{PASSWORD}".encode()) + b"\r\n")
            wait_until(lambda: sleepers(hermod), what="a check under way")
            for sleeper in sleepers(hermod):
                status = (sleeper / "status").read_text()
                assert status.split("Uid:\t")[1].split()[0] == "0" and int(status.split("CapPrm:\t")[1].split()[0], 16) == 0
                assert PASSWORD.encode() not in read(sleeper / "cmdline") + read(sleeper / "environ")
            os.kill(pid, signal.SIGKILL)
            assert client.reply()[0] == 454
        (hermod.folder / "pam.d" / "hermod").write_text(SERVICE)
        wait_until(lambda: hermod.auth("joe", PASSWORD)[0] == 235, what="joe let in again")


def test_what_the_modules_are_told(issuer):
    """The purpose, as the terminal; pam_access(8) and pam_time(8) go by it."""
    service = "auth sufficient pam_succeed_if.so quiet tty = pop3\nauth required pam_deny.so\naccount required pam_permit.so\n"
    with Server(issuer, "system_users = true\n", service=service) as hermod:
        assert hermod.auth("joe", PASSWORD)[0] == 535
        for part in ("", "tmp", "new", "cur"):
            (hermod.home / "joe" / "Maildir" / part).mkdir()
            os.chown(hermod.home / "joe" / "Maildir" / part, UID, UID)
        open_pop(hermod).quit()


# ---- checkpassword

PROGRAMS = """[[login.programs]]
command = ["FOLDER/check", "FOLDER", "/bin/true"]
user = "USER"
domains = ["l.test"]
"""


@pytest.mark.parametrize("user, uid, capabilities", [("nobody", 65534, 0), ("root", 0, 1 << 5 | 1 << 6 | 1 << 7)])
def test_a_program_says_who_is_let_in(issuer, user, uid, capabilities):
    with Server(issuer, 'check_time = "1s"\n' + PROGRAMS.replace("USER", user)) as hermod:
        assert hermod.auth("w@l.test", "pa5s of w")[0] == 235
        assert hermod.auth("W@L.test", "pa5s of w")[0] == 235
        assert hermod.auth("w@l.test", "wrong guess")[0] == 535
        assert hermod.auth("u@l.test", "pa5s of w")[0] == 535
        assert hermod.auth("none@l.test", "pa5s of w")[0] == 535
        assert hermod.auth("w@l.test", "later")[0] == 454
        assert hermod.auth("w@l.test", "hang")[0] == 454
        assert hermod.auth("none@l.test", "later")[0] == 454, "or it would tell who exists"
        assert hermod.auth("joe", PASSWORD)[0] == 535  # who is not the program's is nobody's
        with open_submission(hermod, "w@l.test", "pa5s of w") as client:
            client.sendmail("w@l.test", ["w@l.test"], "Subject: to myself\r\n\r\nhello\r\n")
        hermod.wait_for(1, "w@l.test")
        client = open_pop(hermod, "w@l.test", "pa5s of w")
        assert client.stat()[0] == 1
        client.quit()
        seen = (hermod.folder / "seen").read_text().splitlines()
        assert len(seen) == 10, "who does not exist is asked about by another name"
        for line in seen:
            words = line.split(" ", 2)
            assert words[0] == str(uid), line
            environment, rest = words[2].split("] ")
            assert environment == "['LC_CTYPE', 'PATH', 'PROTO', 'SERVICE'" or environment == "['PATH', 'PROTO', 'SERVICE'", line
            assert int(rest.split()[0], 16) == capabilities, line
            assert rest.endswith("b'' b''"), line
        assert "none@l.test" not in (hermod.folder / "log").read_text()


def test_check_finds_what_is_wrong(issuer, tmp_path):
    cases = {'[[login.programs]]\ncommand = ["/nonexistent/check"]\nuser = "nobody"\n': "is no program that can be run",
             '[[login.programs]]\ncommand = ["check"]\nuser = "nobody"\n': "write a path that begins with /",
             '[[login.programs]]\ncommand = []\nuser = "nobody"\n': "name the program",
             '[[login.programs]]\ncommand = ["/bin/true"]\n': "is missing",
             '[[login.programs]]\ncommand = ["/bin/true"]\nuser = ""\n': "has no user to run as",
             '[login]\npam_service = "../shadow"\n': "write the name of a file in /etc/pam.d"}
    for text, wanted in cases.items():
        done = Hermod(folder=tmp_path, extra=text).run("check", check=False)
        assert done.returncode == 2 and wanted in done.stdout + done.stderr, (text, done.stdout, done.stderr)
    done = Hermod(folder=tmp_path, extra='[login]\nsystem_users = true\npam_service = "nosuchservice"\n').run("check", check=False)
    assert done.returncode == 0 and "there is no /etc/pam.d/nosuchservice" in done.stdout + done.stderr
