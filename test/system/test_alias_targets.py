"""Programs, files and folders that aliases name: done as the user whom the administrator names, and only what the alias says
when it is done. One server, whose alias_user is joe."""
import json
import os
import subprocess

import pytest
from hermod import BINARY, wait_until
from test_instructions import ENVIRONMENT, events_of
from users import UID, ServerWithUser, can_have_users

pytestmark = pytest.mark.skipif(not can_have_users(), reason="becoming users of this system needs root, and a mount namespace")

ALIASES = r"""
prog: "|cat > got; printf '%s\\n' $RECIPIENT $SENDER $USER $(id -u) > who; env -0 > env"
mbox: {home}/archive
folder: {home}/deep/Archive/
both: u@l.test, {home}/archive, "|cat > got"
outside: u@l.test
exit0: "|exit 0"
exit99: "|exit 99"
exit100: "|echo no, never; exit 100"
exit111: "|exit 111"
segv: "|kill -SEGV $$"
late: "|sleep 1000"
loud: "|yes | head -c 1000000"
gone: "|exit 111"
"""


class Server(ServerWithUser):
    def __init__(self):
        super().__init__(extra="")
        self.aliases = self.folder / "aliases"
        self.write_aliases()
        text = self.config.read_text().replace("[local]\n", '[local]\nalias_user = "joe"\n')
        self.config.write_text(f'alias_files = ["{self.aliases}"]\n' + text)

    def write_aliases(self, text: str = ALIASES):
        self.aliases.write_text(text.replace("{home}", str(self.home)))

    def here(self, *words: str) -> subprocess.CompletedProcess:
        """A command of hermod, where joe is known."""
        return subprocess.run([*self.wrapper, str(BINARY), *words, "--config", str(self.config)], capture_output=True, text=True,
                              check=False)

    def send(self, address: str, sender: str = "a@s.test", header: bytes = b"") -> str:
        with self.client() as client:
            return client.deliver(header + b"Subject: x\r\n\r\nbody\r\n", sender, address)

    def outcome(self, queue_id: str) -> dict:
        return wait_until(lambda: events_of(self, queue_id, "delivered", "deferred", "failed"), what="an outcome")[0]


@pytest.fixture(scope="module")
def running():
    with Server() as server:
        yield server


@pytest.fixture()
def server(running):
    running.clear()
    return running


def test_a_program_reads_the_message_as_the_alias_user(server):
    outcome = server.outcome(server.send("prog@q.test"))
    assert outcome["event"] == "delivered" and "0+0+1" in outcome["reply"], outcome
    assert (server.home / "got").read_text().endswith("Subject: x\n\nbody\n")
    assert (server.home / "who").read_text().split("\n")[:4] == ["prog@q.test", "a@s.test", "joe", str(UID)]
    names = {pair.split("=", 1)[0] for pair in (server.home / "env").read_text().split("\0") if pair}
    assert ENVIRONMENT <= names | {"EXT", "HOST4"} and "HERMOD_ROLE" not in names


@pytest.mark.parametrize("name, place", [("mbox", "archive"), ("folder", "deep/Archive")])
def test_files_and_folders(server, name, place):
    assert server.outcome(server.send(f"{name}@q.test"))["event"] == "delivered"
    [mail] = server.mails(place)
    assert f"Delivered-To: {name}@q.test\n".encode() in mail and b"Return-Path: <a@s.test>" in mail
    status = (server.home / place).stat()
    assert status.st_uid == UID and status.st_mode & 0o077 == 0


def test_a_program_a_file_and_a_person_each_get_it(server):
    count = server.settled("u@l.test")
    server.send("both@q.test")
    server.wait_for(count + 1)
    server.wait_idle()
    assert len(server.mails("archive")) == 1 and (server.home / "got").exists()


@pytest.mark.parametrize("name, event, says", [
    ("exit0", "delivered", "0+0+1"), ("exit99", "delivered", "0+0+1"), ("exit100", "failed", "no, never"),
    ("exit111", "deferred", "4.3.0"), ("segv", "deferred", "signal 11"), ("late", "deferred", "too long"),
    ("loud", "delivered", "0+0+1"),
])
def test_how_a_program_ends(server, name, event, says):
    outcome = server.outcome(server.send(f"{name}@q.test", sender=""))
    assert outcome["event"] == event and says in outcome["reply"] and len(outcome["reply"]) < 1000, outcome


def test_what_is_explained_is_what_happens(server):
    for name, kind, place in (("prog", "program", "(as joe)"), ("mbox", "file", f"{server.home}/archive"),
                              ("folder", "folder", f"{server.home}/deep/Archive")):
        done = json.loads(server.here("explain", "--to", f"{name}@q.test", "--json").stdout)
        [delivery] = done["deliveries"]
        assert delivery["kind"] == kind and place in delivery["destination"], delivery
        assert any(step["file"] == str(server.aliases) and step["line"] > 0 for step in done["steps"])


def test_a_message_that_was_here_before_goes_round(server):
    with server.client() as client:
        client.begin("a@s.test", "mbox@q.test")
        assert client.say("DATA")[0] == 354
        code, text = client.say(b"Delivered-To: mbox@q.test\r\n\r\nx\r\n.")
    assert (code, text.split()[0]) == (554, "5.4.6")


# What waits in the queue says which program it is for. Nobody takes its word for that: the alias has to say so still.
def test_what_the_alias_no_longer_says_is_not_done(server):
    queue_id = server.send("gone@q.test", sender="u@l.test")
    assert server.outcome(queue_id)["event"] == "deferred"
    server.write_aliases(ALIASES.replace('gone: "|exit 111"', 'gone: "|touch instead"'))
    count = len(server.messages("u@l.test"))
    try:
        server.here("reload")
        wait_until(lambda: "touch instead" in server.here("explain", "--to", "gone@q.test").stdout)
        wait_until(lambda: events_of(server, "reloaded", "reloaded"), what="reloaded")
        server.here("queue", "retry", queue_id)
        [failed] = wait_until(lambda: events_of(server, queue_id, "failed"), what="a failure")
        assert "no longer" in failed["reply"]
        server.wait_for(count + 1)
        assert not (server.home / "instead").exists()
    finally:
        server.write_aliases()
        server.here("reload")


# Programs and files are no addresses, whoever writes them.
@pytest.mark.parametrize("address", ['"|touch CANARY"@q.test', "/etc/passwd@q.test", '"/etc/passwd"@q.test',
                                     ":include:/etc/shadow@q.test", '":include:/etc/shadow"@q.test', '"prog|touch CANARY"@q.test',
                                     "|exit@q.test", '"\\\\|touch CANARY"@q.test', "prog;touch@q.test"])
def test_programs_and_files_are_not_addresses(server, address):
    with server.client() as client:
        client.hello()
        client.say("MAIL FROM:<a@s.test>")
        code, _ = client.say(f"RCPT TO:<{address}>")
    assert code in (550, 553, 501) and not (server.home / "CANARY").exists()


# A link, a pipe, somebody else's file in the place of the archive.
@pytest.mark.parametrize("kind", ["link", "pipe", "other's", "open to others", "second name"])
def test_a_file_that_is_not_his_alone_is_not_written(server, kind):
    target = server.folder / "victim"
    target.write_text("victim\n")
    os.chown(target, UID, UID)
    archive = server.home / "archive"
    if kind == "link":
        archive.symlink_to(target)
    elif kind == "pipe":
        os.mkfifo(archive)
        os.chown(archive, UID, UID)
    elif kind == "other's":
        archive.write_text("")
    elif kind == "open to others":
        server.write("archive", "", mode=0o666)
    else:
        os.link(target, archive)
    assert server.outcome(server.send("mbox@q.test", sender=""))["event"] == "deferred"
    assert target.read_text() == "victim\n"
    target.unlink()


@pytest.mark.parametrize("line, problem", [
    ("x: /etc/cron.d/x\n", "not below the home of joe"),
    ("x: :include:{members}\n", "from which no programs or files are taken"),
])
def test_check_says_what_is_not_allowed(server, line, problem):
    members = server.folder / "members"
    members.write_text('"|touch CANARY"\n')
    server.write_aliases(line.replace("{members}", str(members)))
    try:
        done = server.here("check")
        assert done.returncode == 2 and problem in done.stderr, done.stderr
    finally:
        server.write_aliases()


def test_without_an_alias_user_there_are_no_programs(server):
    text = server.config.read_text()
    server.config.write_text(text.replace('alias_user = "joe"\n', ""))
    try:
        done = server.here("check")
        assert done.returncode == 2 and f"{server.aliases}:2:1: prog" in done.stderr and "local.alias_user" in done.stderr
    finally:
        server.config.write_text(text)
