"""The standards of sender authentication from the command line: the published SPF suites again, a real resolver with a real name
server behind it, and the other programs that rewrite senders."""
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import dns
import pytest
from hermod import BINARY, ROOT, free_port, wait_until

CONFORMANCE = Path(os.environ.get("HERMOD_CONFORMANCE", ROOT / ".." / "shared" / "conformance"))


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, check=False, timeout=120)


def check(*arguments: str) -> dict:
    done = run("spf", "check", "--json", *arguments)
    assert done.returncode in (0, 1, 75), done.stderr
    answer = json.loads(done.stdout)
    assert done.returncode == {"pass": 0, "temperror": 75}.get(answer["result"], 1)
    return answer


# ---- the published suites

def lines_of(name: str, records: list) -> list[dict]:
    """As the DNS table has them. TXT records are made of SPF entries where there are none; TIMEOUT: it gives nothing else."""
    lines, types, spf, times_out = [], set(), [], False
    for record in records:
        if record == "TIMEOUT":
            times_out = True
            continue
        (kind, value), = record.items()
        types.add(kind)
        if kind == "MX":
            value = f"{value[0]} {value[1] or '.'}"
        elif kind == "SPF":
            spf.append(value)
        elif value == "NONE":
            types.add("NONE")
            continue
        lines.append({"name": name, "type": kind, "data": value or ("." if kind == "CNAME" else value)})
    if "TXT" not in types:
        lines += [{"name": name, "type": "TXT", "data": value} for value in spf]
    answered = types | ({"TXT"} if spf else set())
    if "NONE" in types:
        answered -= {"TXT"}
    if times_out:
        lines += [{"name": name, "type": kind, "rcode": "TIMEOUT"} for kind in ("A", "AAAA", "MX", "PTR", "TXT") if kind not in answered]
    return lines


# pyspf's own liking: a modifier that the standard does not have, RFC 7208 §6.
DEVIATIONS = {"default-modifier": "neutral", "default-modifier-harsh": "neutral"}


@pytest.mark.parametrize("suite, count", [("official/rfc7208-tests.yml", 203), ("pyspf/pyspf-tests.yml", 16)])
def test_published_suites(suite, count, tmp_path):
    """RFC 7208 §4 to §7, in other people's cases."""
    yaml = pytest.importorskip("yaml")
    path = CONFORMANCE / "spf" / suite
    if not path.exists():
        pytest.skip("the conformance data is not here")
    cases = 0
    for number, scenario in enumerate(yaml.safe_load_all(path.read_text(encoding="utf-8"))):
        table = tmp_path / f"table{number}"
        lines = [line for name, records in scenario["zonedata"].items() for line in lines_of(str(name), records)]
        table.write_text("".join(json.dumps(line) + "\n" for line in lines))
        for name, case in scenario["tests"].items():
            answer = check("--ip", case["host"], "--helo", str(case["helo"]), "--from", case["mailfrom"], "--dns-table", str(table))
            wanted = DEVIATIONS.get(name, case["result"])
            assert answer["result"] in ([wanted] if isinstance(wanted, str) else wanted), (name, answer)
            if "explanation" in case and name not in DEVIATIONS:
                assert (answer["explanation"] if answer["explanation_is_theirs"] else "DEFAULT") == case["explanation"], (name, answer)
            cases += 1
    assert cases == count


# ---- hermod spf check

@pytest.fixture(name="table")
def make_table(tmp_path):
    path = tmp_path / "table"
    path.write_text("".join(json.dumps(line) + "\n" for line in (
        {"name": "s.test", "type": "TXT", "data": "v=spf1 include:i.test -all exp=e.s.test"},
        {"name": "i.test", "type": "TXT", "data": "v=spf1 a:mx.i.test/28 ~all"},
        {"name": "mx.i.test", "type": "A", "data": "192.0.2.1"},
        {"name": "e.s.test", "type": "TXT", "data": "%{c} at %{r}: %{t}"},
        {"name": "bare.test", "type": "A", "data": "192.0.2.1"},
        {"name": "dead.test", "type": "*", "rcode": "SERVFAIL"})))
    return str(path)


def test_answer_has_the_documented_keys(table):
    answer = check("--ip", "203.0.113.9", "--helo", "h.test", "--from", "a@s.test", "--receiver", "we.test", "--now", "77", "--dns-table", table)
    assert {key: answer[key] for key in ("result", "identity", "domain", "mechanism", "explanation", "lookups")} == {
        "result": "fail", "identity": "mailfrom", "domain": "s.test", "mechanism": "all", "explanation": "203.0.113.9 at we.test: 77",
        "lookups": 2}
    assert answer["header"].startswith("Received-SPF: fail (we.test: domain of a@s.test does not designate 203.0.113.9 as ")
    page = (ROOT / "src/tool/authentication/hermod-spf.1.md").read_text()
    assert not [key for key in answer if f"`{key}`" not in page]


def test_text_tells_each_mechanism(table):
    done = run("spf", "check", "--ip", "192.0.2.5", "--helo", "h.test", "--from", "a@s.test", "--dns-table", table)
    assert done.returncode == 0
    wanted = ["s.test: v=spf1 include:i.test -all exp=e.s.test", "i.test: v=spf1 a:mx.i.test/28 ~all", "a:mx.i.test/28  matches: pass",
              "include:i.test  matches: pass (pass)", "result: pass", "mechanism: include:i.test (record)", "lookups: 2 of 10"]
    places = [done.stdout.find(text) for text in wanted]
    assert -1 not in places and places == sorted(places), done.stdout


def test_options_of_policy(table):
    base = ("--ip", "203.0.113.9", "--helo", "h.test", "--dns-table", table)
    assert check(*base, "--from", "a@s.test", "--local-rules", "ip4:203.0.113.0/24")["origin"] == "local rules"
    guessed = check("--ip", "192.0.2.200", "--from", "a@bare.test", "--guess", "v=spf1 a/24 mx/24 ptr", "--dns-table", table)
    assert (guessed["result"], guessed["origin"]) == ("pass", "guess")
    assert check(*base, "--from", "a@dead.test")["result"] == "temperror"
    assert check(*base, "--from", "")["identity"] == "helo"
    assert check(*base, "--from", "a@s.test", "--identity", "helo")["domain"] == "h.test"
    header = check(*base, "--from", "a@s.test", "--receiver", "we.test", "--qmail-header")["header"]
    assert header == ("Received-SPF: fail (we.test: SPF record at s.test does not designate 203.0.113.9 as permitted sender) "
                      'client-ip=203.0.113.9; envelope-from="a@s.test";')
    assert check("--ip", "[IPv6:::ffff:192.0.2.5]", "--from", "a@s.test", "--dns-table", table)["result"] == "pass"


@pytest.mark.parametrize("arguments, problem", [
    (["--ip", "192.0.2.300"], "not an address"),
    ([], "--ip"),
    (["--ip", "192.0.2.1", "--dns-table", "/no/such/file"], "cannot open"),
    (["--ip", "192.0.2.1", "--resolver", "name.test"], "not an address"),
    (["--ip", "192.0.2.1", "--local-rules", "redirect=x.test"], "--local-rules"),
    (["--ip", "192.0.2.1", "--guess", "a moo"], "moo"),
    (["--ip", "192.0.2.1", "--explanation", "%{x}"], "--explanation"),
])
def test_misuse(arguments, problem):
    done = run("spf", "check", *arguments)
    assert done.returncode == 2 and problem in done.stderr


def test_broken_table_is_said_with_its_line(tmp_path):
    (tmp_path / "table").write_text('{"name": "a.test", "type": "A", "data": "192.0.2.1"}\noops\n')
    done = run("spf", "check", "--ip", "192.0.2.1", "--from", "a@a.test", "--dns-table", str(tmp_path / "table"))
    assert done.returncode == 2 and "table:2:" in done.stderr


def test_table_and_resolver_of_the_configuration(table, tmp_path):
    (tmp_path / "hermod.toml").write_text(f'hostname = "h.test"\n[dns]\ntable = "{table}"\n')
    assert check("--ip", "192.0.2.5", "--from", "a@s.test", "--config", str(tmp_path / "hermod.toml"))["result"] == "pass"
    (tmp_path / "hermod.toml").write_text('[dns]\ntimeout = "a while"\n')
    done = run("spf", "check", "--ip", "192.0.2.5", "--from", "a@s.test", "--config", str(tmp_path / "hermod.toml"))
    assert done.returncode == 2 and "hermod.toml:2" in done.stderr


@pytest.mark.skipif(not dns.is_installed(), reason="needs nsd and unbound")
def test_asks_a_real_resolver():
    """What NSD serves and Unbound fetches: TXT in several strings, MX, PTR, aliases, and names that are not there."""
    zones = dns.ZONES | {"spf.example": '@ TXT "v=spf1 mx " "include:alias.spf.example -all exp=why.spf.example"\n'
                                        "@ MX 10 mail\nmail A 192.0.2.1\nalias CNAME other\n"
                                        'other TXT "v=spf1 exists:%{l}.users.spf.example a:nowhere.spf.example ~all"\n'
                                        'ann.users A 127.0.0.2\nwhy TXT "%{i} is not ours"\n'}
    with dns.Names(zones) as names:
        resolver = f"127.0.0.1:{names.port}"
        for client, sender, result, mechanism in (("192.0.2.1", "x@spf.example", "pass", "mx"),
                                                  ("192.0.2.9", "ann@spf.example", "pass", "include:alias.spf.example"),
                                                  ("192.0.2.9", "bob@spf.example", "fail", "all"),
                                                  ("192.0.2.9", "bob@nomail.example", "none", "")):
            answer = check("--ip", client, "--helo", "h.example", "--from", sender, "--resolver", resolver)
            assert (answer["result"], answer["mechanism"]) == (result, mechanism)
        assert answer["problem"] == "no SPF record"
        assert check("--ip", "192.0.2.9", "--from", "bob@spf.example", "--resolver", resolver)["explanation"] == "192.0.2.9 is not ours"


# ---- hermod srs

def srs(verb: str, address: str, *options: str) -> str:
    done = run("srs", verb, *options, "--", address)
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


def test_srs_forwards_and_reverses(tmp_path):
    options = ("--secret", "foo", "--now", "1577836860")
    address = srs("forward", "user@host.tld", "--alias", "fwd.example", *options)
    assert address == "SRS0=l88n=2W=host.tld=user@fwd.example"
    assert srs("reverse", address, *options) == "user@host.tld"
    assert srs("reverse", address.lower(), *options) == "user@host.tld"
    (tmp_path / "secrets").write_text("new\nfoo\n")
    assert srs("reverse", address, "--secret-file", str(tmp_path / "secrets"), "--now", "1577836860") == "user@host.tld"
    assert srs("reverse", address, "--secret", "new", *options) == "user@host.tld"
    late = ("--secret", "foo", "--now", str(1577836860 + 22 * 86400))
    refused = run("srs", "reverse", address, *late)
    assert refused.returncode == 1 and "too old" in refused.stderr and not refused.stdout
    assert srs("reverse", address, *late, "--max-age", "22") == "user@host.tld"
    forged = run("srs", "reverse", address.replace("user", "root"), *options, "--json")
    assert forged.returncode == 1
    assert json.loads(forged.stdout) == {"address": None, "reason": "not written by us, or changed since"}
    assert run("srs", "reverse", address).returncode == 2


def test_srs_vectors_by_command():
    path = CONFORMANCE / "srs" / "mail-srs-vectors.json"
    if not path.exists():
        pytest.skip("the conformance data is not here")
    for case in json.loads(path.read_text())["cases"]:
        options = ("--secret", case["secret"], "--now", str(case["time"]))
        if case["op"] == "reverse":
            done = run("srs", "reverse", case["address"], *options, "--max-age", str(case["max_age_days"]))
            assert (done.returncode, done.stdout.strip() or None) == (0 if case["result"] else 1, case["result"]), case
            continue
        separator = ("--separator", case["separator"])
        assert srs("forward", case["sender"], "--alias", case["alias"], *separator, *options) == case["srs0"]
        assert srs("forward", case["srs0"], "--alias", case["second_alias"], *separator, *options) == case["srs1"]
        assert srs("reverse", case["srs1"], *options) == case["reverse_srs1"]


SENDERS = ["ann@example.org", "Ann.Person+tag@Example.ORG", "a=b@x.example", "-dash@d-a-s-h.example", "o'brien@example.ie", "SRS0@x.example",
           "very.long.local.part.that.goes.on.and.on.and.on.0123456789@a-rather-long-name.example.co.uk"]

PERL = r"""
use Mail::SRS;
my $srs = new Mail::SRS(Secret => "shared", Separator => "+");
while (<STDIN>) {
    chomp;
    my ($verb, @words) = split / /;
    my $said = eval { $verb eq "forward" ? $srs->forward(@words) : $srs->reverse(@words) } // "no";
    print "$said\n";
}
"""


def mail_srs(questions: list[str]) -> list[str]:
    done = subprocess.run(["perl", "-e", PERL], input="".join(line + "\n" for line in questions), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("perl") or subprocess.run(["perl", "-MMail::SRS", "-e", "1"], capture_output=True, check=False).returncode,
                    reason="needs libmail-srs-perl")
def test_mail_srs_and_we_read_each_other():
    options = ("--secret", "shared")
    ours = [srs("forward", sender, "--alias", "we.example", *options) for sender in SENDERS]
    twice = [srs("forward", address, "--alias", "two.example", *options) for address in ours]
    assert mail_srs([f"reverse {address}" for address in ours]) == SENDERS
    assert mail_srs([f"reverse {address}" for address in twice]) == ours
    theirs = mail_srs([f"forward {sender} they.example" for sender in SENDERS])
    assert [srs("reverse", address, *options) for address in theirs] == SENDERS
    both = mail_srs([f"forward {address} they.example" for address in ours])
    assert [srs("reverse", address, *options) for address in both] == ours
    again = [srs("forward", address, "--alias", "we.example", *options) for address in both]
    assert mail_srs([f"reverse {address}" for address in again]) == ours
    assert mail_srs(["reverse " + ours[0].replace("ann", "eve")]) == ["no"]


class Postsrsd:
    def __init__(self, folder: Path):
        (folder / "secret").write_text("shared\nformer\n")
        self.ports = free_port(), free_port()
        self.process = subprocess.Popen(["/usr/sbin/postsrsd", f"-s{folder}/secret", "-dthey.example", "-4", f"-f{self.ports[0]}",
                                         f"-r{self.ports[1]}"], stdin=subprocess.DEVNULL)

    def __enter__(self):
        wait_until(lambda: self.is_up(), what="postsrsd up")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def is_up(self) -> bool:
        try:
            self.forward("up@x.example")
            return True
        except OSError:
            return False

    def ask(self, port: int, address: str) -> str:
        """A lookup table of Postfix by TCP: tcp_table(5)."""
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(f"get {address}\n".encode())
            answer = connection.makefile().readline().rstrip("\n")
        return answer.removeprefix("200 ") if answer.startswith("200 ") else "no"

    def forward(self, address: str) -> str:
        return self.ask(self.ports[0], address)

    def reverse(self, address: str) -> str:
        return self.ask(self.ports[1], address)


@pytest.mark.skipif(not Path("/usr/sbin/postsrsd").exists(), reason="needs postsrsd")
def test_postsrsd_and_we_read_each_other(tmp_path):
    options = ("--secret", "shared")
    plain = [sender for sender in SENDERS if sender != "SRS0@x.example"]
    with Postsrsd(tmp_path) as postsrsd:
        for sender in plain:
            # It folds the domain's case, and what it takes for its own must stand at its own domain.
            ours = srs("forward", sender, "--alias", "they.example", *options)
            assert postsrsd.reverse(ours).lower() == sender.lower()
            theirs = postsrsd.forward(sender)
            assert srs("reverse", theirs, *options).lower() == sender.lower()
            # What its own secret has signed it rewrites no more, so the first forwarder has another.
            first = srs("forward", sender, "--alias", "we.example", "--secret", "apart")
            second = postsrsd.forward(first)
            assert second.startswith("SRS1=")
            assert srs("reverse", second, *options) == first
            third = srs("forward", second, "--alias", "they.example", *options)
            assert postsrsd.reverse(third) == first
        former = srs("forward", "ann@example.org", "--alias", "they.example", "--secret", "former")
        assert postsrsd.reverse(former) == "ann@example.org"
        assert postsrsd.reverse(former.replace("ann", "eve")) == "no"
