"""What users say of their mail, beside what qmail has too (test_qmail_table.py): ~/.forward, and who must not get at what.
One server, one user, one message for each row."""
import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field

import pytest
from hermod import BINARY, wait_until
from users import UID, ServerWithUser, can_have_users

pytestmark = pytest.mark.skipif(not can_have_users(), reason="becoming users of this system needs root, and a mount namespace")

BODY = b"Subject: {token}\r\nTo: x@y.test\r\n\r\nbody\r\n"


@pytest.fixture(scope="module")
def server():
    with ServerWithUser() as running:
        yield running


@pytest.fixture(scope="module")
def forwarding():
    with ServerWithUser("forward", "+-") as running:
        yield running


@dataclass
class Case:
    name: str
    files: dict  # name → text, or (text, mode)
    want: str = "delivered"  # or "failed", "deferred", each perhaps with a code: "failed 5.1.1"
    to: str = "joe@q.test"
    sender: str = "a@s.test"
    home_mode: int = 0o755
    has: dict = field(default_factory=dict)      # in joe's home: name of a folder or file → how many messages
    text: dict = field(default_factory=dict)     # name of a file → what stands in it
    forwards: dict = field(default_factory=dict)  # mailbox → the reverse-paths of what came there
    says: str = ""                               # in the reply of the outcome


counter = 0


def events_of(server, queue_id: str, *kinds: str) -> list[dict]:
    text = (server.folder / "data" / "log" / "events.jsonl").read_text()
    whole = text[:text.rfind("\n") + 1].splitlines()  # the last one may be half written
    found = [json.loads(line) for line in whole if queue_id in line]
    return [event for event in found if event["event"] in kinds]


def return_path(message: bytes) -> str:
    return message.split(b"\n", 1)[0].decode().removeprefix("Return-Path: <").removesuffix(">")


def forwarded(server, address: str, token: str) -> list[bytes]:
    return [message for message in server.messages(address) if f"Subject: {token}\n".encode() in message]


def run(server, case: Case):
    global counter
    counter += 1
    token = f"case-{counter}"
    server.clear()
    for name, content in case.files.items():
        text, mode = content if isinstance(content, tuple) else (content, 0o600)
        server.write(name, text, mode)
    server.home.chmod(case.home_mode)
    with server.client() as client:
        client.hello()
        assert client.say(f"MAIL FROM:<{case.sender}>")[0] == 250
        assert client.say(f"RCPT TO:<{case.to}>")[0] == 250
        assert client.say("DATA")[0] == 354
        code, text = client.say(BODY.replace(b"{token}", token.encode()) + b".")
        assert code == 250, text
    queue_id = text.split()[1]
    def outcomes():
        return events_of(server, queue_id, "delivered", "deferred", "failed")
    outcome = wait_until(outcomes, what=f"an outcome of {case.name}\n{server.log_text()[-2000:]}")[0]
    kind, _, code = case.want.partition(" ")
    described = json.dumps(outcome)
    assert outcome["event"] == kind, described
    assert code in outcome.get("reply", "") and case.says in outcome.get("reply", ""), described
    for address, senders in case.forwards.items():
        wait_until(lambda: len(forwarded(server, address, token)) >= len(senders), what=f"forwards to {address}")
        found = forwarded(server, address, token)
        assert sorted(return_path(message) for message in found) == sorted(senders)
    server.home.chmod(0o755)
    counts = {name: len(server.mails(name)) for name in case.has}
    assert counts == case.has, server.log_text()[-2000:]
    for name, want in case.text.items():
        assert (server.home / name).read_text() == want
    if kind == "deferred":
        server.run("queue", "remove", queue_id)
    for address in ("u@l.test", "w@l.test"):
        if address not in case.forwards:
            assert forwarded(server, address, token) == [], "nothing may be forwarded"


U, W = "u@l.test", "w@l.test"

# What qmail has no counterpart for; the rest is in qmail_table.py.
OWN = [
    Case("a domain that lets nobody say anything", {".qmail": "./in/\n"}, to="joe@plain.test",
         has={"in": 0, "Maildir": 1}),
    Case("extensions there are the user's", {".qmail-x": "./x/\n"}, to="joe-x@plain.test", has={"x": 0, "Maildir": 1}),
    Case("an address with a line end of other systems", {".qmail": "&u@l.test\r\n"}, "deferred 4.7.0"),
    Case("what a program says has no control characters", {".qmail": "|printf 'a\\033\\nb'; exit 100\n"}, "failed",
         says="a? b"),
    Case("a signal", {".qmail": "|kill -SEGV $$\n"}, "deferred 4.3.0", says="signal 11"),
    Case("a program that is not there", {".qmail": "|/no/such/program\n"}, "deferred 4.3.0", says="No such file"),
    Case("a program without end", {".qmail": "|sleep 1000\n"}, "deferred 4.3.0", says="too long"),
]

ENVIRONMENT = {"SENDER", "NEWSENDER", "RECIPIENT", "USER", "HOME", "HOST", "HOST2", "HOST3", "HOST4", "LOCAL", "EXT", "EXT2",
               "EXT3", "EXT4", "DTLINE", "RPLINE", "UFLINE", "PATH"}


def with_home(case: Case, home: str) -> Case:
    def fill(value):
        return value.replace("{home}", home) if isinstance(value, str) else value
    files = {name: fill(content) if isinstance(content, str) else (fill(content[0]), content[1])
             for name, content in case.files.items()}
    return Case(**{**case.__dict__, "files": files, "text": {name: fill(value) for name, value in case.text.items()}})


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.name)
def test_what_qmail_does_not_have(server, case):
    run(server, with_home(case, str(server.home)))


FORWARD = [
    Case("no file", {}, has={"Maildir": 1}),
    Case("an empty file", {".forward": ""}, has={"Maildir": 1}),
    Case("an address", {".forward": "u@l.test\n"}, has={"Maildir": 0}, forwards={U: ["a@s.test"]}),
    Case("himself too", {".forward": "u@l.test, \\joe\n"}, has={"Maildir": 1}, forwards={U: ["a@s.test"]}),
    Case("himself by name", {".forward": "joe\nu@l.test\n"}, has={"Maildir": 1}, forwards={U: ["a@s.test"]}),
    Case("himself by address", {".forward": "joe@q.test\n"}, has={"Maildir": 1}),
    Case("an mbox", {".forward": "{home}/box\n"}, has={"box": 1}),
    Case("a Maildir", {".forward": "{home}/M/\n"}, has={"M": 1}),
    Case("a program", {".forward": '"|cat > got; exit 99"\n'}),
    Case("an extension", {".forward": "u@l.test\n"}, to="joe+x@q.test", forwards={U: ["a@s.test"]}),
    Case("an extension of its own", {".forward": "u@l.test\n", ".forward+x": "w@l.test\n"}, to="joe+x@q.test",
         forwards={W: ["a@s.test"]}),
    Case("with a dash", {".forward-x": "w@l.test\n"}, to="joe-x@q.test", forwards={W: ["a@s.test"]}),
    Case("nonsense", {".forward": "a b c\n"}, "deferred 4.7.0", has={"Maildir": 0}),
    Case(":include:", {".forward": ":include:/etc/passwd\n"}, "deferred 4.7.0", has={"Maildir": 0}),
    Case("a file that his group may write to", {".forward": ("u@l.test\n", 0o620)}, "deferred 4.7.0"),
    Case("a .qmail is nothing here", {".qmail": "./M/\n"}, has={"Maildir": 1, "M": 0}),
]


@pytest.mark.parametrize("case", FORWARD, ids=lambda case: case.name)
def test_as_sendmail_and_postfix_have_it(forwarding, case):
    run(forwarding, with_home(case, str(forwarding.home)))


def test_a_link_is_not_followed_and_a_pipe_not_waited_for(server):
    server.clear()
    for make in (lambda path: path.symlink_to("/etc/hostname"), lambda path: os.mkfifo(path), lambda path: path.mkdir()):
        path = server.home / ".qmail"
        make(path)
        with server.client() as client:
            queue_id = client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "joe@q.test")
        wait_until(lambda: events_of(server, queue_id, "deferred"))
        server.run("queue", "remove", queue_id)
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def test_explain_names_the_file_that_decides(server):
    home = str(server.home)
    # The command sees the machine's own users, so it is run where the server's are.
    def explain(address: str) -> str:
        words = [*server.wrapper, str(BINARY), "explain", "--to", address, "--config", str(server.config)]
        return subprocess.run(words, capture_output=True, text=True, timeout=60).stdout
    assert f"{home}/.qmail, else {home}/Maildir" in explain("joe@q.test")
    assert f"{home}/.qmail-a-b or a default of it, else nobody" in explain("joe-a-b@q.test")
    assert f"{home}/.qmail-info or a default" in explain("info@owned.test")
    assert f"{home}/Maildir" in explain("joe-a@plain.test") and ".qmail" not in explain("joe-a@plain.test")


def test_a_stop_does_not_wait_for_a_program():
    with ServerWithUser() as own:
        own.write(".qmail", "|echo $$ > pid; sleep 1000\n")
        own.config.write_text(own.config.read_text().replace('program_time = "3s"', 'program_time = "1h"'))
        own.run("reload")
        with own.client() as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "joe@q.test")
        wait_until(lambda: (own.home / "pid").exists() and (own.home / "pid").read_text())
        assert own.stop() == 0
        pid = int((own.home / "pid").read_text())
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what="the program's end")
        own.write(".qmail", "./M/\n")
        own.start()
        wait_until(lambda: own.mails("M"), what="the mail, after the restart\n" + own.log_text())


def test_without_root_a_users_own_server_does_the_same():
    own = ServerWithUser()
    own.wrapper = (*own.wrapper, "setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups")
    os.chown(own.folder, UID, UID)
    with own:
        own.write(".qmail", "|id -u > got\n./M/\n&u@l.test\n")
        with own.client() as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "joe@q.test")
        own.wait_for(1, U)
        assert len(own.mails("M")) == 1
        assert (own.home / "got").read_text() == f"{UID}\n"


@pytest.mark.parametrize("role", ["runner", "deliver", "qmgr"])
def test_what_a_program_was_doing_when_a_process_died_is_done_again(role):
    with ServerWithUser() as own:
        own.write(".qmail", "|test -e again || { touch again; sleep 30; }; cat > got\n&u@l.test\n")
        with own.client() as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "joe@q.test")
        wait_until(lambda: (own.home / "again").exists())
        for pid in own.pids(role):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: own.pids(role), what="its successor")
        def done():
            own.run("queue", "retry", "--all", check=False)
            return own.messages(U)
        wait_until(done, what=own.log_text()[-3000:])
        assert len(own.messages(U)) == 1
        assert (own.home / "got").read_text().endswith("\nSubject: x\n\nx\n")


def test_a_forward_is_the_message_as_it_came(server):
    server.clear()
    server.write(".qmail", "&u@l.test\n")
    message = (b"Received: from far\r\nBcc: secret@x.test\r\nSubject: as it is\r\nX-Strange:\tfield \r\n\r\n"
               b"body\r\n.dot\r\nFrom here\r\n")
    with server.client() as client:
        client.deliver(message, "a@s.test", "joe@q.test")
    wait_until(lambda: forwarded(server, U, "as it is"))
    found = forwarded(server, U, "as it is")[0]
    assert found.endswith(message.replace(b"\r\n", b"\n"))
    assert found.count(b"\nDelivered-To: joe@q.test\n") == 1
    for field_ in (b"\nFrom:", b"\nDate:", b"\nMessage-ID:"):
        assert field_ not in found


def test_mail_that_goes_round_by_instructions_comes_back(server):
    server.clear()
    server.write(".qmail-a", "&joe-b@q.test\n")
    server.write(".qmail-b", "&joe-a@q.test\n")
    with server.client() as client:
        client.deliver(b"Subject: round\r\n\r\nx\r\n", "u@l.test", "joe-a@q.test")
    def bounce():
        return [m for m in server.messages(U) if b"5.4.6" in m and b"joe-a@q.test" in m]
    wait_until(bounce, what=server.log_text()[-3000:])
    server.wait_idle()
    assert len(bounce()) == 1


HOSTILE = ['"() { :;}; touch {canary}"@s.test', '"`touch {canary}`"@s.test', '"$(touch {canary})"@s.test',
           '"; touch {canary} #"@s.test', '"|touch {canary}"@s.test', '"%s%n"@s.test', '"-oQ/tmp"@s.test',
           '"a\' ; touch {canary} ; \'"@s.test']


@pytest.mark.parametrize("sender", HOSTILE)
def test_nothing_of_an_envelope_or_a_message_is_run(server, sender):
    server.clear()
    canary = server.home / "canary"
    sender = sender.replace("{canary}", "canary")
    server.write(".qmail-default", '|printf "%s\\n" "$SENDER" > got\n|/bin/cat\n|tee copy\n')
    local = sender.rsplit("@", 1)[0].strip('"').replace("{", "").replace("}", "")
    with server.client() as client:
        client.send(f"EHLO client.test\r\n".encode())
        assert client.reply()[0] == 250
        code, text = client.say(f"MAIL FROM:<{sender}>")
        assert code == 250, text
        code, _ = client.say(f'RCPT TO:<"joe-{local}"@q.test>')
        assert code in (250, 550, 501, 553)
        if code != 250:
            assert client.say("RCPT TO:<joe-x@q.test>")[0] == 250
        assert client.say("DATA")[0] == 354
        body = f"Subject: () {{ :;}}; touch {canary}\r\nX: `touch {canary}` $(touch {canary})\r\n\r\n`touch {canary}`\r\n"
        assert client.say(body.encode() + b".")[0] == 250
    wait_until(lambda: (server.home / "copy").exists() and (server.home / "got").read_text(), what=server.log_text()[-3000:])
    server.wait_idle()
    plain = re.sub(r'^"([\w%/-]+)"@', r"\1@", sender)  # where quotes mean nothing they are not kept
    assert (server.home / "got").read_text() == plain + "\n"
    assert not canary.exists()


@pytest.mark.parametrize("local", ['"|touch canary"', "/etc/passwd", '":include:/etc/shadow"', '"/x/"', "../joe", "."])
def test_programs_and_files_are_no_addresses(server, local):
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        assert client.say(f"RCPT TO:<{local}@q.test>")[0] in (501, 550, 553)


@pytest.mark.parametrize("extension", ["../../../x", "..", "a/b", "%2e%2e%2f", "/", "/etc/passwd", "a/../b"])
def test_an_extension_leads_nowhere(server, extension):
    server.clear()
    server.write(".qmail-default", "./d/\n")
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        code, _ = client.say(f'RCPT TO:<"joe-{extension}"@q.test>')
        assert code in (250, 501, 550, 553)
        if code != 250:
            return
        assert client.say("DATA")[0] == 354
        assert client.say("Subject: x\r\n\r\nx\r\n.")[0] == 250
    wait_until(lambda: server.mails("d"), what=server.log_text()[-3000:])
    assert sorted(os.listdir(server.home)) == [".qmail-default", "d"]


def test_a_program_has_nothing_but_what_its_user_has(server):
    server.clear()
    server.write(".qmail", "|cat /proc/self/status > status; ls -l /proc/self/fd > fds; env > env; ps -o sid= $$ > sid; "
                           "ulimit -c > core\n")
    with server.client() as client:
        client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "joe@q.test")
    wait_until(lambda: (server.home / "core").exists() and (server.home / "core").read_text())
    status = dict(line.split(":\t", 1) for line in (server.home / "status").read_text().splitlines() if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert status["Uid"].split() == status["Gid"].split() == [str(UID)] * 4
    assert status["Groups"].split() == []
    for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(status[kind], 16) == 0
    assert (server.home / "sid").read_text().strip() not in ("", str(os.getsid(server.pids("runner")[0])))
    descriptors = [line.split()[8] for line in (server.home / "fds").read_text().splitlines() if "->" in line]
    assert sorted(descriptors) == ["0", "1", "2", "3"], "and ls's own directory"
    names = {line.split("=", 1)[0] for line in (server.home / "env").read_text().splitlines() if "=" in line}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == ENVIRONMENT
    assert (server.home / "core").read_text() == "0\n"


def test_nothing_a_program_started_outlives_it(server):
    server.clear()
    server.write(".qmail", "|sleep 987 & setsid sleep 987 & exit 0\n")
    with server.client() as client:
        queue_id = client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "joe@q.test")
    wait_until(lambda: events_of(server, queue_id, "delivered"))
    def left():
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if open(f"/proc/{pid}/cmdline", "rb").read() == b"sleep\x00987\x00":
                    found.append(pid)
            except OSError:
                pass
        return found
    wait_until(lambda: not left())
