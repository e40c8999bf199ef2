#!/usr/bin/env python3
"""A demonstration: two Hermod servers on high loopback ports, real messages through them, and what happened to each.

With --once it ends after the tour, exit status 0 if every step went as told; otherwise the servers stay up until Ctrl-C.
"""
import argparse
import base64
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("HERMOD_BUILD", str(ROOT / "build" / "release"))
sys.path.insert(0, str(ROOT / "test" / "system"))
sys.dont_write_bytecode = True

from certificates import self_signed  # noqa: E402
from hermod import BINARY, BUILD, Client, Hermod, careless, free_port, wait_until  # noqa: E402

ALICE, CAROL, DAVE = "alice@demo.example", "carol@other.example", "dave@demo.example"
PASSWORD = "only for this tour"


def heading(text: str):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}")


def show(text: str, limit: int = 40):
    lines = text.rstrip().splitlines()
    for line in lines[:limit]:
        print(textwrap.shorten(line, 150, placeholder=" …") if len(line) > 150 else line, end="\n", flush=True)
    if len(lines) > limit:
        print(f"… and {len(lines) - limit} lines more")


def indent(text: str) -> str:
    return textwrap.indent(text, "    ")


def converse(server: Hermod, sender: str, recipient: str, subject: str) -> str:
    """One message by SMTP, the conversation printed; its queue id."""
    message = f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\n\r\nHello.\r\n".encode()
    with server.client() as client:
        print(indent(f"S: {client.greeting[0]} {client.greeting[1]}"))
        client.hello("laptop.demo.example")
        for line in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"):
            code, text = client.say(line)
            print(indent(f"C: {line}\nS: {code} {text}"))
        code, text = client.say(message + b".")
        print(indent(f"C: (the message, and a lone dot)\nS: {code} {text}"))
        assert code == 250, text
        return next(word for word in text.split() if len(word) == 13)


def header_of(message: bytes) -> str:
    return message.decode("utf-8", "replace").split("\n\n")[0]


def trace(server: Hermod, identity: str):
    print(indent("$ hermod trace " + identity))
    show(indent(server.run("trace", identity).stdout))


def mail_with(server: Hermod, address: str, text: bytes) -> bytes:
    found = lambda: [m for m in server.messages(address) if text in m]
    wait_until(found, 30, f"a message with {text!r} for {address}")
    return found()[0]


def tour_local(here: Hermod):
    heading("1. A message comes in by SMTP and goes into a Maildir")
    identity = converse(here, "bob@demo.example", ALICE, "to a mailbox")
    message = mail_with(here, ALICE, b"Subject: to a mailbox")
    print(f"  It is now a file in {here.maildir(ALICE)}/new:")
    show(indent(header_of(message)))
    trace(here, identity)


def tour_relay(here: Hermod, there: Hermod):
    heading("2. A message is relayed to another server")
    identity = converse(here, ALICE, CAROL, "to another server")
    message = mail_with(there, CAROL, b"Subject: to another server")
    print("  As it arrived there, with a trace field of each server:")
    show(indent(header_of(message)))
    trace(here, identity)


def tour_tls(here: Hermod, there: Hermod):
    heading("3. The same, encrypted: STARTTLS from the client, and between the two servers")
    with here.client() as client:
        client.starttls(name=here.hostname)
        print(indent(f"C: STARTTLS, the handshake: {client.socket.version()} {client.socket.cipher()[0]}"))
        message = f"From: {ALICE}\r\nTo: {CAROL}\r\nSubject: encrypted\r\n\r\nHello.\r\n".encode()
        identity = client.deliver(message, ALICE, CAROL)
    arrived = mail_with(there, CAROL, b"Subject: encrypted")
    print("  Each server says with what (ESMTPS):")
    show(indent(header_of(arrived)))
    trace(here, identity)
    assert header_of(arrived).count("with ESMTPS") == 2


def tour_bounce(here: Hermod):
    heading("4. The other server refuses a recipient: the sender is told")
    identity = converse(here, ALICE, "nobody@other.example", "to nobody")
    bounce = mail_with(here, ALICE, b"Subject: to nobody")
    print("  In Alice's mailbox:")
    show(indent(bounce.decode("utf-8", "replace")), 30)
    trace(here, identity)


def tour_loop(here: Hermod):
    heading("5. Two servers send a message back and forth: the loop is broken")
    identity = converse(here, ALICE, "x@loop.example", "round and round")
    bounce = mail_with(here, ALICE, b"Subject: round and round").decode("utf-8", "replace")
    print(f"  Returned after {bounce.count('Received: from')} hops, because:")
    show(indent("\n".join(line for line in bounce.splitlines() if "5.4.6" in line)))
    trace(here, identity)


def tour_sendmail(here: Hermod):
    heading("6. The sendmail command, while the server is down")
    here.stop()
    print(indent(f"$ sendmail -t  (To: {ALICE})"))
    subprocess.run([str(BUILD / "bin" / "sendmail"), "-f", "bob@demo.example", "-t"], check=True,
                   input=f"To: {ALICE}\nSubject: from a script\n\nHello.\n".encode(),
                   env={**os.environ, "HERMOD_CONFIG": str(here.config)})
    here.start()
    mail_with(here, ALICE, b"Subject: from a script")
    print("  The message waited on disk, and was delivered when the server came back.")


def tour_submission(here: Hermod):
    heading("7. Somebody with an account submits mail: TLS by STARTTLS, then AUTH")
    print(indent(f"$ hermod account add {DAVE}"))
    here.run("account", "add", DAVE, input=PASSWORD + "\n")
    with Client(here.submission_port) as client:
        client.starttls(name=here.hostname)
        print(indent(f"(TLS: {client.socket.version()}, {client.socket.cipher()[0]})"))
        offered = [line for line in client.hello("laptop.demo.example").split("\n") if line.startswith("AUTH")]
        print(indent(f"S: 250 {offered[0]}"))
        for line in ("AUTH PLAIN " + base64.b64encode(f"\0{DAVE}\0{PASSWORD}".encode()).decode(), f"MAIL FROM:<{ALICE}>",
                     f"MAIL FROM:<{DAVE}>", f"RCPT TO:<{CAROL}>", "DATA"):
            code, text = client.say(line)
            print(indent(f"C: {line if 'PLAIN' not in line else 'AUTH PLAIN (user and password)'}\nS: {code} {text}"))
        code, text = client.say(b"Subject: from my laptop\r\nBcc: boss@demo.example\r\n\r\nHello.\r\n.")
        print(indent(f"C: (the message, with a Bcc and without Date, From and Message-ID)\nS: {code} {text}"))
        assert code == 250, text
    return next(word for word in text.split() if len(word) == 13)


def tour_submitted(here: Hermod, there: Hermod, identity: str):
    message = mail_with(there, CAROL, b"Subject: from my laptop")
    print("  As it arrived on the other server, mended:")
    show(indent(header_of(message)))
    assert b"Message-ID" in message and b"Bcc" not in message and b"with ESMTPSA" in message, message
    trace(here, identity)


def tour_pop3(here: Hermod):
    heading("8. She reads her mail: POP3, inside TLS")
    converse(here, ALICE, DAVE, "to be read")
    mail_with(here, DAVE, b"Subject: to be read")
    raw = socket.create_connection(("127.0.0.1", here.pop3s_port), timeout=20)
    with careless().wrap_socket(raw, server_hostname=here.hostname) as connection, connection.makefile("rwb") as pop:
        print(indent(f"S: {pop.readline().decode().rstrip()}"))
        for line in (f"USER {DAVE}", f"PASS {PASSWORD}", "STAT", "UIDL", "RETR 1", "DELE 1", "QUIT"):
            pop.write(line.encode() + b"\r\n")
            pop.flush()
            answer = pop.readline().decode().rstrip()
            print(indent(f"C: {line if 'PASS' not in line else 'PASS (password)'}\nS: {answer}"))
            assert answer.startswith("+OK"), answer
            if line in ("UIDL", "RETR 1"):
                lines = []
                while (text := pop.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                show(indent("\n".join([*lines, "."])), limit=12)
    wait_until(lambda: not here.messages(DAVE), what="the message is deleted")


def servers() -> tuple[Hermod, Hermod]:
    routes = ""
    for domain in ("other.example", "loop.example"):
        routes += f'[[route]]\ndomain = "{domain}"\nnext_hop = "127.0.0.1:THERE"\n'
    routes += '[[route]]\ndomain = "*"\nnext_hop = "error:5.1.2 this demonstration reaches other.example only"\n'
    loops = "[loops]\nmax_hops = 10\n"
    port, submission, pop3s = free_port(), free_port(), free_port()
    listeners = f'[[listen]]\nprotocol = "submission"\naddress = "127.0.0.1:{submission}"\n' \
                f'[[listen]]\nprotocol = "pop3s"\naddress = "127.0.0.1:{pop3s}"\n'
    here = Hermod(mailboxes=[ALICE, "bob@demo.example"], domains=["demo.example"], hostname="mail.demo.example",
                  routes=routes.replace("THERE", str(port)), extra=loops, listeners=listeners)
    here.submission_port, here.pop3s_port = submission, pop3s
    back = "".join(f'[[route]]\ndomain = "{domain}"\nnext_hop = "127.0.0.1:{here.port}"\n'
                   for domain in ("loop.example", "demo.example"))  # the latter for what comes back to its sender
    there = Hermod(mailboxes=[CAROL], domains=["other.example"], hostname="mail.other.example", routes=back, extra=loops,
                   port=port)
    for server in (here, there):
        certificate, key = self_signed(server.folder, server.hostname)
        with open(server.config, "a") as config:
            config.write(f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n')
    return here, there


def by_hand(here: Hermod):
    heading("Try it by hand")
    print(f"""\
  swaks --server 127.0.0.1:{here.port} --from bob@demo.example --to {ALICE}
  openssl s_client -starttls smtp -connect 127.0.0.1:{here.port}
  swaks --server 127.0.0.1:{here.submission_port} --tls --auth PLAIN --auth-user {DAVE} --auth-password '{PASSWORD}' --from {DAVE} --to {CAROL}
  curl --insecure pop3s://127.0.0.1:{here.pop3s_port}/ --user {DAVE}:'{PASSWORD}'
  export HERMOD_CONFIG={here.config}
  {BINARY} status
  {BINARY} queue list --all
  {BINARY} trace --to {ALICE}
  mutt -f {here.maildir(ALICE)}
  less {here.folder}/log

Ctrl-C ends both servers and removes {here.folder}.""", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the tour")
    options = parser.parse_args()
    here, there = servers()
    with here, there:
        print(f"Two servers are up: mail.demo.example on port {here.port}, mail.other.example on port {there.port}.")
        tour_local(here)
        tour_relay(here, there)
        tour_tls(here, there)
        tour_bounce(here)
        tour_loop(here)
        tour_sendmail(here)
        tour_submitted(here, there, tour_submission(here))
        tour_pop3(here)
        if not options.once:
            by_hand(here)
            try:
                signal.pause()
            except KeyboardInterrupt:
                print()
    print("\nThe tour is over; everything went as told.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
