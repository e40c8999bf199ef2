"""A Hermod server of our own for a test: its configuration, its processes, its mailboxes; and a raw SMTP client."""
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HERMOD_BUILD", ROOT / "build" / "release"))
BINARY = BUILD / "bin" / "hermod"


ports_given: set[int] = set()


def free_port() -> int:
    """Each time another, below those that the kernel takes for connections outward: one of these might come before the server."""
    while True:
        port = random.randrange(16_000, 32_000)
        if port in ports_given:
            continue
        ports_given.add(port)
        if len(ports_given) > 12_000:
            ports_given.clear()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


ROLES = ["smtpd", "qmgr", "relay", "deliver", "directory", "pickup", "admind", "runner", "keyd", "pop3d", "reader", "acmed", "authd", "httpd",
         "tokend", "policyd"]


def of_every_role() -> dict[str, str]:
    """What makes a Hermod run all ROLES. No authority is there; acmed tries again in five minutes."""
    return {"listeners": "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{free_port()}"\n'
                                 for name in ("pop3", "http")),
            "extra": f'[acme]\ndirectory = "https://localhost:{free_port()}/"\nlisten = ["127.0.0.1:{free_port()}"]\n'
                     "[login]\nsystem_users = true\n[login.tokens]\nissuer = \"https://id.test/\"\naudience = \"mail\"\n"
                     f'keys_url = "https://localhost:{free_port()}/"\n[spf]\nbehavior = "record"\n'}


def let_everybody_through(folder: Path):
    folder.chmod(0o755)
    for above in folder.parents:  # pytest's are closed to others
        if above.is_relative_to(tempfile.gettempdir()) and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)


def wait_until(condition, seconds: float = 60, what: str = ""):
    """The value of `condition()` once it is true. Polls: the one place where tests wait by the clock. A machine that is
    busy with other things may take long; only a failure waits to the end."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds} s: {what or condition}")
        time.sleep(0.02)


def careless() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def memory_of(pid: int) -> bytes:
    """What is written in it: its heap and stacks, not the program."""
    try:
        return read_memory(pid)
    except FileNotFoundError:  # a delivery worker without work has ended meanwhile
        return b""


def read_memory(pid: int) -> bytes:
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            places, rights, _, _, inode, *name = line.split()
            if not rights.startswith("rw") or inode != "0" or name and name[0] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = (int(place, 16) for place in places.split("-"))
            try:
                memory.seek(start)
                found.append(memory.read(end - start))
            except OSError:
                continue
    return b"".join(found)


class Client:
    """Speaks SMTP octet by octet, so that a test can say exactly what a hostile client would."""

    def __init__(self, port: int, source: str = "127.0.0.1", greet: bool = True, timeout: float = 60,
                 host: str = "127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout=timeout, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.greeting = self.reply() if greet else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets: bytes):
        self.socket.sendall(octets)

    def reply(self) -> tuple[int, str]:
        """One whole reply: code, and the text of its lines. (0, '') when the server has closed."""
        lines = []
        while True:
            line = self.line()
            if line is None:
                return 0, ""
            lines.append(line[4:])
            if len(line) < 4 or line[3] != "-":
                return int(line[:3]), "\n".join(lines)

    def line(self) -> str | None:
        while b"\r\n" not in self.buffer:
            try:
                octets = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not octets:
                return None
            self.buffer += octets
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("utf-8", "replace")

    def say(self, line: str | bytes) -> tuple[int, str]:
        self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.reply()

    def starttls(self, context: ssl.SSLContext | None = None, name: str = "mx.l.test", hello: bool = True):
        """STARTTLS and the handshake; without a context the server's certificate is not looked at."""
        if hello:
            assert "STARTTLS" in self.hello().split("\n")
        code, text = self.say("STARTTLS")
        assert code == 220, (code, text)
        self.encrypt(context, name)

    def encrypt(self, context: ssl.SSLContext | None = None, name: str = "mx.l.test"):
        self.socket = (context or careless()).wrap_socket(self.socket, server_hostname=name)

    def is_closed(self) -> bool:
        """Whether the server hangs up now (it may have something to say first)."""
        while True:
            if self.line() is None:
                return True

    def hello(self, name: str = "client.test"):
        code, text = self.say(f"EHLO {name}")
        assert code == 250, text
        return text

    def begin(self, sender: str = "a@s.test", *recipients: str):
        """HELLO, MAIL and RCPT, all of which must succeed."""
        self.hello()
        for command in [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{r}>" for r in recipients or ["u@l.test"])]:
            code, text = self.say(command)
            assert code == 250, (command, code, text)

    def deliver(self, message: bytes, sender: str = "a@s.test", *recipients: str) -> str:
        """A whole transaction; returns the queue id."""
        self.begin(sender, *recipients)
        assert self.say("DATA")[0] == 354
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        code, text = self.say(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".")
        assert code == 250, (code, text)
        return queue_id(text)


def queue_id(text: str) -> str:
    found = re.search(r"\b([0-9A-Z]{13})\b", text)
    assert found, text
    return found.group(1)


class Hermod:
    def __init__(self, mailboxes=("u@l.test", "w@l.test"), hostname: str = "mx.l.test", domains=("l.test",),
                 extra: str = "", routes: str = "", folder: Path | None = None, listeners: str = "",
                 networks=("127.0.0.1/32",), top: str = "", relay: str = "", address: str = "127.0.0.1", port: int = 0,
                 wrapper: tuple[str, ...] = ()):
        self.wrapper = wrapper  # what its first process is started by, such as nsenter(1)
        self.owns_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="hermod-test-"))
        let_everybody_through(self.folder)  # our processes run under users of their own
        self.address, self.port = address, port or free_port()
        self.hostname = hostname
        self.config = self.folder / "hermod.toml"
        self.process = None
        boxes = "".join(f"{m}\n" for m in mailboxes)
        (self.folder / "mailboxes").write_text(boxes)
        tables = "".join(f'[domains."{d}"]\nmailboxes = "{self.folder}/mailboxes"\n' for d in domains)
        self.config.write_text(f"""
hostname = "{hostname}"
data_directory = "{self.folder}/data"
mail_directory = "{self.folder}/mail"
control_socket = "{self.folder}/control"
{top}
[[listen]]
protocol = "smtp"
address = "{address}:{self.port}"
{listeners}
[relay]
networks = [{", ".join(f'"{n}"' for n in networks)}]
{relay}
{tables}
{routes}
{extra}
""")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, wait: bool = True):
        ready, ready_in_child = os.pipe()
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([*self.wrapper, str(BINARY), "serve", "--config", str(self.config),
                                         "--ready-fd", str(ready_in_child)], pass_fds=[ready_in_child], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        os.close(ready_in_child)
        with os.fdopen(ready) as pipe:
            if wait:
                assert pipe.readline() == "\n", "did not become ready:\n" + self.log_text()
        return self

    def stop(self) -> int:
        if self.process is None:
            return 0
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError("did not stop:\n" + self.log_text())
        finally:
            self.log.close()

    def kill_all(self):
        """As if the machine lost every process at once; the page cache survives."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not self.pids(), what="processes gone")
        self.log.close()
        self.process = None

    def pids(self, role: str | None = None) -> list[int]:
        """Of the server's children, or of those with that role."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                session = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[3])
            except (OSError, ValueError, IndexError):
                continue
            if b"--role" not in words or (self.process and session != self.process.pid):
                continue
            if role is None or words[words.index(b"--role") + 1] == role.encode():
                found.append(int(entry.name))
        return found

    def client(self, **options) -> Client:
        return Client(self.port, host=self.address, **options)

    def run(self, *words: str, check: bool = True, **options) -> subprocess.CompletedProcess:
        done = subprocess.run([str(BINARY), *words, "--config", str(self.config)], capture_output=True, text=True,
                              timeout=60, **options)
        assert not check or done.returncode == 0, (words, done.returncode, done.stdout, done.stderr, self.log_text())
        return done

    def queue(self) -> list[dict]:
        done = None

        def has_answered():  # exit status 75: qmgr is being started again, ask later
            nonlocal done
            done = self.run("queue", "list", "--all", "--json", check=False)
            return done.returncode != 75
        wait_until(has_answered, what="an answer about the queue")
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr, self.log_text()[-3000:])
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def maildir(self, address: str = "u@l.test") -> Path:
        local, domain = address.split("@")
        return self.folder / "mail" / domain / local

    def messages(self, address: str = "u@l.test") -> list[bytes]:
        new = self.maildir(address) / "new"
        return [file.read_bytes() for file in sorted(new.iterdir())] if new.is_dir() else []

    def settled(self, address: str) -> int:
        """How many messages are there once nothing is on its way any more."""
        self.wait_idle()
        return len(self.messages(address))

    def wait_for(self, count: int, address: str = "u@l.test", seconds: float = 60) -> list[bytes]:
        wait_until(lambda: len(self.messages(address)) >= count, seconds,
                   f"{count} messages for {address}; have {len(self.messages(address))}\n")
        found = self.messages(address)
        assert len(found) == count, f"{len(found)} messages for {address} instead of {count}"
        return found

    def wait_idle(self, seconds: float = 60):
        wait_until(lambda: not self.queue(), seconds, "empty queue")

    def log_text(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-20000:]

    def events(self) -> list[dict]:
        path = self.folder / "data" / "log" / "events.jsonl"
        if not path.exists():
            return []
        text = path.read_text(errors="strict")
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]  # the last one may be half written
