"""The classic lab: three hosts whose aliases point to each other, so that a message goes round. st13 is Hermod, st3 is
Postfix, st12 is Exim; each has an address of its own, port 25, a zone, and name servers that know all three."""
import re
import textwrap
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import dns
import exim
import namespaces
import postfix
from hermod import Client, Hermod, wait_until

ADDRESSES = {"st13": "192.0.2.13", "st3": "198.51.100.3", "st12": "203.0.113.12"}
ZONES = {f"{name}.example": f"@ MX 10 mail\nmail A {address}\n" for name, address in ADDRESSES.items()}
SENDER = "u@st13.example"
KEEPER = "keeper@st13.example"
ALIAS = "loop@st13.example"

# How Postfix has its alias: as virtual_alias_maps, which rewrite, or as aliases(5), which its local(8) forwards.
VIRTUAL = {"virtual_alias_domains": "st3.example", "virtual_alias_maps": "inline:{{loop@st3.example = loop@st12.example}}",
           "virtual_mailbox_domains": ""}
FORWARDED = {"mydestination": "st3.example", "alias_maps": "inline:{{loop = loop@st12.example}}"}
NEVER = "100000"


def missing() -> str:
    """What keeps the lab from being built here; empty: nothing."""
    absent = [name for name, is_there in (("NSD or Unbound", dns.is_installed()), ("Postfix", postfix.is_installed()),
                                          ("Exim in build/peers (./dev test fetches it)", exim.is_installed())) if not is_there]
    return "not here: " + ", ".join(absent) if absent else namespaces.missing()


class Log:
    """The lines of several log files in the order in which they were written, each with its host and the time it was seen:
    not all of their own times are finer than a second."""

    def __init__(self, files: dict[str, Path]):
        self.files = files
        self.read = {host: path.stat().st_size if path.exists() else 0 for host, path in files.items()}
        self.lines: list[tuple[float, str, str]] = []
        self.start = time.monotonic()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self):
        while not self.over.wait(0.004):
            self.look()

    def look(self):
        for host, path in self.files.items():
            if not path.exists():
                continue
            with open(path, "rb") as file:
                file.seek(self.read[host])
                octets = file.read()
            whole = octets[:octets.rfind(b"\n") + 1]
            self.read[host] += len(whole)
            now = time.monotonic() - self.start
            self.lines += [(now, host, line) for line in whole.decode("utf-8", "replace").splitlines()]

    def close(self):
        self.over.set()
        self.thread.join()
        self.look()

    def side_by_side(self, width: int = 56) -> str:
        hosts = list(self.files)
        rows = [" " * 8 + "  ".join(host.ljust(width) for host in hosts)]
        for when, host, line in self.lines:
            column = hosts.index(host)
            pieces = textwrap.wrap(without_time(line), width, max_lines=4) or [""]
            for number, piece in enumerate(pieces):
                stamp = f"{when:7.3f} " if number == 0 else " " * 8
                rows.append((stamp + " " * (column * (width + 2)) + piece).rstrip())
        return "\n".join(rows)


def without_time(line: str) -> str:
    """The line without what each of its column says anyway: time, host, program."""
    line = re.sub(r"\s+", " ", line)
    line = re.sub(r"^\d{4}-\d\d-\d\d[T ][\d:.,]+(Z|[+-]\d\d:?\d\d)? ", "", line)
    return re.sub(r"^\w{3} +\d+ [\d:]+ \S+ postfix/", "", line)


class Lab:
    """The network, its name servers, Postfix and Exim. Hermod is made for each message: `with lab.hermod(…)`."""

    def __init__(self, postfix_alias: dict[str, str] = VIRTUAL, patient: tuple[str, ...] = ()):
        """Who is `patient` lets a message go round for ever; the others have the limits they come with."""
        self.postfix_settings = {"inet_interfaces": "all", "mynetworks": "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24",
                                 **postfix_alias, **({"hopcount_limit": NEVER} if "Postfix" in patient else {})}
        self.exim_settings = {"received_headers_max": NEVER} if "Exim" in patient else {}

    def __enter__(self):
        with ExitStack() as stack:
            self.network = stack.enter_context(namespaces.Network(ADDRESSES))
            # An address of the router's that all hosts reach.
            self.names = namespaces.gateway_of(ADDRESSES["st13"])
            for name in ADDRESSES:
                (self.network.folder / name).write_text(f"nameserver {self.names}\n")
            stack.enter_context(dns.Names(ZONES, address=self.names, port=53, wrapper=self.network.router.wrapper()))
            self.postfix = stack.enter_context(postfix.Postfix(
                "mail.st3.example", settings=self.postfix_settings, address=ADDRESSES["st3"], port=25,
                wrapper=self.network.wrapper("st3")))
            self.exim = stack.enter_context(exim.Exim(
                "mail.st12.example", "loop@st12.example", ALIAS, ADDRESSES["st12"], self.network, "st12", self.exim_settings))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def hermod(self, policy: str = "bounce", max_hops: int = 100, targets=("loop@st3.example",), remembered: int = 0,
               loops: str = "") -> "Round":
        named = ", ".join(f'"{target}"' for target in targets)
        server = Hermod(mailboxes=[SENDER, KEEPER, "postmaster@st13.example"], domains=["st13.example"], hostname="mail.st13.example",
                        address=ADDRESSES["st13"], port=25, networks=[f"{ADDRESSES['st13']}/32"],
                        wrapper=self.network.wrapper("st13"),
                        extra=f'[dns]\nresolver = "{self.names}:53"\n[aliases]\n"{ALIAS}" = [{named}]\n[queue]\nfirst_retry = "1s"\n'
                              f'longest_retry = "1s"\n[loops]\npolicy = "{policy}"\nmax_hops = {max_hops}\n'
                              f'remembered = {remembered}\n{loops}')
        return Round(self, server)


class Round:
    """One message and its way through the lab."""

    def __init__(self, lab: Lab, server: Hermod):
        self.lab, self.server = lab, server

    def __enter__(self):
        self.server.start()
        self.log = Log({"st13 Hermod": self.server.folder / "log", "st3 Postfix": self.lab.postfix.log,
                        "st12 Exim": self.lab.exim.log})
        return self

    def __exit__(self, *_):
        self.log.close()
        self.server.__exit__()
        print("\n" + self.log.side_by_side())

    def send(self, sender: str = SENDER) -> str:
        with self.lab.network.hosts["st13"].inside():
            client = Client(25, host=ADDRESSES["st13"], source=ADDRESSES["st13"])
        with client:
            return client.deliver(b"Message-ID: <round@st13.example>\r\nSubject: round\r\n\r\nround and round\r\n", sender, ALIAS)

    def text(self, host: str) -> str:
        return "\n".join(line for _, where, line in list(self.log.lines) if host in where)

    def times(self, event: str, **keys) -> int:
        """How often Hermod wrote that event with these keys."""
        return sum(all(entry.get(key) == value for key, value in {"event": event, **keys}.items())
                   for entry in self.server.events())

    def rounds(self) -> int:
        """How often the message left st13 for the circle."""
        return self.times("relayed", to="loop@st3.example")

    def breakers(self) -> Counter:
        """Who saw a loop, and how often."""
        return +Counter({"Hermod": self.times("loop_broken"),
                         "Exim": self.text("Exim").count('Too many "Received" headers'),
                         "Postfix": len(re.findall("hopcount exceeded|mail forwarding loop", self.text("Postfix")))})

    def bounces(self, address: str = SENDER) -> list[bytes]:
        return [message for message in self.server.messages(address) if message.startswith(b"Return-Path: <>")]

    def is_empty(self) -> bool:
        """No queue has anything left."""
        return not self.server.queue() and not self.lab.postfix.waiting() and not self.lab.exim.queue()

    def is_quiet(self) -> bool:
        """Nothing is under way any more; what is held or frozen stays."""
        going = [entry for entry in self.server.queue() if any(r["state"] != "held" for r in entry["recipients"])]
        return not going and not self.lab.postfix.waiting() and "moving" not in self.lab.exim.queue()

    def settle(self, happened, what: str):
        """Until it has happened, and nothing follows it."""
        wait_until(happened, 90, what)
        wait_until(lambda: self.is_quiet() and self.is_quiet(), 30, "quiet")


def reporter(bounce: bytes) -> str:
    """Which host wrote a notification (RFC 3464 §2.2.2)."""
    found = re.search(rb"(?im)^Reporting-MTA: dns; ?(\S+)", bounce)
    return found.group(1).decode() if found else ""
