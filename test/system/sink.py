"""A server at the other end: keeps the octets of every message, and can be told to refuse, stall or misbehave."""
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field


@dataclass
class Taken:
    sender: str
    recipients: list[str]
    octets: bytes  # as they came behind DATA, dots and all, without the final dot line; or the chunks of BDAT
    parameters: str = ""
    tls: str = ""  # the version; empty: it came in the clear


@dataclass
class Manners:
    """How the server behaves. A reply is a whole line without CRLF; None: hang up instead."""
    greeting: str | None = "220 sink.test ESMTP"
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SIZE 104857600", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8")
    mail: str = "250 2.1.0 ok"
    rcpt: dict[str, str] = field(default_factory=dict)  # by address
    end: str | None = "250 2.0.0 taken"
    tls: ssl.SSLContext | None = None  # STARTTLS is offered, and done by it
    is_implicit_tls: bool = False  # or TLS from the first octet on
    injected: bytes = b""  # sent in the clear with the reply to STARTTLS
    starttls: str = "220 2.0.0 go"
    stall: threading.Event | None = None  # wait for it before the greeting
    stall_end: threading.Event | None = None  # wait for it before the reply to a message


class Sink:
    def __init__(self, manners: Manners | None = None, host: str = "127.0.0.1", port: int = 0):
        self.manners = manners or Manners()
        self.taken: list[Taken] = []
        self.open = 0  # connections just now
        self.at_the_end = 0  # messages that came to their end
        self.lock = threading.Lock()
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with sink.lock:
                    sink.open += 1
                try:
                    sink.serve(self.connection)
                except (ConnectionError, ValueError, ssl.SSLError, OSError):
                    pass
                finally:
                    with sink.lock:
                        sink.open -= 1

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 200

        self.server = Server((host, port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, connection: socket.socket):
        if self.manners.is_implicit_tls:
            connection = self.manners.tls.wrap_socket(connection, server_side=True)
        if self.converse(connection.makefile("rb"), connection.makefile("wb"), connection) == "STARTTLS":
            secure = self.manners.tls.wrap_socket(connection, server_side=True)
            self.converse(secure.makefile("rb"), secure.makefile("wb"), secure, is_second=True)
            secure.close()

    def converse(self, lines, out, connection, is_second: bool = False):
        version = connection.version() if isinstance(connection, ssl.SSLSocket) else ""

        def say(text: str):
            out.write(text.encode() + b"\r\n")
            out.flush()

        manners = self.manners
        if manners.stall:
            manners.stall.wait(60)
        if manners.greeting is None:
            return
        if not is_second:
            say(manners.greeting)
        sender, recipients, parameters = "", [], []
        chunks = b""
        while line := lines.readline():
            words = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            verb = words.split(" ", 1)[0].upper()
            if verb == "EHLO":
                for extension in manners.extensions:
                    say(f"250-{extension}")
                if manners.tls and not version:
                    say("250-STARTTLS")
                say("250 HELP")
            elif verb == "STARTTLS":
                out.write(manners.starttls.encode() + b"\r\n" + manners.injected)
                out.flush()
                if manners.starttls.startswith("220"):
                    return "STARTTLS"
            elif verb == "HELO":
                say("250 hello")
            elif verb == "MAIL":
                sender, recipients, parameters, chunks = words[words.index("<") + 1 : words.index(">")], [], [words], b""
                say(manners.mail)
            elif verb == "RCPT":
                address = words[words.index("<") + 1 : words.rindex(">")]
                reply = manners.rcpt.get(address, "250 2.1.5 ok")
                parameters.append(words)
                if reply.startswith("2"):
                    recipients.append(address)
                say(reply)
            elif verb == "DATA":
                if not recipients:
                    say("554 5.5.1 no valid recipients")
                    continue
                say("354 go ahead")
                octets = b""
                while (text := lines.readline()) != b".\r\n":
                    if not text:
                        return
                    octets += text
                if not self.finish(say, sender, recipients, octets, parameters, version):
                    return
            elif verb == "BDAT":
                size, last = int(words.split()[1]), words.upper().endswith("LAST")
                chunks += lines.read(size)
                if not last:
                    say("250 2.0.0 more")
                elif not self.finish(say, sender, recipients, chunks, parameters, version):
                    return
            elif verb == "QUIT":
                say("221 2.0.0 bye")
                return
            else:
                say("250 2.0.0 ok")

    def finish(self, say, sender, recipients, octets, parameters, version) -> bool:
        self.at_the_end += 1
        if self.manners.stall_end:
            self.manners.stall_end.wait(60)
        if self.manners.end is None:
            return False
        if self.manners.end.startswith("2"):
            self.taken.append(Taken(sender, list(recipients), octets, "\n".join(parameters), version))
        say(self.manners.end)
        return True


def dead_port() -> int:
    """A port of this machine that refuses connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
