"""Moving in: what `hermod import` makes of a qmail site and of a Postfix configuration takes, refuses and routes the same addresses."""
import json
import re
import subprocess

import pytest
from hermod import BINARY, Hermod

# Users of every Debian; the server is told that they are people.
QMAIL = {
    "control/me": "mx.q.test\n",
    "control/locals": "localhost\nmx.q.test\nq.test\n",
    "control/rcpthosts": "localhost\nmx.q.test\nq.test\nv.test\n.wild.test\nshop.test\ngate.test\n.below.gate.test\nsingle.test\nlist.test\n"
                         "far.wild.test\n",
    "control/morercpthosts": "more.test\n",
    "control/virtualdomains": "v.test:news\n.wild.test:games-w\nshop.test:alias-shop\ninfo@single.test:news\nfar.wild.test:\n"
                              "list.test:alias-lists\n",
    "control/smtproutes": "gate.test:[10.9.9.9]:2525\n.below.gate.test:inner.gate.test\n:smart.test\nexact.test:\n",
    "control/databytes": "30000000\n",
    "control/queuelifetime": "604800\n",
    "control/concurrencylocal": "10\n",
    "control/concurrencyremote": "40\n",
    "control/timeoutsmtpd": "600\n",
    "control/percenthack": "q.test\n",
    "control/badmailfrom": "@spam.test\nbad@q.test\n",
    "control/spfbehavior": "3\n",
    "control/spfrules": "include:ours.test\n",
    "control/spfguess": "v=spf1 a/24 mx/24 ptr ?all\n",
    "control/spfexp": "%{i} may not send for %{d}\n",
    "control/concurrencyincoming": "60\n",
    "control/defaultdelivery": "./Maildir/\n",
    "control/defaultdomain": "q.test\n",
    "control/helohost": "mx.q.test\n",
    "alias/.qmail-loop": "&loop@other.test\n",
    "alias/.qmail-postmaster": "&news\n",
    "alias/.qmail-mailer-daemon": "postmaster\n",
    "alias/.qmail-root": "&news\n",
    "alias/.qmail-team": "# the team\n&news\n&games\n&eve@far.test\n",
    "alias/.qmail-first:last": "&games\n",
    "alias/.qmail-program": "|./run\n",
    "alias/.qmail-shop-sales": "&games@mx.q.test\n",
    "alias/.qmail-shop-default": "&news\n",
    "alias/.qmail-lists-a-default": "&games\n",
    "users/assign": "=news:news:9:9:/home/news:::\n+news-:news:9:9:/home/news:-::\n=webmaster:games:5:60:/home/games:::\n.\n",
}
TCP_SMTP = '127.:allow,RELAYCLIENT=""\n127.0.0.7:allow\n10.:allow,RELAYCLIENT=""\n192.0.2.9:deny\n127.0.0.66:deny\n127.0.1.:deny\n127.0.1.7:allow\n=bad.test:deny\n:allow\n'
SPAMDYKE = "log-level=info\nmax-recipients=200\nidle-timeout-secs=300\nip-relay-entry=198.51.100.0/24\ndns-blacklist-entry=zen.test\nip-blacklist-entry=127.0.2\n"

# What becomes of mail from outside, where qmail would bring it: None where it refuses or bounces.
QMAIL_OUTCOMES = {
    "news@q.test": ["mailbox news"], "NEWS@Q.TEST": ["mailbox news"], "games@mx.q.test": ["mailbox games"],
    "news-anything@q.test": ["mailbox news"], "news+x@q.test": None, "nobody-there@q.test": None,
    "news@localhost": ["mailbox news"], "webmaster@q.test": ["mailbox games"],
    "postmaster@q.test": ["mailbox news"], "mailer-daemon@q.test": ["mailbox news"], "root@q.test": ["mailbox news"],
    "team@q.test": ["mailbox games", "mailbox news", "smtp:smart.test:25"], "first.last@q.test": ["mailbox games"],
    "loop@q.test": ["smtp:smart.test:25"],
    "anybody@v.test": ["mailbox news"], "a-b@v.test": ["mailbox news"],
    "x@a.wild.test": ["mailbox games"], "x@a.b.wild.test": ["mailbox games"], "x@wild.test": None,
    "x@far.wild.test": ["smtp:smart.test:25"],
    "sales@shop.test": ["mailbox games"], "whoever@shop.test": ["mailbox news"], "games@shop.test": ["mailbox news"],
    "a-x@list.test": ["mailbox games"], "b@list.test": None, "news@list.test": None, "team@list.test": None,
    "info@single.test": ["mailbox news"], "other@single.test": ["smtp:smart.test:25"],
    "x@gate.test": ["smtp:10.9.9.9:2525"], "x@a.below.gate.test": ["smtp:inner.gate.test:25"], "x@below.gate.test": None,
    "x@more.test": ["smtp:smart.test:25"], "x@elsewhere.test": None, "x@exact.test": None, "program@q.test": ["program"],
}
# For those who may relay. (qmail does news%far.test for strangers too; that is in the report.)
QMAIL_RELAYED = {"news%far.test@q.test": "smtp:smart.test:25", "x@elsewhere.test": "smtp:smart.test:25", "x@exact.test": "mx:exact.test", "x@wild.test": "smtp:smart.test:25",
                 "x@below.gate.test": "smtp:smart.test:25"}

POSTFIX = {
    "main.cf": """# a typical one
myhostname = mx.p.test
mydomain = p.test
myorigin = $myhostname
mydestination = $myhostname, $mydomain,
    localhost.$mydomain, localhost
mynetworks = !127.0.0.7, 127.0.0.0/8
  [::1]/128
relayhost = [smart.test]:587
relay_domains = gate.test
recipient_delimiter = +
home_mailbox = Maildir/
message_size_limit = 20480000
maximal_queue_lifetime = 3d
inet_protocols = ipv4
alias_maps = hash:{folder}/aliases hash:{folder}/programs
virtual_alias_domains = alias.test same.test
virtual_alias_maps = hash:{folder}/virtual
virtual_mailbox_domains = box.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = lmdb:{folder}/boxes
transport_maps = texthash:{folder}/transport
smtpd_tls_cert_file = /etc/ssl/cert.pem
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination
""",
    "aliases": "postmaster: news\nstaff: news, games\nevery: staff,\n  eve@far.test\n",
    "programs": "program: |/bin/true\nbeside: news\n",
    "virtual": "alias.test anything\nann@alias.test news\nteam@alias.test games, bob@box.test\n@alias.test\tnews\n@same.test @p.test\n"
               "sales@p.test bob@box.test\nabuse games\nx@gate.test news\n",
    "boxes": "bob@box.test box.test/bob/\ncarl@box.test box.test/carl/\n",
    "transport": "gate.test relay:[10.9.9.9]\n.far.test smtp:[far-relay.test]\ngone.test error:5.1.2 gone\n",
}
POSTFIX_OUTCOMES = {
    "news@p.test": ["mailbox news"], "news+x@mx.p.test": ["mailbox news"], "news-x@p.test": None, "nobody-there@p.test": None,
    "games@localhost.p.test": ["mailbox games"], "postmaster@p.test": ["mailbox news"], "staff@p.test": ["mailbox games", "mailbox news"],
    "every@p.test": ["mailbox games", "mailbox news", "smtp:smart.test:587"], "sales@p.test": ["mailbox bob@box.test"],
    "abuse@p.test": ["mailbox games"], "beside@p.test": ["mailbox news"], "ann@alias.test": ["mailbox news"], "team@alias.test": ["mailbox bob@box.test", "mailbox games"],
    "who@alias.test": ["mailbox news"], "staff@same.test": ["mailbox games", "mailbox news"], "nobody-there@same.test": None,
    "bob@box.test": ["mailbox bob@box.test"], "bob+x@box.test": ["mailbox bob@box.test"], "nobody@box.test": None, "news@box.test": None,
    "y@gate.test": ["smtp:10.9.9.9:25"], "x@gate.test": ["mailbox news"], "y@a.gate.test": ["smtp:smart.test:587"],
    "x@elsewhere.test": None, "x@far.test": None, "program@p.test": None,
}
POSTFIX_RELAYED = {"x@elsewhere.test": "smtp:smart.test:587", "x@a.far.test": "smtp:far-relay.test:25", "x@far.test": "smtp:smart.test:587",
                   "x@gone.test": "error:5.1.2 gone"}


def write(folder, files: dict[str, str]):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{folder}", str(folder)))


def run_import(*words) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), "import", *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


def server_of(configuration: str, folder) -> Hermod:
    """The imported configuration, in places and on a port of the test's own."""
    hermod = Hermod(folder=folder)
    text = re.sub(r"(?ms)^\[\[listen\]\].*?(?=^\[|\Z)", "", configuration)
    text = re.sub(r"(?m)^mail_directory = .*\n", "", text)
    places = (f'data_directory = "{folder}/data"\nmail_directory = "{folder}/mail"\ncontrol_socket = "{folder}/control"\n'
              f'listen = [{{protocol = "smtp", address = "127.0.0.1:{hermod.port}"}}]\n')
    assert "\n[local]\n" in text
    hermod.config.write_text(places + text.replace("\n[local]\n", "\n[local]\nleast_uid = 1\n"))
    return hermod


@pytest.fixture(scope="module")
def qmail(tmp_path_factory):
    folder = tmp_path_factory.mktemp("qmail")
    folder.chmod(0o755)
    write(folder, QMAIL | {"tcp.smtp": TCP_SMTP, "spamdyke": SPAMDYKE})
    done = run_import("qmail", folder, "--tcp-smtp", folder / "tcp.smtp", "--spamdyke", folder / "spamdyke")
    assert done.returncode == 0, done.stderr
    (folder / "server").mkdir()
    with server_of(done.stdout, folder / "server") as hermod:
        yield hermod, done, folder


@pytest.fixture(scope="module")
def postfix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("postfix")
    folder.chmod(0o755)
    write(folder, POSTFIX)
    done = run_import("postfix", folder, "--mailboxes", folder / "mailboxes")
    assert done.returncode == 0, done.stderr
    (folder / "server").mkdir()
    with server_of(done.stdout, folder / "server") as hermod:
        yield hermod, done, folder


HOMES = {"/var/spool/news": "news", "/usr/games": "games"}


def explained(hermod, address: str, *options: str) -> dict:
    return json.loads(hermod.run("explain", "--to", address, "--json", *options, check=False).stdout)


def way(delivery: dict) -> str:
    if delivery["kind"] != "mailbox":
        return delivery["destination"] if delivery["kind"] == "relay" else delivery["kind"]
    for home, user in HOMES.items():
        if delivery["destination"].startswith(home + "/"):  # instructions of the user's, or the Maildir
            return "mailbox " + user
    parts = delivery["destination"].split("/")
    return f"mailbox {parts[-1]}@{parts[-2]}"


def reply_to(hermod, address: str, source: str) -> int:
    with hermod.client(source=source) as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        return client.say(f"RCPT TO:<{address}>")[0]


def check_outcome(hermod, address: str, want):
    foretold = explained(hermod, address)
    ways = sorted(way(delivery) for delivery in foretold["deliveries"]) if foretold["accepted"] else None
    assert ways == want, foretold
    # 127.0.0.7 is the exception among those who may relay.
    assert reply_to(hermod, address, "127.0.0.7") == (550 if want is None else 250)


def check_relayed(hermod, address: str, want: str):
    assert [way(d) for d in explained(hermod, address, "--relay")["deliveries"]] == [want]
    assert reply_to(hermod, address, "127.0.0.1") == 250
    assert reply_to(hermod, address, "127.0.0.7") == 550


def test_qmail_is_in_order(qmail):
    hermod, _, _ = qmail
    done = hermod.run("check")
    assert "is in order" in done.stdout


@pytest.mark.parametrize("address", QMAIL_OUTCOMES)
def test_qmail_takes_refuses_and_routes_the_same(qmail, address):
    check_outcome(qmail[0], address, QMAIL_OUTCOMES[address])


@pytest.mark.parametrize("address", QMAIL_RELAYED)
def test_qmail_relays_for_the_same(qmail, address):
    check_relayed(qmail[0], address, QMAIL_RELAYED[address])


def test_qmail_settings_and_report(qmail):
    _, done, folder = qmail
    for line in ("behavior = 3", 'local_rules = "include:ours.test"', 'guess = "v=spf1 a/24 mx/24 ptr ?all"', 'explanation = "%{i} may not send for %{d}"',
                 "message_size = 30000000", 'lifetime = "7d"', "deliveries = 10", "connections = 40", "connections = 60", "recipients = 200",
                 f'"team" = ["news", "games", "eve@far.test"]  # {folder}/alias/.qmail-team',
                 f'[domains."v.test"]  # {folder}/control/virtualdomains:1', f'"program" = ["|./run"]  # {folder}/alias/.qmail-program',
                 f'alias_user = "alias"  # {folder}/alias/.qmail-program', '"198.51.100.0/24"', 'lists = [{ zone = "zen.test", of = "client", action = "reject" }]'):
        assert line in done.stdout, line
    for line in (f"{folder}/control/badmailfrom: ",
                 f"{folder}/control/defaultdomain:1: ",
                 f"{folder}/tcp.smtp:8: "):
        assert line in done.stderr, line
    assert f"# {folder}/control/badmailfrom: senders" in done.stdout


@pytest.mark.parametrize("source, code", [("127.0.0.66", 554), ("127.0.1.6", 554), ("127.0.1.7", 220), ("127.0.2.1", 554), ("127.0.0.9", 220)])
def test_qmail_refuses_the_same_clients(qmail, source, code):
    with qmail[0].client(source=source) as client:
        assert client.greeting[0] == code


def test_postfix_is_in_order(postfix):
    assert "is in order" in postfix[0].run("check").stdout


@pytest.mark.parametrize("address", POSTFIX_OUTCOMES)
def test_postfix_takes_refuses_and_routes_the_same(postfix, address):
    check_outcome(postfix[0], address, POSTFIX_OUTCOMES[address])


@pytest.mark.parametrize("address", POSTFIX_RELAYED)
def test_postfix_relays_for_the_same(postfix, address):
    check_relayed(postfix[0], address, POSTFIX_RELAYED[address])


def test_postfix_settings_and_report(postfix):
    _, done, folder = postfix
    for line in ("message_size = 20480000", 'lifetime = "3d"', f'mail_directory = "{folder}/mail"', 'address = "0.0.0.0:25"',
                 f'alias_files = ["{folder}/aliases"]  # {folder}/main.cf:16'):
        assert line in done.stdout, line
    for line in (f"{folder}/main.cf:23: smtpd_tls_cert_file", f"{folder}/main.cf:24: smtpd_recipient_restrictions", f"{folder}/programs:1: "):
        assert line in done.stderr, line
    assert (folder / "mailboxes").read_text().splitlines()[1:] == ["bob@box.test", "carl@box.test"]


def test_odd_files_are_passed_over(tmp_path):
    """FIFOs, links that lead out, directories, devices, NULs, and files without end."""
    write(tmp_path, {"control/me": "mx.q.test\n", "control/locals": "a\0b.test\nq.test\n", "alias/.qmail-ann": "&bob\n"})
    import os
    (tmp_path / "control" / "rcpthosts").symlink_to("/etc/shadow")
    os.mkfifo(tmp_path / "control" / "smtproutes")
    (tmp_path / "control" / "virtualdomains").mkdir()
    (tmp_path / "control" / "morercpthosts").symlink_to("/dev/zero")
    with open(tmp_path / "control" / "percenthack", "wb") as file:
        file.truncate(1 << 34)
    (tmp_path / "alias" / ".qmail-out").symlink_to("/etc/passwd")
    (tmp_path / "alias" / ".qmail-carl").symlink_to(".qmail-ann")
    done = run_import("qmail", tmp_path)
    assert done.returncode == 0
    for name, why in (("control/rcpthosts", "leads elsewhere"), ("control/smtproutes", "is no plain file"),
                      ("control/virtualdomains", "is no plain file"), ("control/morercpthosts", "leads elsewhere"),
                      ("control/percenthack", "is longer than"), ("alias/.qmail-out", "leads elsewhere"), ("control/locals:1", "has a NUL")):
        assert any(line.startswith(f"{tmp_path}/{name}: ") and why in line for line in done.stderr.splitlines()), (name, done.stderr)
    assert '"carl" = ["bob"]' in done.stdout and "root:" not in done.stdout + done.stderr


def test_exit_statuses(tmp_path):
    assert run_import().returncode == 2
    assert run_import("qmail").returncode == 2
    assert run_import("exim", tmp_path).returncode == 2
    assert run_import("qmail", tmp_path).returncode == 1
    assert run_import("qmail", tmp_path / "none").returncode == 1
    assert run_import("postfix", tmp_path).returncode == 1
    assert run_import("postfix", tmp_path, "--mailboxes", "relative").returncode == 2
    assert run_import("--help").returncode == 0
    write(tmp_path, {"control/me": "mx.q.test\n", "taken": "mine\n"})
    assert run_import("qmail", tmp_path, "--report", tmp_path / "taken").returncode == 1
    assert (tmp_path / "taken").read_text() == "mine\n"
    done = run_import("qmail", tmp_path, "--report", tmp_path / "report")
    assert done.returncode == 0 and done.stderr == "" and (tmp_path / "report").read_text()
    assert run_import("qmail", tmp_path, "--users", tmp_path / "none").returncode == 1
