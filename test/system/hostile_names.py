"""A name server that says what no honest one would: octet by octet, and with a book of what it was asked. A resolver's upstream."""
import socket
import struct
import threading
from collections.abc import Callable, Iterable

A, CNAME, PTR, MX, TXT, AAAA = 1, 5, 12, 15, 16, 28
NXDOMAIN, SERVFAIL = 3, 2
TRUNCATED = 0x0200
LONGEST_DATAGRAM = 1232


def wire(name: str | Iterable[bytes]) -> bytes:
    """A name of labels: "a.example", or the octets of each."""
    labels = [label.encode() for label in name.split(".") if label] if isinstance(name, str) else list(name)
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner: bytes, kind: int, data: bytes, ttl: int = 60) -> bytes:
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def text(octets: bytes | str) -> bytes:
    octets = octets.encode() if isinstance(octets, str) else octets
    return b"".join(bytes([len(piece)]) + piece for piece in (octets[i:i + 255] for i in range(0, max(len(octets), 1), 255)))


def address(dotted: str) -> bytes:
    return socket.inet_aton(dotted)


class Query:
    def __init__(self, packet: bytes, by_tcp: bool):
        self.packet, self.by_tcp = packet, by_tcp
        at, labels = 12, []
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]])
            at += 1 + packet[at]
        self.labels = labels
        self.name = b".".join(labels).decode("latin-1").lower()
        self.owner, self.kind = packet[12:at + 1], struct.unpack(">H", packet[at + 1:at + 3])[0]
        self.question = packet[12:at + 5]
        self.id = packet[:2]

    def reply(self, answers: list[bytes] = (), rcode: int = 0, flags: int = 0, additional: list[bytes] = (), question: bytes | None = None,
              number: bytes | None = None, counted: int | None = None) -> bytes:
        head = struct.pack(">HHHHH", 0x8580 | flags | rcode, 1, len(answers) if counted is None else counted, 0, len(additional))
        return (number or self.id) + head + (question or self.question) + b"".join(answers) + b"".join(additional)

    def records(self, *datas: bytes) -> list[bytes]:
        """Of the name and type that it is about."""
        return [record(self.owner, self.kind, data) for data in datas]


class Zones:
    """What is honest: by name and type the data of each record. Whatever else there is, is not."""

    def __init__(self):
        self.records: dict[tuple[str, int], list[bytes]] = {}

    def add(self, name: str, kind: int, *datas: bytes):
        self.records.setdefault((name.lower(), kind), []).extend(datas)

    def spf(self, name: str, *records: str | bytes):
        self.add(name, TXT, *(text(one) for one in records))

    def __call__(self, query: Query) -> list[bytes]:
        found = self.records.get((query.name, query.kind))
        if found is None:
            exists = any(name == query.name or name.endswith("." + query.name) for name, _ in self.records)
            return [query.reply(rcode=0 if exists else NXDOMAIN)]
        reply = query.reply(query.records(*found))
        return [reply if query.by_tcp or len(reply) <= LONGEST_DATAGRAM else query.reply(flags=TRUNCATED)]


class HostileNames:
    """`answer`: the packets for a query, in their order; nothing: none, or none yet."""

    def __init__(self, answer: Callable[[Query], list[bytes]]):
        self.answer = answer
        self.asked: list[Query] = []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.create_server(("127.0.0.1", self.port), backlog=100)
        self.elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.held: list[tuple[Query, object]] = []

    def __enter__(self):
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        for one in (self.udp, self.tcp, self.elsewhere):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def about(self, suffix: str, kind: int | None = None) -> list[str]:
        """What was asked at or below a name, in order; what was sent again once."""
        return list(dict.fromkeys(f"{query.name} {query.kind}" for query in list(self.asked)
                                  if (query.name == suffix or query.name.endswith("." + suffix)) and kind in (None, query.kind)))

    def serve_udp(self):
        while True:
            try:
                packet, client = self.udp.recvfrom(65535)
            except OSError:
                return
            if not packet:  # shut down
                return
            query = Query(packet, by_tcp=False)
            self.asked.append(query)
            query.send_from_elsewhere = lambda reply, client=client: self.elsewhere.sendto(reply, client)
            packets = self.answer(query)
            if not packets:
                self.held.append((query, client))
            for reply in packets or ():
                self.udp.sendto(reply[:65000], client)

    def answer_what_waits(self, answer: Callable[[Query], list[bytes]]):
        """And answer so from now on."""
        self.answer = answer
        while self.held:
            query, client = self.held.pop()
            for reply in answer(query):
                self.udp.sendto(reply, client)

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_connection, args=(connection,), daemon=True).start()

    def serve_connection(self, connection: socket.socket):
        with connection, connection.makefile("rb") as stream:
            while len(length := stream.read(2)) == 2:
                query = Query(stream.read(int.from_bytes(length, "big")), by_tcp=True)
                self.asked.append(query)
                for reply in self.answer(query) or ():
                    try:
                        connection.sendall(struct.pack(">H", len(reply)) + reply)
                    except OSError:
                        return
