"""clamd, spamd and rspamd of Debian, each with as little as it needs and no network; and a peer that answers whatever a test wants."""
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from hermod import free_port, let_everybody_through, wait_until

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*" + b"GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


def program(name: str) -> str:
    path = shutil.which(name, path="/usr/sbin:/usr/bin")
    if not path:
        pytest.skip(f"there is no {name} here")
    return path


class Daemon:
    """One of them. `address` is what hermod.toml says."""

    def __init__(self, folder: Path, address: str, *command: str):
        self.folder, self.address, self.command = folder, address, (program(command[0]), *command[1:])
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def start(self):
        let_everybody_through(self.folder)
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder, start_new_session=True)
        wait_until(self.is_up, 240, "a scanner")

    def is_up(self) -> bool:
        assert self.process.poll() is None, (self.folder / "output").read_text()
        try:
            with connect(self.address):
                return True
        except OSError:
            return False

    def signal(self, number: int):
        """To it, and to the workers that it has."""
        subprocess.run(["kill", f"-{number}", "--", f"-{self.process.pid}"], check=False)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def __exit__(self, *_):
        self.kill()


def connect(address: str) -> socket.socket:
    if not address.startswith("/"):
        host, port = address.rsplit(":", 1)
        return socket.create_connection((host, int(port)), 5)
    made = socket.socket(socket.AF_UNIX)
    made.connect(address)
    return made


def clamd(folder: Path) -> Daemon:
    (folder / "db").mkdir(parents=True)
    (folder / "db" / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    (folder / "conf").write_text(f"LocalSocket {folder}/socket\nLocalSocketMode 666\nDatabaseDirectory {folder}/db\nForeground yes\n")
    return Daemon(folder, f"{folder}/socket", "clamd", "-c", f"{folder}/conf")


def spamd(folder: Path) -> Daemon:
    folder.mkdir(parents=True)
    port = free_port()
    (folder / "rules").mkdir()
    (folder / "rules" / "test.cf").write_text("body GTUBE /XJS\\*C4JDBQADN1\\.NSBN3\\*2IDNEN\\*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL\\*C\\.34X/\nscore GTUBE 1000\n"
                                              "header SALE Subject =~ /sale/\nscore SALE 3.5\nuse_bayes 0\nreport_safe 0\n"
                                              'add_header spam Flag _YESNOCAPS_\nadd_header all Status "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_"\n')
    (folder / "site").mkdir()
    (folder / "site" / "init.pre").write_text("loadplugin Mail::SpamAssassin::Plugin::Check\n")
    return Daemon(folder, f"127.0.0.1:{port}", "spamd", "-x", "-L", "-C", f"{folder}/rules", "--siteconfigpath", f"{folder}/site", "--port", str(port), "-A", "127.0.0.1",
                  "-i", "127.0.0.1", "-m", "2", "-u", "nobody", "--pidfile", f"{folder}/pid", "-s", "stderr")


def rspamd(folder: Path) -> Daemon:
    folder.mkdir(parents=True)
    port = free_port()
    (folder / "tld").write_text("com\ntest\n")
    (folder / "conf").write_text(f"""
options {{ url_tld = "{folder}/tld"; disable_hyperscan = true; pidfile = "{folder}/pid"; filters = ""; tempdir = "{folder}";
  dns {{ nameserver = ["127.0.0.1:1"]; }} control_socket = "{folder}/control"; }}
logging {{ type = "console"; level = "info"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
actions {{ reject = 15; add_header = 6; greylist = 4; }}
""")
    return Daemon(folder, f"127.0.0.1:{port}", "rspamd", "-f", "-i", "-c", f"{folder}/conf")


class FakeScanner:
    """Takes connections, and does with each what `act` says, which gets the socket."""

    def __init__(self, act):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.act, self.connections = act, 0

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection: socket.socket):
        try:
            with connection:
                self.act(connection)
        except OSError:
            pass  # we have hung up

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def scanner(name: str, kind: str, address: str, rest: str = "") -> str:
    return f'[[scanner]]\nname = "{name}"\nkind = "{kind}"\naddress = "{address}"\n{rest}\n'


def inet(port: int) -> str:
    return f"inet:{port}@127.0.0.1"


def clamav_milter(folder: Path, clam: Daemon, settings: str = "OnInfected Reject") -> Daemon:
    folder.mkdir(parents=True)
    port = free_port()
    (folder / "conf").write_text(f"MilterSocket {inet(port)}\nClamdSocket unix:{clam.address}\nForeground yes\nOnFail Defer\nAddHeader Add\n{settings}\n")
    return Daemon(folder, f"127.0.0.1:{port}", "clamav-milter", "-c", f"{folder}/conf")


def spamass_milter(folder: Path, assassin: Daemon) -> Daemon:
    folder.mkdir(parents=True)
    program("spamc")
    port = free_port()
    return Daemon(folder, f"127.0.0.1:{port}", "spamass-milter", "-p", inet(port), "-r", "15", "--", "-d", "127.0.0.1", "-p", assassin.address.split(":")[1])


def opendkim(folder: Path) -> Daemon:
    folder.mkdir(parents=True)
    port = free_port()
    (folder / "conf").write_text(f"Socket {inet(port)}\nMode v\nSyslog no\nAlwaysAddARHeader yes\nAuthservID filter.test\nUserID root\nPidFile {folder}/pid\n")
    return Daemon(folder, f"127.0.0.1:{port}", "opendkim", "-f", "-x", f"{folder}/conf")


def rspamd_proxy(folder: Path) -> Daemon:
    daemon = rspamd(folder)
    conf = (folder / "conf").read_text()
    (folder / "conf").write_text(conf.replace('worker "normal" {', 'worker "rspamd_proxy" { milter = yes; timeout = 120s; upstream "local" { default = yes; self_scan = yes; }'))
    return daemon


def packet(command: bytes, data: bytes = b"") -> bytes:
    return (len(data) + 1).to_bytes(4, "big") + command + data


class Filter:
    """A milter as a test writes one, for FakeScanner: what it answers to each command; elsewhere it says to go on."""

    def __init__(self, actions: int = 0x1ff, protocol: int = 0, **answers: bytes):
        self.negotiation = packet(b"O", b"".join(number.to_bytes(4, "big") for number in (6, actions, protocol)))
        self.answers, self.heard = answers, []

    def __call__(self, connection: socket.socket):
        stream = connection.makefile("rb")
        while (head := stream.read(4)):
            octets = stream.read(int.from_bytes(head, "big"))
            command, data = octets[:1].decode(), octets[1:]
            self.heard.append((command, data))
            if command == "Q":
                return
            if command != "D":
                connection.sendall(self.negotiation if command == "O" else self.answers.get(command, packet(b"c")))
