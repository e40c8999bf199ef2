#!/usr/bin/env python3
"""Measures Hermod on this machine, beside Postfix where the two can be compared, and prints rates and ratios.

  relay     4 KB messages from smtp-source through a server to smtp-sink: straight, Postfix with durable defaults, Hermod,
            in turns; over reused connections and with one connection a message
  local     the same into one Maildir
  idle      10,000 idle connections: memory of all processes, latency of a good client meanwhile
  backlog   messages queued for a dead destination: time to accept again after a restart, memory
  commit    the journal alone
  recipients  100,000 domains and 1,000,000 accounts made by command: time to import them, RCPT over a session, memory
  tls       handshakes, full and resumed: processor time of the server for each, beside Postfix's smtpd and openssl
            s_server; then what asking keyd for the signature costs
  auth      DKIM and SPF on one core, beside OpenSSL; then, with all of it switched on, mail of strangers that is checked (SPF, DKIM,
            DMARC) on its way into a Maildir, and mail of our own that is signed (Ed25519) on its way to smtp-sink: Hermod beside
            Postfix with opendkim and opendmarc
  logins    how long refusals take, of a name that exists and one that does not
  bayes     the filter that learns: spam caught and ham taken for spam over ten folds of a corpus, beside bogofilter and
            SpamAssassin's Bayes; messages judged a second
  pop3      a Maildir of many messages: from the greeting to the end of the UIDL list and of STAT, Dovecot beside it

Absolute rates depend on the machine and on what else it does; ratios within one run are what counts.
"""
import argparse
import json
import os
import pty
import random
import re
import resource
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("HERMOD_BUILD", str(ROOT / "build" / "release"))
sys.path.insert(0, str(ROOT / "test" / "system"))
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

import bench_bayes  # noqa: E402
import dns  # noqa: E402
from bench_logins import bench_logins  # noqa: E402
from hermod import Client, Hermod, careless, free_port, wait_until  # noqa: E402
from milters import ED25519, RSA, Milters, make_key  # noqa: E402
from postfix import Postfix  # noqa: E402


class Sink:
    """smtp-sink, which counts the messages it was given on a terminal of its own."""

    def __init__(self, port: int):
        self.port = port

    def __enter__(self):
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(["smtp-sink", *(["-u", "nobody"] if os.geteuid() == 0 else []), "-c", f"127.0.0.1:{self.port}", "2000"], stdout=theirs, stderr=theirs,
                                        stdin=subprocess.DEVNULL)
        os.close(theirs)
        os.set_blocking(self.terminal, False)
        self.seen, self.tail = 0, b""
        wait_until(self.accepts, what="smtp-sink up")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.close(self.terminal)

    def accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except ConnectionRefusedError:
            return False

    def count(self) -> int:
        try:
            while octets := os.read(self.terminal, 65536):
                self.tail = (self.tail + octets)[-4096:]
        except (BlockingIOError, OSError):
            pass
        if counts := re.findall(rb"mesg=(\d+)", self.tail):
            self.seen = int(counts[-1])
        return self.seen


def load(port: int, messages: int, sessions: int, reuse: bool, count, size: int = 4096, recipient: str = "b@dst.test",
         patience: float = 300, message: Path | None = None) -> tuple[float, float]:
    """Sends with smtp-source; rates a second: accepted, and delivered by what `count()` says."""
    before = count()
    command = ["smtp-source", *(["-d"] if reuse else []), "-s", str(sessions), "-m", str(messages),
               *(["-F", str(message)] if message else ["-l", str(size)]), "-f", f"ann@{AUTHOR_DOMAIN}" if message else "a@src.test", "-t", recipient, f"127.0.0.1:{port}"]
    start = time.monotonic()
    source = subprocess.Popen(command)
    accepted = delivered = None
    while time.monotonic() - start < patience and (accepted is None or delivered is None):
        if accepted is None and source.poll() is not None:
            assert source.returncode == 0, "smtp-source failed"
            accepted = time.monotonic()
        if delivered is None and count() - before >= messages:
            delivered = time.monotonic()
        time.sleep(0.01)
    assert accepted and delivered, f"only {count() - before} of {messages} delivered after {patience} s"
    return messages / (accepted - start), messages / (delivered - start)


def bench_relay(options):
    sink_port = free_port()
    relayhost = f"[127.0.0.1]:{sink_port}"
    tuned = {"default_process_limit": "200", "smtp_destination_concurrency_limit": "100", "in_flow_delay": "0",
             "smtp_dns_support_level": "disabled"}
    route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink_port}"\n'
    limits = "[limits]\nconnections_per_client = 1000\n"
    print(f"{options.messages} messages of 4 KB, {options.sessions} sessions, {os.cpu_count()} cores; delivered a second")
    print(f"{'':26}{'straight':>10}{'Postfix':>10}{'Hermod':>10}{'/Postfix':>10}{'/straight':>10}")
    with Postfix("postfix.bench.test", relayhost=relayhost, settings=tuned) as postfix, \
            Hermod(routes=route, extra=limits, hostname="hermod.bench.test") as hermod:
        for reuse, label in [(True, "connections reused"), (False, "one connection a message")]:
            rates = {"straight": [], "Postfix": [], "Hermod": []}
            for turn in range(options.turns):
                for name, port in [("straight", sink_port), ("Postfix", postfix.port), ("Hermod", hermod.port)]:
                    messages = options.messages if name != "Postfix" else max(options.messages // 10, 200)
                    with Sink(sink_port) as sink:
                        rates[name].append(load(port, messages, options.sessions, reuse, sink.count)[1])
            best = {name: max(values) for name, values in rates.items()}
            print(f"{label:26}{best['straight']:10.0f}{best['Postfix']:10.0f}{best['Hermod']:10.0f}"
                  f"{best['Hermod'] / best['Postfix']:10.1f}{best['Hermod'] / best['straight']:10.2f}", flush=True)
            print("   every turn: " + "; ".join(f"{name} " + " ".join(f"{v:.0f}" for v in values)
                                                for name, values in rates.items()), flush=True)


def entries(folder: Path) -> int:
    return sum(1 for _ in os.scandir(folder)) if folder.is_dir() else 0


def bench_local(options):
    box = "u@l.test"
    print(f"{options.messages} messages of 4 KB into one Maildir, {options.sessions} sessions; delivered a second")
    with Postfix("postfix.bench.test", mailboxes=[box]) as postfix, \
            Hermod(extra="[limits]\nconnections_per_client = 1000\n") as hermod:
        rates = {}
        for name, server, folder in [("Postfix", postfix, postfix.folder / "mail" / "l.test" / "u" / "new"),
                                     ("Hermod", hermod, hermod.maildir(box) / "new")]:
            messages = options.messages if name == "Hermod" else max(options.messages // 10, 200)
            rates[name] = load(server.port, messages, options.sessions, True, lambda: entries(folder), recipient=box)
        for name, (accepted, delivered) in rates.items():
            print(f"{name:10} accepted {accepted:8.0f}  delivered {delivered:8.0f}")
        print(f"ratio      accepted {rates['Hermod'][0] / rates['Postfix'][0]:8.1f}  delivered "
              f"{rates['Hermod'][1] / rates['Postfix'][1]:8.1f}")


def proportional_memory(pids: list[int]) -> int:
    """KiB, shared pages divided among those who share them."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def server_pids(hermod: Hermod) -> list[int]:
    return [hermod.process.pid, *hermod.pids()]


def bench_idle(options):
    wanted = options.connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(min(hard, 65536), wanted + 100), max(hard, wanted + 100)))
    limits = f"[limits]\nconnections = {wanted + 1000}\nconnections_per_client = {wanted}\nconnections_per_network = {wanted}\n"
    with Hermod(extra=limits) as hermod:
        empty = proportional_memory(server_pids(hermod))
        idle = []
        for number in range(wanted):
            client = Client(hermod.port, source=f"127.0.{1 + number // 250}.{1 + number % 250}")
            client.hello()
            idle.append(client.socket)
        full = proportional_memory(server_pids(hermod))
        times = []
        for _ in range(200):
            start = time.monotonic()
            with hermod.client() as client:
                client.deliver(b"Subject: among the idle\r\n\r\nx\r\n")
            times.append(time.monotonic() - start)
        times.sort()
        print(f"{wanted} idle connections: {full / 1024:.0f} MiB of memory in all processes together (PSS), "
              f"{empty / 1024:.0f} MiB without them")
        print(f"a good client's whole session meanwhile: median {statistics.median(times) * 1000:.1f} ms, "
              f"p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms")
        for connection in idle:
            connection.close()


def bench_backlog(options):
    route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{free_port()}"\n'
    with Hermod(routes=route, extra="[limits]\nconnections_per_client = 1000\n") as hermod:
        start = time.monotonic()
        subprocess.run(["smtp-source", "-d", "-s", "50", "-m", str(options.messages), "-l", "1024", "-f", "a@src.test",
                        "-t", "b@dst.test", f"127.0.0.1:{hermod.port}"], check=True)
        print(f"{options.messages} messages of 1 KB for a dead destination: accepted in {time.monotonic() - start:.0f} s")
        print(f"memory (PSS) with them queued: {proportional_memory(server_pids(hermod)) / 1024:.0f} MiB")
        for how, stop in [("a clean stop", hermod.stop), ("a kill of all processes", hermod.kill_all)]:
            stop()
            start = time.monotonic()
            hermod.start()
            with hermod.client() as client:
                client.deliver(b"Subject: after the restart\r\n\r\nx\r\n")
            print(f"accepting again after {how}: {time.monotonic() - start:.2f} s; memory "
                  f"{proportional_memory(server_pids(hermod)) / 1024:.0f} MiB", flush=True)


def bench_commit(_):
    subprocess.run(["ninja", "-C", os.environ["HERMOD_BUILD"], "--quiet", "spool_bench"], check=True)
    with tempfile.TemporaryDirectory(prefix="hermod-commit-") as folder:
        subprocess.run([os.environ["HERMOD_BUILD"] + "/bin/spool_bench", folder, "commits"], check=True)


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[int((len(times) - 1) * part)]


def import_lines(hermod: Hermod, command: str, lines) -> float:
    """Seconds that `hermod COMMAND import` takes."""
    file = hermod.folder / f"{command}.jsonl"
    with open(file, "w") as out:
        out.writelines(json.dumps(line) + "\n" for line in lines)
    start = time.monotonic()
    done = subprocess.run([os.environ["HERMOD_BUILD"] + "/bin/hermod", command, "import", str(file), "--config", str(hermod.config)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return time.monotonic() - start


def session_times(hermod: Hermod, addresses: list[str], code: int) -> list[float]:
    """Milliseconds from RCPT to its reply, one after another, a hundred in a transaction. After some errors a client has
    to wait for each reply, so that those who do not exist are asked for a few in a session."""
    in_a_session = 5000 if code == 250 else 3
    times = []
    for first in range(0, len(addresses), in_a_session):
        times += times_of_one(hermod, addresses[first:first + in_a_session], code)
    return times


def times_of_one(hermod: Hermod, addresses: list[str], code: int) -> list[float]:
    times = []
    with hermod.client(timeout=60) as client:
        client.hello()
        for number, address in enumerate(addresses):
            if number % 100 == 0:
                client.say("RSET")
                client.say("MAIL FROM:<a@src.test>")
            start = time.monotonic()
            got = client.say(f"RCPT TO:<{address}>")
            times.append((time.monotonic() - start) * 1000)
            assert got[0] == code, (address, got)
    return times


def bench_recipients(options):
    domains, accounts = options.domains, options.domains * 10
    subprocess.run(["ninja", "-C", os.environ["HERMOD_BUILD"], "--quiet", "accounts_bench"], check=True)
    with Hermod(extra="[limits]\nerrors = 10000\njunk_commands = 10000\n") as hermod:
        empty = proportional_memory(hermod.pids("directory"))
        took = import_lines(hermod, "domain", ({"domain": f"b{d}.test"} for d in range(domains)))
        print(f"{domains} domains imported in {took:.1f} s", flush=True)
        took = import_lines(hermod, "account", ({"address": f"a{a}@b{d}.test", "quota": "1GB"} for d in range(domains) for a in range(10)))
        size = sum(file.stat().st_size for file in (hermod.folder / "data" / "directory").iterdir())
        print(f"{accounts} accounts imported in {took:.1f} s, while the server runs; {size / 1024 / 1024:.0f} MiB on disk", flush=True)
        dice = random.Random(7)
        some = [f"a{dice.randrange(10)}@b{dice.randrange(domains)}.test" for _ in range(options.recipients)]
        with hermod.client() as client:
            client.hello()
            start = time.monotonic()
            for _ in range(2000):
                client.say("NOOP")
            floor = (time.monotonic() - start) / 2
        for name, addresses, code in [("who exists", some, 250), ("who does not", ["x" + address for address in some], 550)]:
            times = session_times(hermod, addresses, code)
            print(f"RCPT of {name:13} p50 {percentile(times, 0.5):.3f} ms   p99 {percentile(times, 0.99):.3f} ms   "
                  f"p99.9 {percentile(times, 0.999):.3f} ms   ({len(times)} of them; a NOOP takes {floor:.3f} ms)", flush=True)
        full = proportional_memory(hermod.pids("directory"))
        print(f"directory: {full / 1024:.1f} MiB (PSS), {empty / 1024:.1f} MiB before there were any")
        subprocess.run([os.environ["HERMOD_BUILD"] + "/bin/accounts_bench", str(hermod.folder / "data" / "directory" / "directory.db")],
                       check=True)



def processor_time(pids: list[int]) -> float:
    """Seconds that these processes have run, and their children that have ended."""
    living = ended = 0
    for pid in pids:
        try:
            ended += sum(int(ticks) for ticks in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[13:15])
            living += sum(int(Path(task, "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return living / 1e9 + ended / os.sysconf("SC_CLK_TCK")


def session_tree(root: int) -> list[int]:
    """The process and everything below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except FileNotFoundError:
                pass
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def shake_hands(port: int, count: int, resumed: bool, greets: bool):
    """So many connections with TLS 1.3, one after the other."""
    context = ssl._create_unverified_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    session = None
    reused = 0
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port)) as plain, \
                context.wrap_socket(plain, server_hostname="mx.bench.test", session=session if resumed else None) as secure:
            if not greets:
                secure.sendall(b"QUIT\r\n")
            secure.recv(4096)  # the ticket comes with the first octets
            if greets:
                secure.sendall(b"QUIT\r\n")
                secure.recv(4096)
            reused += secure.session_reused
            session = secure.session
    assert not resumed or reused >= count * 0.9 - 1, f"only {reused} of {count} sessions were resumed"


def shake_hands_at_once(port: int, count: int, clients: int, resumed: bool, greets: bool) -> float:
    """The same by so many clients; how many connections a second."""
    start = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        for shaken in [pool.submit(shake_hands, port, count // clients, resumed, greets) for _ in range(clients)]:
            shaken.result()
    return count / (time.monotonic() - start)


def bench_tls(options):
    from certificates import self_signed
    count = options.handshakes
    with tempfile.TemporaryDirectory(prefix="hermod-tls-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certificate, key = self_signed(folder, "mx.bench.test")
        ports = {server: free_port() for server in ("Postfix", "Hermod", "s_server")}
        settings = {"smtpd_tls_wrappermode": "yes", "smtpd_tls_cert_file": str(certificate), "smtpd_tls_key_file": str(key)}
        listener = f'[[listen]]\nprotocol = "smtp"\naddress = "127.0.0.1:{ports["Hermod"]}"\ntls = "implicit"\n'
        tls = f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[limits]\nconnections_per_client = 1000\n'
        s_server = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{ports['s_server']}", "-cert", str(certificate),
                                     "-key", str(key), "-quiet", "-rev"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        with Postfix("postfix.bench.test", settings=settings, port=ports["Postfix"]) as postfix, \
                Hermod(listeners=listener, extra=tls, hostname="hermod.bench.test") as hermod:
            trees = {"Postfix": lambda: session_tree(postfix.master_pid()), "Hermod": lambda: server_pids(hermod),
                     "s_server": lambda: [s_server.pid]}
            print(f"{count} connections with TLS 1.3, P-256; processor time of the server for each, and how many a second")
            print(f"{'':10}{'clients':>8}{'full':>12}{'resumed':>12}{'full/s':>10}{'resumed/s':>12}")
            for clients in (1, 16):
                for server, tree in trees.items():
                    costs, rates = [], []
                    for resumed in (False, True):
                        greets = server != "s_server"
                        shake_hands_at_once(ports[server], 5 * clients, clients, resumed, greets)
                        before = processor_time(tree())
                        rates.append(shake_hands_at_once(ports[server], count, clients, resumed, greets))
                        costs.append((processor_time(tree()) - before) / count * 1e6)
                    print(f"{server:10}{clients:8}{costs[0]:9.0f} us{costs[1]:9.0f} us{rates[0]:10.0f}{rates[1]:12.0f}", flush=True)
        s_server.terminate()
        s_server.wait()
    subprocess.run(["ninja", "-C", os.environ["HERMOD_BUILD"], "--quiet", "keyd_bench"], check=True)
    subprocess.run([os.environ["HERMOD_BUILD"] + "/bin/keyd_bench"], check=True)


def fill_maildir(path: Path, count: int, owner: int):
    """Messages of 1 KB, as Postfix would have named them."""
    content = b"Subject: one of many\n\n" + b"x" * 70 + b"\n" * 14
    for made in (path.parent, path, *(path / part for part in ("new", "cur", "tmp"))):
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chown(made, owner, owner)
    folder = os.open(path / "cur", os.O_RDONLY)
    for number in range(count):
        file = os.open(f"{1700000000 + number}.V801I{number:x}M1.mx.example:2,S", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=folder)
        os.write(file, content)
        os.fchown(file, owner, owner)
        os.close(file)
    os.close(folder)


@contextmanager
def dovecot(maildir: Path, owner: int, certificate: Path, key: Path):
    """Its pop3d with TLS on a port of ours, for one Maildir; anybody's password is "secret"."""
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder:
        os.chmod(folder, 0o755)
        port = free_port()
        Path(folder, "conf").write_text(f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
auth_mechanisms = plain
first_valid_uid = 1
mail_location = maildir:{maildir}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {port}
    ssl = yes
  }}
}}
""")
        process = subprocess.Popen(["dovecot", "-F", "-c", f"{folder}/conf"], stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: subprocess.run(["sh", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], executable="/bin/bash",
                                              stderr=subprocess.DEVNULL, check=False).returncode == 0, what="dovecot")
            yield port
        finally:
            process.terminate()
            process.wait()


class Reader:
    """A POP3 client inside TLS that does as little as possible itself: what is measured is the server."""

    def __init__(self, port: int):
        plain = socket.create_connection(("127.0.0.1", port), timeout=600)
        self.socket = careless().wrap_socket(plain, server_hostname="mx.l.test")
        self.hear(b"\r\n")

    def hear(self, end: bytes) -> bytes:
        pieces, tail = [], b""
        while not tail.endswith(end):
            octets = self.socket.recv(1 << 20)
            assert octets, "the server hung up"
            pieces.append(octets)
            tail = (tail + octets)[-len(end):]
        return b"".join(pieces)

    def ask(self, command: str, end: bytes = b"\r\n") -> bytes:
        self.socket.sendall(command.encode() + b"\r\n")
        answer = self.hear(end)
        assert answer.startswith(b"+OK"), answer[:100]
        return answer


def pop3_times(port: int, user: str, messages: int) -> dict[str, float]:
    """Seconds, from the greeting on: the login, UIDL behind it, and STAT behind that."""
    reader = Reader(port)
    start = time.monotonic()
    reader.ask(f"USER {user}")
    reader.ask("PASS secret")
    login = time.monotonic()
    answer = reader.ask("UIDL", b"\r\n.\r\n") if messages else b"+OK\r\n.\r\n"
    listed = time.monotonic()
    assert answer.count(b"\r\n") == messages + 2
    assert int(reader.ask("STAT").split()[1]) == messages
    counted = time.monotonic()
    reader.ask("QUIT")
    return {"login": login - start, "UIDL": listed - login, "both": listed - start, "STAT": counted - listed}


def bench_pop3(options):
    from certificates import self_signed
    messages = options.messages
    folder = Path(tempfile.mkdtemp(prefix="hermod-pop3-"))
    folder.chmod(0o755)
    certificate, key = self_signed(folder, "mx.l.test")
    port = free_port()
    with Hermod(listeners=f'[[listen]]\nprotocol = "pop3s"\naddress = "127.0.0.1:{port}"\n',
                extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n') as hermod:
        for user in ("ann@l.test", "nothing@l.test"):
            hermod.run("account", "add", user, input="secret\n")
        owner = (hermod.folder / "mail").stat().st_uid
        fill_maildir(hermod.maildir("ann@l.test"), messages, owner)
        fill_maildir(hermod.maildir("nothing@l.test"), 0, owner)
        copy = folder / "copy"
        fill_maildir(copy, messages, owner)

        def drop_caches():
            os.sync()
            Path("/proc/sys/vm/drop_caches").write_text("3\n")

        def measure(name: str, server: int, user: str, count: int, state: str):
            runs = []
            for _ in range(options.turns if state != "first, cold" else 1):
                if state != "warm":
                    drop_caches()
                runs.append(pop3_times(server, user, count))
            best = min(runs, key=lambda run: run["both"])
            print(f"{name:8} {state:12} {count:8}" + "".join(f"{best[what] * 1000:9.0f}" for what in best), flush=True)

        print(f"milliseconds from the greeting on; best of {options.turns} sessions; load {os.getloadavg()[0]:.1f}")
        print(f"{'':22}{'messages':>8}" + "".join(f"{what:>9}" for what in ("login", "UIDL", "both", "STAT")))
        with dovecot(copy, owner, certificate, key) as dovecot_port:
            for name, server in (("Hermod", port), ("Dovecot", dovecot_port)):
                for state in ("first, cold", "cold", "warm"):
                    measure(name, server, "ann@l.test", messages, state)
            measure("Hermod", port, "nothing@l.test", 0, "warm")
    shutil.rmtree(folder, ignore_errors=True)


AUTHOR_DOMAIN, RESOLVER = "src.example", "127.0.31.53"


def milters_of(folder: Path, signing_key: Path) -> Milters:
    common = f"AuthservID bench\nNameservers {RESOLVER}\n"
    return Milters(folder, RESOLVER,
                   verify=f"Mode v\nAlwaysAddARHeader yes\n{common}",
                   sign=f"Mode s\nDomain {AUTHOR_DOMAIN}\nSelector ed\nKeyFile {signing_key}\nSignatureAlgorithm ed25519-sha256\n"
                        f"Canonicalization relaxed/relaxed\nInternalHosts 127.0.0.0/8\nRequireSafeKeys no\n{common}",
                   dmarc="AuthservID bench\nTrustedAuthservIDs bench\nSPFSelfValidate true\n")


def letter(size: int = 4096) -> str:
    head = (f"From: Ann <ann@{AUTHOR_DOMAIN}>\r\nTo: Bob <u@l.example>\r\nSubject: figures\r\nDate: Sat, 28 Nov 2026 04:00:00 +0000\r\n"
            f"Message-ID: <1@{AUTHOR_DOMAIN}>\r\n\r\n")
    line = "A line of text as people write them, with some words in it.\r\n"
    return head + line * ((size - len(head)) // len(line))


def bench_auth(options):
    for part in ("dkim", "spf"):
        subprocess.run(["ninja", "-C", os.environ["HERMOD_BUILD"], "--quiet", f"{part}_bench"], check=True)
        subprocess.run([f"{os.environ['HERMOD_BUILD']}/bin/{part}_bench"], check=True)
    folder = Path(tempfile.mkdtemp(prefix="hermod-auth-"))
    folder.chmod(0o755)
    rsa, rsa_record = make_key(folder, "rsa", *RSA)
    ed25519, ed25519_record = make_key(folder, "ed", *ED25519)
    plain, signed = folder / "plain", folder / "signed"
    plain.write_text(letter().replace("\r\n", "\n"))
    done = subprocess.run([f"{os.environ['HERMOD_BUILD']}/bin/hermod", "dkim", "sign", "--domain", AUTHOR_DOMAIN, "--selector", "rsa", "--key", str(rsa)],
                          input=letter().encode(), capture_output=True, check=True)
    signed.write_bytes(done.stdout.replace(b"\r\n", b"\n"))
    zones = {AUTHOR_DOMAIN: f'@ TXT "v=spf1 ip4:127.0.0.1 -all"\n_dmarc TXT "v=DMARC1; p=reject"\nrsa._domainkey TXT ( {rsa_record} )\n'
                            f"ed._domainkey TXT ( {ed25519_record} )\n@ MX 10 mail\nmail A 127.0.0.1\n",
             "l.example": "@ MX 10 mx\nmx A 127.0.0.1\n"}
    box = "u@l.example"
    limits = f'[limits]\nconnections_per_client = 1000\n[dns]\nresolver = "{RESOLVER}:53"\n'
    sink_port = free_port()
    tuned = {"default_process_limit": "200", "smtp_destination_concurrency_limit": "100", "in_flow_delay": "0",
             "smtp_dns_support_level": "disabled", "milter_default_action": "tempfail"}
    print(f"{options.messages} messages of 4 KB, {options.sessions} sessions; delivered a second, best of {options.turns} turns")
    with dns.Names(zones, address=RESOLVER, port=53, probe=(AUTHOR_DOMAIN, "MX")), milters_of(folder, ed25519) as milters:
        checks = Postfix("postfix.bench.test", mailboxes=[box], wrapper=milters.covered,
                         settings=tuned | {"smtpd_milters": milters.address("verify", "dmarc")})
        signs = Postfix("postfix.bench.test", relayhost=f"[127.0.0.1]:{sink_port}", settings=tuned | {"smtpd_milters": milters.address("verify", "dmarc", "sign")})
        everything = (f'{limits}[spf]\nbehavior = "record"\n[dmarc]\nbehavior = "reject"\n'
                      f'[dkim]\nsign = true\n[[dkim.keys]]\ndomain = "{AUTHOR_DOMAIN}"\nselector = "ed"\nkey = "{ed25519}"\n')
        with checks, Hermod(mailboxes=[box], domains=["l.example"], networks=(), extra=everything) as hermod:
            measure_auth("checked", options, signed, box, (("Postfix", checks, lambda: entries(checks.folder / "mail" / "l.example" / "u" / "new")),
                                                           ("Hermod", hermod, lambda: entries(hermod.maildir(box) / "new"))))
        with signs, Hermod(routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink_port}"\n', extra=everything) as hermod, Sink(sink_port) as sink:
            measure_auth("signed", options, plain, "b@dst.example", (("Postfix", signs, sink.count), ("Hermod", hermod, sink.count)))
    shutil.rmtree(folder, ignore_errors=True)


def measure_auth(what: str, options, message: Path, recipient: str, servers):
    best = {}
    for _ in range(options.turns):
        for name, server, count in servers:
            messages = options.messages if name == "Hermod" else max(options.messages // 10, 200)
            best[name] = max(best.get(name, 0), load(server.port, messages, options.sessions, True, count, recipient=recipient, message=message)[1])
    print(f"{what:10}{best['Postfix']:10.0f}{best['Hermod']:10.0f}{best['Hermod'] / best['Postfix']:8.1f}", flush=True)


BENCHES = {"auth": bench_auth, "bayes": bench_bayes.bench, "pop3": bench_pop3, "relay": bench_relay, "local": bench_local, "idle": bench_idle, "backlog": bench_backlog, "commit": bench_commit,
           "recipients": bench_recipients, "tls": bench_tls, "logins": bench_logins}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="relay", choices=BENCHES)
    parser.add_argument("-n", "--messages", type=int, help="how many (relay, local: 20000; pop3: 100000; logins: 300; backlog: 1000000)")
    parser.add_argument("-s", "--sessions", type=int, default=50)
    parser.add_argument("-t", "--turns", type=int, default=3, help="relay, pop3: times that each takes its turn; the best counts")
    parser.add_argument("-c", "--connections", type=int, default=10000, help="idle: how many")
    parser.add_argument("--domains", type=int, default=100_000, help="recipients: how many, with ten accounts each")
    parser.add_argument("--recipients", type=int, default=20_000, help="recipients: RCPT commands measured of each kind")
    parser.add_argument("--handshakes", type=int, default=1000, help="tls: how many")
    options = parser.parse_args()
    options.messages = options.messages or {"backlog": 1_000_000, "pop3": 100_000, "logins": 300}.get(options.name, 20_000)
    BENCHES[options.name](options)


if __name__ == "__main__":
    main()
