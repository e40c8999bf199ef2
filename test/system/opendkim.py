"""opendkim as mail servers ask it: a daemon that signs or verifies, and a client of the milter protocol that shows it whole messages.
Its own `-t` cannot sign, and starts a program for each message."""
import shutil
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from hermod import free_port, wait_until

ACTIONS, ALL_STEPS, LEADING_SPACE = 0x1FF, 0x1FFFFF, 0x100000
PIECE = 65_000


def is_installed() -> bool:
    return Path("/usr/sbin/opendkim").exists()


class OpenDkim:
    def __init__(self, settings: str):
        self.folder = Path(tempfile.mkdtemp(prefix="hermod-opendkim-"))
        self.port = free_port()
        (self.folder / "conf").write_text(f"Socket inet:{self.port}@127.0.0.1\nPidFile {self.folder}/pid\nSyslog no\nUserID root\n"
                                          f"RequireSafeKeys no\n{settings}")

    def __enter__(self):
        self.said = open(self.folder / "said", "w")
        self.process = subprocess.Popen(["/usr/sbin/opendkim", "-f", "-x", str(self.folder / "conf")], stdin=subprocess.DEVNULL,
                                        stdout=self.said, stderr=self.said)
        wait_until(self.is_up, what="opendkim")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.said.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_up(self) -> bool:
        assert self.process.poll() is None, (self.folder / "said").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def fields_for(self, messages: list[bytes], client: str = "127.0.0.1") -> list[list[bytes]]:
        """What it would have put in front of each, one field after the other."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection, self.buffer = connection, b""
            self.send(b"O", struct.pack(">III", 6, ACTIONS, ALL_STEPS))
            command, answer = self.receive()
            assert command == b"O"
            self.steps = struct.unpack(">III", answer[:12])[2]
            assert self.steps & LEADING_SPACE, "blanks in front of values are shown as they are"
            self.ask(b"C", b"client.test\0" + b"4" + struct.pack(">H", 1) + client.encode() + b"\0", 0x1000)
            self.ask(b"H", b"client.test\0", 0x2000)
            found = [self.show(message) for message in messages]
            self.send(b"Q")
        return found

    def show(self, message: bytes) -> list[bytes]:
        header, _, body = message.partition(b"\r\n\r\n")
        self.ask(b"M", b"<ann@example.org>\0", 0x4000)
        self.ask(b"R", b"<bob@example.net>\0", 0x8000)
        self.ask(b"T", b"", 0x10000)
        for field in header.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n"):
            name, _, value = field.partition(b":")
            self.ask(b"L", name + b"\0" + value + b"\0", 0x80)
        self.ask(b"N", b"", 0x40000)
        for begin in range(0, len(body), PIECE):
            self.ask(b"B", body[begin:begin + PIECE], 0x80000)
        self.send(b"E")
        fields = []
        while True:
            command, answer = self.receive()
            if command in b"ih":
                name, value, _ = (answer[4:] if command == b"i" else answer).split(b"\0")
                fields.append(name + b":" + value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n")
            elif command != b"p":
                assert command in b"ac", (command, answer)
                return fields

    def ask(self, command: bytes, data: bytes, no_reply: int):
        self.send(command, data)
        if not self.steps & no_reply:
            answer, text = self.receive()
            assert answer == b"c", (command, answer, text)

    def send(self, command: bytes, data: bytes = b""):
        self.connection.sendall(struct.pack(">I", len(data) + 1) + command + data)

    def receive(self) -> tuple[bytes, bytes]:
        length, = struct.unpack(">I", self.take(4))
        packet = self.take(length)
        return packet[:1], packet[1:]

    def take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            octets = self.connection.recv(65536)
            assert octets, "opendkim has hung up"
            self.buffer += octets
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken
