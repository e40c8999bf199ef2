"""Two mail servers that carry out the cases of qmail_table.py, each with a home, a configuration and a far server of its own:
Hermod with what `hermod import qmail` makes of the configuration, and notqmail as it is."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hermod import BINARY, Hermod, wait_until
from qmail_table import REASONS, SITES, Case
from sink import Sink
from users import UID, Home


@dataclass
class Outcome:
    result: str  # "delivered", "deferred", "failed"
    words: str   # what is said of it, in the reply and the log


class Driver(Home):
    """One site of the table."""

    reason = 0  # which one of each pair in REASONS is its own

    def __init__(self, site: str):
        self.folder = Path(tempfile.mkdtemp(prefix="hermod-test-"))
        self.folder.chmod(0o755)
        Home.__init__(self, self.folder)
        self.sink = Sink()
        self.cases = 0
        self.site = self.folder / "qmail"
        self.make_site()
        for name, text in SITES[site].items():
            path = self.site / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.filled(text))
            path.chmod(0o644)

    def make_site(self):
        self.site.mkdir()

    def filled(self, text: str) -> str:
        return text.replace("{home}", str(self.home)).replace("{port}", str(self.sink.port)).replace("{uid}", str(UID))

    def prepare(self, case: Case):
        self.empty()
        self.sink.taken.clear()
        for name in ("Maildir", *case.has):
            if not name.endswith("box") and name not in case.absent:
                self.make_maildir(name)
        for name, content in case.files.items():
            text, mode = content if isinstance(content, tuple) else (content, 0o600)
            self.write(name, self.filled(text), mode)
        self.home.chmod(case.home_mode)

    def message(self, case: Case, line_end: str) -> bytes:
        self.cases += 1
        return f"Subject: case-{self.cases}\n{case.header}To: x@y.test\n\nbody\n".replace("\n", line_end).encode()

    def forwards(self) -> dict[str, list[str]]:
        """What came to the far server of the last case: recipient → reverse-paths."""
        found: dict[str, list[str]] = {}
        for taken in self.sink.taken:
            if f"Subject: case-{self.cases}\r\n".encode() in taken.octets.split(b"\r\n\r\n", 1)[0] + b"\r\n":
                for recipient in taken.recipients:
                    found.setdefault(recipient, []).append(taken.sender)
        return found

    def code(self, case: Case) -> str:
        """What the report of the outcome has in it: programs and files of users have none with qmail."""
        return ""

    def remove(self):
        self.sink.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def check(self, case: Case):
        self.prepare(case)
        outcome = self.carry_out(case)
        self.home.chmod(0o755)
        assert outcome.result == case.want, outcome
        if case.reason:
            assert re.search(REASONS[case.reason][self.reason], outcome.words), outcome
        assert case.says in outcome.words, outcome
        assert self.code(case) in outcome.words, outcome
        assert self.forwards() == case.forwards, outcome
        assert {name: len(self.mails(name)) for name in case.has} == case.has, outcome
        assert {name: (self.home / name).read_text() for name in case.text} == \
            {name: self.filled(want) for name, want in case.text.items()}
        for name, want in case.delivered_to.items():
            assert f"\nDelivered-To: {want}\n".encode() in self.mails(name)[0], self.mails(name)[0]


class ThroughHermod(Driver):
    def __init__(self, site: str):
        super().__init__(site)
        done = subprocess.run([str(BINARY), "import", "qmail", str(self.site)], capture_output=True, text=True, check=True)
        self.report = done.stderr
        covered = ("unshare", "-m", "sh", "-c", f'mount --bind {self.passwd} /etc/passwd && exec "$@"', "sh")
        self.server = Hermod(folder=self.folder, wrapper=covered)
        text = re.sub(r"(?ms)^\[\[listen\]\].*?(?=^\[|\Z)", "", done.stdout)
        text = re.sub(r"(?m)^mail_directory = .*\n", "", text)
        self.server.config.write_text(
            f'data_directory = "{self.folder}/data"\nmail_directory = "{self.folder}/mail"\n'
            f'control_socket = "{self.folder}/control"\n'
            f'listen = [{{protocol = "smtp", address = "127.0.0.1:{self.server.port}"}}]\n{text}')

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.remove()

    def code(self, case: Case) -> str:
        return case.code

    def said_of(self, queue_id: str) -> list[dict]:
        text = (self.folder / "data" / "log" / "events.jsonl").read_text()
        whole = text[:text.rfind("\n") + 1].splitlines()  # the last one may be half written
        return [json.loads(line) for line in whole if queue_id in line]

    def carry_out(self, case: Case) -> Outcome:
        with self.server.client(source="127.0.0.9") as client:
            client.hello()
            assert client.say(f"MAIL FROM:<{case.sender}>")[0] == 250
            code, text = client.say(f"RCPT TO:<{case.to}>")
            if code == 250:
                assert client.say("DATA")[0] == 354
                code, text = client.say(self.message(case, "\r\n") + b".")
        if code != 250:
            return Outcome("failed" if code >= 500 else "deferred", text)
        queue_id = text.split()[1]
        first = wait_until(lambda: [event for event in self.said_of(queue_id)
                                    if event["event"] in ("relayed", "delivered", "deferred", "failed")],
                           what=f"an outcome of {case.name}\n{self.server.log_text()[-2000:]}")[0]
        if first["event"] == "deferred":
            self.server.run("queue", "remove", queue_id)
        self.server.wait_idle()
        said = " ".join(json.dumps(event) for event in self.said_of(queue_id))
        return Outcome("delivered" if first["event"] == "relayed" else first["event"], said)


class ThroughNotqmail(Driver):
    """A whole one, in a mount namespace in which /var/qmail is its own."""

    reason = 1

    def make_site(self):
        # Its queue has pipes in it, its programs their owners: cp keeps them.
        subprocess.run(["cp", "-a", str(qmail_home()), str(self.site)], check=True)
        for name in ("control", "alias"):  # which stay whose they are
            for file in (self.site / name).iterdir():
                file.unlink()
        (self.site / "users").mkdir(exist_ok=True)

    def __enter__(self):
        mounts = f"mount --bind {self.passwd} /etc/passwd && mount --bind {self.site} {qmail_home()} && echo && exec cat"
        self.namespace = subprocess.Popen(["unshare", "-m", "sh", "-c", mounts], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.namespace.stdout.readline() == b"\n", "the mount namespace"
        if (self.site / "users" / "assign").exists():
            subprocess.run(self.inside("qmail-newu"), check=True)
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.namespace.stdin.close()
        self.namespace.wait()
        self.remove()

    def inside(self, program: str, *words: str) -> list[str]:
        return ["nsenter", f"--mount=/proc/{self.namespace.pid}/ns/mnt", str(qmail_home() / "bin" / program), *words]

    def start(self):
        self.log = self.folder / "log"
        environment = {"PATH": f"{qmail_home()}/bin:/usr/bin:/bin"}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.inside("qmail-start", "./Maildir/"), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
        wait_until(lambda: "status: local" in self.log_text(), what="qmail-send")

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for part in ("mess", "info", "intd", "local", "remote", "todo", "bounce", "pid"):
            for file in (self.site / "queue" / part).rglob("*"):
                if file.is_file():
                    file.unlink()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def waiting(self) -> list[str]:
        """The numbers of the messages in its queue. One that was taken is in it until its forwards are."""
        return [file.name for file in (self.site / "queue" / "mess").rglob("*") if file.is_file()]

    def inject(self, case: Case):
        message = self.folder / "message"
        message.write_bytes(self.message(case, "\n"))
        envelope = self.folder / "envelope"
        envelope.write_bytes(f"F{case.sender}\0T{case.to}\0\0".encode())
        with open(message, "rb") as content, open(envelope, "rb") as recipients:
            subprocess.run(self.inside("qmail-queue"), stdin=content, stdout=recipients, check=True)

    def carry_out(self, case: Case) -> Outcome:
        already = len(self.log_text())
        self.inject(case)
        found = wait_until(lambda: re.search(r"new msg (\d+)\n.*?starting delivery (\d+): msg \1.*?"
                                             r"delivery \2: (success|failure|deferral): ([^\n]*)\n",
                                             self.log_text()[already:], re.DOTALL),
                           what=f"an outcome of {case.name}\n{self.log_text()[already:]}")
        result = {"success": "delivered", "failure": "failed", "deferral": "deferred"}[found[3]]
        waits = {found[1]} if result == "deferred" else set()
        wait_until(lambda: set(self.waiting()) == waits, what=f"an end\n{self.log_text()[already:]}")
        if waits:
            self.stop()
            self.start()
        return Outcome(result, found[4].replace("_", " "))


def qmail_home() -> Path:
    return Path(os.environ.get("HERMOD_TEST_NOTQMAIL", "/var/qmail"))


def notqmail_is_missing() -> str:
    """Why it cannot be asked; empty where it can."""
    wanted = ("qmail-start", "qmail-send", "qmail-lspawn", "qmail-local", "qmail-getpw", "qmail-queue", "qmail-newu", "qmail-remote")
    if not all((qmail_home() / "bin" / program).exists() for program in wanted):
        return "notqmail is not on this machine"
    return ""
