"""Domains, accounts and aliases that are made by command, while the server runs: what they say counts for the next recipient."""
import json
import os
import pty
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from hermod import BINARY, Hermod, wait_until
from sink import Sink

CONFIG = """
[domains."users.test"]
[domains."passed.test"]
relayed = true
[domains."twin.test"]
same_as = "l.test"
[domains."all.test"]
users = false
catch_all = "round@l.test"
[aliases]
"written@l.test" = ["u@l.test"]
"to-made@l.test" = ["round@l.test"]
[passwords]
memory = 8388608
passes = 1
"""


@pytest.fixture(scope="module")
def server():
    with Sink() as sink:
        hermod = Hermod(extra=CONFIG, networks=("192.0.2.1/32",), routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n')
        with hermod:
            yield hermod, sink


def command(hermod: Hermod, *words: str, given: str = "", status: int = 0) -> subprocess.CompletedProcess:
    done = hermod.run(*words, check=False, input=given)
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return done


def lines(hermod: Hermod, *words: str) -> list[dict]:
    return [json.loads(line) for line in command(hermod, *words, "--json").stdout.splitlines()]


def rcpt(hermod: Hermod, address: str) -> tuple[int, str]:
    with hermod.client() as client:
        client.hello()
        client.say("MAIL FROM:<a@s.test>")
        return client.say(f"RCPT TO:<{address}>")


def explained(hermod: Hermod, address: str) -> dict:
    return json.loads(hermod.run("explain", "--to", address, "--json", check=False).stdout)


def refused_round(hermod: Hermod, *words: str) -> str:
    done = command(hermod, *words, status=1)
    assert "mail would go round" in done.stderr
    return done.stderr


def test_mail_for_what_is_made_while_the_server_runs(server):
    hermod, _ = server
    assert rcpt(hermod, "ann@made.test")[0] == 550
    command(hermod, "domain", "add", "Made.test")
    assert rcpt(hermod, "ann@made.test")[0] == 550
    command(hermod, "account", "add", "Ann@Made.test", "--quota", "5MB")
    command(hermod, "alias", "add", "info@made.test", "ann@made.test", "u@l.test")
    with hermod.client() as client:
        client.deliver(b"Subject: by its alias\r\n\r\nx\r\n", "a@s.test", "INFO@made.test")
    hermod.wait_idle()
    assert len([m for m in hermod.messages("ann@made.test") if b"by its alias" in m]) == 1
    assert len([m for m in hermod.messages("u@l.test") if b"by its alias" in m]) == 1
    said = explained(hermod, "info@made.test")
    assert {d["destination"].split("/mail/")[1] for d in said["deliveries"]} == {"made.test/ann", "l.test/u"}
    assert "directory: alias info@made.test" in {step["file"] for step in said["steps"]}
    gone = command(hermod, "account", "remove", "ann@made.test").stdout
    assert str(hermod.maildir("ann@made.test")) in gone and hermod.messages("ann@made.test")
    assert rcpt(hermod, "ann@made.test") == (550, "5.1.1 No such mailbox here")
    assert rcpt(hermod, "info@made.test")[0] == 250  # the other one is there
    assert "remove them first" in command(hermod, "domain", "remove", "made.test", status=1).stderr
    command(hermod, "alias", "remove", "info@made.test")
    command(hermod, "domain", "remove", "made.test")
    assert rcpt(hermod, "info@made.test")[0] == 550


# What is explained of each address is what a client hears, and where the mail then is.
def test_what_is_explained_is_what_happens(server):
    hermod, sink = server
    command(hermod, "domain", "add", "w.test", "--catch-all", "box@w.test", "--delimiters", "-")
    command(hermod, "domain", "add", "same-w.test", "--same-as", "w.test")
    for account in ("box@w.test", "new@l.test", "own@users.test", "off@w.test"):
        command(hermod, "account", "add", account, *(["--disabled"] if account == "off@w.test" else []))
    command(hermod, "alias", "add", "far@w.test", "eve@far.test", "box@w.test")
    command(hermod, "alias", "add", "kept@passed.test", "u@l.test")
    command(hermod, "alias", "add", "all-users", "new@l.test")
    command(hermod, "alias", "add", "some@w.test", "off@w.test", "box@w.test")
    boxes = ["u@l.test", "w@l.test", "box@w.test", "new@l.test", "own@users.test", "off@w.test", "postmaster@mx.l.test"]
    for address in ["box@w.test", "box-x@w.test", "nobody@w.test", "x@same-w.test", "new@l.test", "new+x@twin.test", "own@users.test",
                    "missing@users.test", "off@w.test", "far@w.test", "kept@passed.test", "all-users@users.test", "written@l.test",
                    "postmaster@w.test", "some@w.test"]:
        said = explained(hermod, address)
        code, text = rcpt(hermod, address)
        assert (code, text) == (said["reply"]["code"], f"{said['reply']['enhanced']} {said['reply']['text']}"), address
        if code != 250:
            continue
        marker = f"Subject: to {address}"
        with hermod.client() as client:
            client.deliver(f"{marker}\r\n\r\nx\r\n".encode(), "u@l.test", address)
        hermod.wait_idle()
        is_it = lambda m: f"{marker}\n".encode() in m and not m.startswith(b"Return-Path: <>")  # noqa: E731
        arrived = sorted(box for box in boxes if any(is_it(m) for m in hermod.messages(box)))
        wanted = sorted("@".join(reversed(d["destination"].split("/")[-2:])) for d in said["deliveries"] if d["kind"] == "mailbox")
        assert arrived == wanted, address
        relayed = [r for t in sink.taken if f"{marker}\r\n".encode() in t.octets for r in t.recipients]
        assert relayed == [d["address"] for d in said["deliveries"] if d["kind"] == "relay"], address


# RFC 3463 §3.3: X.2.1
def test_disabled_accounts_take_no_mail_until_they_are_enabled(server):
    hermod, _ = server
    command(hermod, "account", "add", "pause@l.test")
    command(hermod, "account", "disable", "pause@l.test")
    assert rcpt(hermod, "pause@l.test") == (550, "5.2.1 This mailbox is disabled")
    command(hermod, "account", "enable", "pause@l.test")
    assert rcpt(hermod, "pause@l.test")[0] == 250


def test_quotas_count(server):
    hermod, _ = server
    command(hermod, "account", "add", "small@l.test", "--quota", "1KB")
    with hermod.client() as client:
        client.deliver(b"Subject: too much\r\n\r\n" + b"x" * 60 + b"\r\n" * 2000, "w@l.test", "small@l.test")
    wait_until(lambda: any(b"5.2.2" in m for m in hermod.messages("w@l.test")), what="the sender hears of a full mailbox")
    command(hermod, "account", "quota", "small@l.test", "1MB")
    with hermod.client() as client:
        client.deliver(b"Subject: enough\r\n\r\n" + b"x" * 60 + b"\r\n" * 2000, "w@l.test", "small@l.test")
    hermod.wait_for(1, "small@l.test")


def test_no_change_closes_a_circle(server):
    hermod, _ = server
    command(hermod, "alias", "add", "one@l.test", "two@twin.test")
    shown = refused_round(hermod, "alias", "add", "two@l.test", "one@l.test")
    for edge in ("two@l.test (directory: alias two@l.test)", "one@l.test (directory: alias one@l.test)", "two@twin.test ("):
        assert edge in shown
    assert command(hermod, "alias", "show", "two@l.test", status=1)
    # through a rule of the configuration, whose place is told
    assert f"{hermod.config}:" in refused_round(hermod, "alias", "add", "round@l.test", "to-made@l.test")
    # by a catch-all that counts once the alias is gone; and by that of a new domain
    command(hermod, "alias", "add", "end@all.test", "u@l.test")
    command(hermod, "alias", "add", "round@l.test", "end@all.test")
    refused_round(hermod, "alias", "remove", "end@all.test")
    command(hermod, "alias", "add", "c@l.test", "x@later.test")
    refused_round(hermod, "domain", "add", "later.test", "--catch-all", "c@l.test")
    assert "later.test" not in command(hermod, "domain", "list").stdout
    # an alias that names itself means its own mailbox, and adding to one that is there adds
    command(hermod, "account", "add", "self@l.test")
    command(hermod, "alias", "add", "self@l.test", "self@l.test")
    command(hermod, "alias", "add", "self@l.test", "u@l.test")
    assert lines(hermod, "alias", "show", "self@l.test")[0]["targets"] == ["self@l.test", "u@l.test"]
    command(hermod, "alias", "remove", "self@l.test", "u@l.test")
    assert lines(hermod, "alias", "show", "self@l.test")[0]["targets"] == ["self@l.test"]


# What came into the database past the commands is found by `hermod check`.
def test_check_finds_circles_of_the_directory(server):
    hermod, _ = server
    assert hermod.run("check", check=False).returncode == 0
    database = sqlite3.connect(hermod.folder / "data" / "directory" / "directory.db", timeout=20)
    database.executescript("""
        INSERT INTO alias (id, domain, local_part, created) VALUES (9001, 'l.test', 'past1', 0), (9002, 'l.test', 'past2', 0);
        INSERT INTO alias_target (alias, position, target) VALUES (9001, 0, 'past2@l.test'), (9002, 0, 'past1@l.test');
    """)
    done = hermod.run("check", check=False)
    assert done.returncode == 2
    assert "past1@l.test (directory: alias past1@l.test) leads to past2@l.test" in done.stderr
    database.executescript("PRAGMA foreign_keys = ON; DELETE FROM alias WHERE id IN (9001, 9002);")
    database.close()
    assert hermod.run("check", check=False).returncode == 0


@pytest.mark.parametrize("words, status, reason", [
    (("account", "add", "x@nowhere.test"), 1, "is no domain of this server"),
    (("account", "add", "x@twin.test"), 1, "the same as l.test"),
    (("account", "add", "x@passed.test"), 1, "passed on"),
    (("account", "add", "u@l.test"), 1, "listed"),
    (("account", "add", "../../x@l.test"), 2, "write user@domain"),
    (("account", "add", "\"a/../b\"@l.test"), 2, "cannot be the name of a directory"),
    (("account", "add", ".hidden@l.test"), 2, "write user@domain"),
    (("account", "add", "x"), 2, "write user@domain"),
    (("account", "add", "x@l.test", "--quota", "much"), 2, "no size"),
    (("account", "remove", "missing@l.test"), 1, "no account"),
    (("account", "quota", "missing@l.test", "1MB"), 1, "no account"),
    (("account", "disable", "missing@l.test"), 1, "no account"),
    (("account", "show", "missing@l.test"), 1, "no account"),
    (("alias", "add", "written@l.test", "u@l.test"), 1, "counts first"),
    (("alias", "add", "x@nowhere.test", "u@l.test"), 1, "is no domain of this server"),
    (("alias", "add", "x@l.test", "|/bin/true"), 2, "is no address"),
    (("alias", "add", "x@l.test", "/var/mail/x"), 2, "is no address"),
    (("alias", "add", "x@l.test", ":include:/etc/passwd"), 2, "is no address"),
    (("alias", "add", "x@l.test"), 2, "TARGET"),
    (("alias", "remove", "missing@l.test"), 1, "no alias"),
    (("domain", "add", "l.test"), 1, "already"),
    (("domain", "add", "x..test"), 2, "no domain"),
    (("domain", "add", "y.test", "--same-as", "nowhere.test"), 1, "is no domain of this server"),
    (("domain", "add", "y.test", "--catch-all", "@@"), 2, "--catch-all"),
    (("domain", "remove", "missing.test"), 1, "not in the directory"),
    (("account",), 2, "--help"),
])
def test_what_cannot_be_is_refused(server, words, status, reason):
    hermod, _ = server
    assert reason in command(hermod, *words, status=status).stderr


def test_lists_can_be_imported_again(server, tmp_path):
    hermod, _ = server
    command(hermod, "domain", "add", "bulk.test")
    file = tmp_path / "accounts.jsonl"
    file.write_text("".join(json.dumps({"address": f"n{n}@bulk.test", "quota": "5MB", "disabled": n == 7}) + "\n" for n in range(12_000)))
    assert json.loads(command(hermod, "account", "import", str(file), "--json").stdout) == {"added": 12_000, "failed": 0}
    listed = lines(hermod, "account", "list", "--domain", "bulk.test")
    assert len(listed) == 12_000 and sum(account["disabled"] for account in listed) == 1
    assert rcpt(hermod, "n11999@bulk.test")[0] == 250
    # again: each is there already, and told with its line
    again = "".join(json.dumps(account) + "\n" for account in listed[:3]) + '{"address": "late@bulk.test"}\nnonsense\n{"adress": "x"}\n\n'
    done = command(hermod, "account", "import", "-", given=again, status=1)
    assert "1 added, 5 not" in done.stdout
    for complaint in ("-:1: n0@bulk.test is in the directory already", "-:5: is no JSON object", '-:6: "adress" is no key'):
        assert complaint in done.stderr
    domains = lines(hermod, "domain", "list")
    assert "bulk.test" in {domain["domain"] for domain in domains}
    done = command(hermod, "alias", "import", "-", status=1, given="""
{"alias": "i1@bulk.test", "targets": ["n1@bulk.test"]}
{"alias": "i2@bulk.test", "targets": ["i3@bulk.test"]}
{"alias": "i3@bulk.test", "targets": ["i2@bulk.test"]}
{"alias": "i4@bulk.test", "targets": ["|/bin/true"]}
""")
    assert "2 added, 2 not" in done.stdout and "-:4: mail would go round" in done.stderr and "-:5: " in done.stderr
    assert [alias["alias"] for alias in lines(hermod, "alias", "list", "--domain", "bulk.test")] == ["i1@bulk.test", "i2@bulk.test"]
    done = command(hermod, "domain", "import", "-", given='{"domain": "b1.test"}\n{"domain": "b2.test", "same_as": "b1.test"}\n')
    assert "2 added" in done.stdout
    first = subprocess.run(f"{BINARY} account list --config {hermod.config} | head -1", shell=True, capture_output=True, text=True, check=True)
    assert first.stderr == "" and first.stdout


def test_a_damaged_or_locked_database_refuses_nobody(server):
    hermod, _ = server
    command(hermod, "account", "add", "safe@l.test")
    assert rcpt(hermod, "safe@l.test")[0] == 250
    folder = hermod.folder / "data" / "directory"
    database = folder / "directory.db"
    aside = folder / "aside"
    owner = database.stat()

    def put(octets: bytes | None):
        for file in folder.glob("directory.db*"):
            file.rename(aside / file.name) if not (aside / file.name).exists() else file.unlink()
        if octets is not None:
            database.write_bytes(octets)
            os.chown(database, owner.st_uid, owner.st_gid)

    aside.mkdir()
    octets = database.read_bytes()
    for broken in (b"", None, b"no database" * 1000, octets[:100] + os.urandom(len(octets) - 100)):
        put(broken)
        assert rcpt(hermod, "safe@l.test")[0] == 451, broken and broken[:11]
        assert rcpt(hermod, "missing@l.test")[0] == 451
    assert "the directory cannot be read" in (hermod.folder / "log").read_text()
    for file in folder.glob("directory.db*"):
        file.unlink()
    for file in aside.iterdir():
        file.rename(folder / file.name)
    aside.rmdir()
    assert rcpt(hermod, "safe@l.test")[0] == 250
    writer = sqlite3.connect(database, isolation_level=None, timeout=20)
    writer.execute("BEGIN IMMEDIATE")
    assert rcpt(hermod, "safe@l.test")[0] == 250  # readers do not wait for a writer
    writer.execute("ROLLBACK")
    writer.close()


def test_only_who_may_write_does(server):
    hermod, _ = server
    if os.geteuid() != 0:
        pytest.skip("needs root: another user to be")
    folder = hermod.folder / "data" / "directory"
    command(hermod, "account", "add", "mine@l.test")
    assert folder.stat().st_mode & 0o777 == 0o700 and folder.stat().st_uid != 0
    for file in folder.iterdir():
        assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (folder.stat().st_uid, 0o600), file
    program = shutil.copy(BINARY, hermod.folder / "hermod")
    done = subprocess.run([program, "account", "add", "other@l.test", "--config", str(hermod.config)], user="nobody", group="nogroup",
                          extra_groups=[], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1 and "as root" in done.stderr, done.stderr
    done = subprocess.run([program, "explain", "--to", "mine@l.test", "--config", str(hermod.config)], user="nobody", group="nogroup",
                          extra_groups=[], capture_output=True, text=True, check=False)
    assert "left out" in done.stderr


def test_accounts_can_be_made_before_there_is_a_server():
    hermod = Hermod(extra='[domains."v.test"]\nusers = false\n')
    try:
        assert command(hermod, "account", "list").stdout == ""
        command(hermod, "account", "add", "early@v.test", "--alias", "first@v.test", "--no-password")
        assert explained(hermod, "first@v.test")["accepted"]
        with hermod:
            with hermod.client() as client:
                client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "first@v.test")
            hermod.wait_for(1, "early@v.test")
    finally:
        shutil.rmtree(hermod.folder, ignore_errors=True)


# A server may run as any user; root does not take the directory away from it.
def test_root_leaves_the_directory_to_its_owner():
    if os.geteuid() != 0:
        pytest.skip("needs root: another user to be")
    hermod = Hermod(extra='[domains."v.test"]\nusers = false\n')
    try:
        folder = hermod.folder / "data" / "directory"
        folder.mkdir(parents=True, mode=0o700)
        shutil.chown(folder, "nobody", "nogroup")
        command(hermod, "account", "add", "early@v.test", "--no-password")
        assert {entry.stat().st_uid for entry in [folder, *folder.iterdir()]} == {folder.stat().st_uid}
        assert folder.owner() == "nobody"
    finally:
        shutil.rmtree(hermod.folder, ignore_errors=True)


# ---- passwords

def test_passwords_are_kept_as_keys_and_hashes(server):
    hermod, _ = server
    command(hermod, "account", "add", "pw@l.test", given="correct horse\nnot this\n")
    shown = lines(hermod, "account", "show", "pw@l.test")[0]
    assert shown["password"] == "argon2id" and shown["scram"] == ["SCRAM-SHA-256"] and not shown["stores_plain"]
    command(hermod, "account", "password", "pw@l.test", "--scram-sha-1", "--store-plain", given="other\n")
    shown = lines(hermod, "account", "show", "pw@l.test")[0]
    assert shown["scram"] == ["SCRAM-SHA-256", "SCRAM-SHA-1"] and shown["stores_plain"]
    command(hermod, "account", "password", "pw@l.test", "--hash", given="{SSHA}IOGfg/OIZaL2gSTZZOPR8cSgtb6pSlXp\n")
    shown = lines(hermod, "account", "show", "pw@l.test")[0]
    assert shown["password"] == "{SSHA}" and shown["scram"] == [] and not shown["stores_plain"]
    assert "is malformed" in command(hermod, "account", "password", "pw@l.test", "--hash", given="{SSHA}x\n", status=2).stderr
    assert "no password was given" in command(hermod, "account", "password", "pw@l.test", status=1).stderr
    command(hermod, "account", "password", "pw@l.test", "--no-password")
    assert lines(hermod, "account", "show", "pw@l.test")[0]["password"] == "none"
    plain = (hermod.folder / "data" / "directory" / "directory.db").read_bytes()
    assert b"correct horse" not in plain


def test_a_prompt_shows_nothing(server):
    hermod, _ = server
    command(hermod, "account", "add", "typed@l.test", "--no-password")
    main, terminal = pty.openpty()
    process = subprocess.Popen([str(BINARY), "account", "password", "typed@l.test", "--config", str(hermod.config)],
                               stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = b""
    for prompt in (b"Password for typed@l.test: ", b"Again: "):
        while not shown.endswith(prompt):
            shown += os.read(main, 1000)
        os.write(main, b"secret words\n")
    assert process.wait(60) == 0
    while True:
        try:
            shown += os.read(main, 1000)
        except OSError:
            break
    os.close(main)
    assert b"secret words" not in shown and b"has a new password" in shown
    assert lines(hermod, "account", "show", "typed@l.test")[0]["password"] == "argon2id"


def test_app_passwords_are_shown_once(server):
    hermod, _ = server
    command(hermod, "account", "add", "apps@l.test", "--no-password")
    made = command(hermod, "account", "app-password", "add", "apps@l.test", "phone", "--for", "pop3", "--expires", "90d").stdout.strip()
    assert len(made) == 24 and made.count("-") == 4
    command(hermod, "account", "app-password", "add", "apps@l.test", "laptop")
    listed = lines(hermod, "account", "app-password", "list", "apps@l.test")
    assert [(p["name"], p["for"], p["last_used"]) for p in listed] == [("laptop", ["smtp", "pop3"], 0), ("phone", ["pop3"], 0)]
    assert listed[1]["expires"] - listed[1]["created"] == 90 * 86400 and listed[0]["expires"] == 0
    text = command(hermod, "account", "app-password", "list", "apps@l.test").stdout + command(hermod, "account", "show", "apps@l.test").stdout
    assert "phone" in text and made not in text
    assert "already" in command(hermod, "account", "app-password", "add", "apps@l.test", "phone", status=1).stderr
    command(hermod, "account", "app-password", "remove", "apps@l.test", "phone")
    assert "no such password" in command(hermod, "account", "app-password", "remove", "apps@l.test", "phone", status=1).stderr
    for words in (("x" * 101,), ("tab\there",), ("n", "--for", "imap"), ("n", "--expires", "soon")):
        command(hermod, "account", "app-password", "add", "apps@l.test", *words, status=2)
