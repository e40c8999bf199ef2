"""Where mail goes: what `hermod explain` says of an address is what the server does with mail for it."""
import json

import pytest
from hermod import Hermod, wait_until
from sink import Sink

BOXES = ["ann@l.test", "bob@l.test", "carl@v.test", "all@v.test", "dora@w.test", "postmaster@l.test"]

CONFIG = """
[domains."v.test"]
mailboxes = "{folder}/mailboxes"
delimiters = "+-"
catch_all = "all@v.test"
[domains."w.test"]
mailboxes = "{folder}/mailboxes"
delimiters = ""
[domains."same.test"]
same_as = "l.test"
[domains.".wild.test"]
mailboxes = "{folder}/mailboxes"
catch_all = "carl@v.test"
[domains."sub.wild.test"]
same_as = "w.test"
[[alias_pattern]]
pattern = '^sales-(.*)@l\\.test$'
to = ['\\1@l.test', 'sales.\\1@far.test']
[[alias_pattern]]
pattern = '^to-(.*)=(.*)@l\\.test$'
to = ['\\1@\\2']
[[alias_pattern]]
pattern = '^(.*)-all@v\\.test$'
to = ['\\1@v.test']
[aliases]
"info@l.test" = ["ann@l.test", "bob@l.test"]
"both@l.test" = ["ann@l.test", "eve@far.test"]
"away@l.test" = ["eve@far.test", "EVE@FAR.test"]
"chain@l.test" = ["info@same.test", "dora@w.test"]
"bob@l.test" = ["bob@l.test", "dora@w.test"]
"one@l.test" = ["two@l.test"]
"two@l.test" = ["one@same.test"]
"partly@l.test" = ["one@l.test", "ann@l.test"]
"list@l.test" = [":include:{folder}/list"]
"gone@l.test" = ["missing@w.test"]
"half@l.test" = ["missing@w.test", "ann@l.test"]
"own@l.test" = ["\\\\bob@l.test"]
"crowd@l.test" = [":include:{folder}/crowd"]
"""

ADDRESSES = """
ann@l.test ANN@L.TEST ann+shop@l.test ann-shop@l.test bob@l.test bob+x@l.test own@l.test info@l.test info+x@l.test both@l.test
away@l.test chain@l.test one@l.test two@l.test partly@l.test list@l.test gone@l.test half@l.test nobody@l.test
carl@v.test carl+x@v.test carl-x-y@v.test nobody@v.test all@v.test dora@w.test dora+x@w.test nobody@w.test
ann@same.test info@same.test nobody@same.test one@same.test anybody@a.wild.test anybody@b.c.wild.test dora@sub.wild.test
nobody@sub.wild.test x@wild.test eve@far.test eve@elsewhere.far.test postmaster@l.test postmaster@v.test postmaster@a.wild.test
list+x@l.test sales-ann@l.test SALES-Bob@L.test sales-nobody@l.test to-eve=far.test@l.test to-ann=l.test@l.test carl-all@v.test
x-all@v.test
""".split()


@pytest.fixture(scope="module")
def server():
    with Sink() as sink:
        hermod = Hermod(mailboxes=BOXES, extra="", routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n')
        (hermod.folder / "list").write_text("# members\nann@l.test, bob@l.test\neve@far.test\nlist@l.test\n")
        (hermod.folder / "crowd").write_text("".join(f"m{n}@far.test\n" for n in range(4000)))
        with open(hermod.config, "a") as config:
            config.write(CONFIG.format(folder=hermod.folder))
        with hermod:
            yield hermod, sink


def explained(hermod, address: str) -> dict:
    return json.loads(hermod.run("explain", "--to", address, "--relay", "--json", check=False).stdout)


def arrived(hermod, sink, marker: str) -> list[str]:
    """Mailboxes (with how often, if more than once), and recipients elsewhere."""
    found = []
    for box in BOXES:
        count = sum(f"Subject: {marker}\n".encode() in message and not message.startswith(b"Return-Path: <>")
                    for message in hermod.messages(box))
        found += [box] * count
    found += [recipient.lower() for taken in sink.taken if f"Subject: {marker}\r\n".encode() in taken.octets
              for recipient in taken.recipients]
    return sorted(found)


def notices(hermod, marker: str) -> list[bytes]:
    return [message for message in hermod.messages("ann@l.test")
            if f"Subject: {marker}\n".encode() in message and message.startswith(b"Return-Path: <>")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_explained_is_what_happens(server, address):
    hermod, sink = server
    foretold = explained(hermod, address)
    marker = f"to {address}"
    with hermod.client() as client:
        client.hello()
        client.say("MAIL FROM:<ann@l.test>")
        code, text = client.say(f"RCPT TO:<{address}>")
        reply = foretold["reply"]
        assert (code, text) == (reply["code"], f"{reply['enhanced']} {reply['text']}")
        assert foretold["accepted"] == (code == 250)
        if code != 250:
            return
        assert client.say("DATA")[0] == 354
        assert client.say(f"Subject: {marker}\r\n\r\nx\r\n.".encode())[0] == 250
    hermod.wait_idle()
    wanted = []
    for delivery in foretold["deliveries"]:
        if delivery["kind"] == "relay":
            wanted.append(delivery["address"].lower())
        elif delivery["kind"] == "mailbox":
            local, domain = delivery["destination"].split("/")[-1], delivery["destination"].split("/")[-2]
            wanted.append(f"{local}@{domain}")
    assert arrived(hermod, sink, marker) == sorted(wanted)
    for missing in (d["address"] for d in foretold["deliveries"] if d["kind"] == "nobody"):
        wait_until(lambda: any(missing.encode() in notice for notice in notices(hermod, marker)), what="the sender hears of it")


def test_a_member_who_is_named_twice_gets_one_copy(server):
    hermod, sink = server
    with hermod.client() as client:
        client.deliver(b"Subject: one copy\r\n\r\nx\r\n", "ann@l.test", "info@l.test", "ann@l.test", "bob@same.test", "list@l.test")
    hermod.wait_idle()
    assert arrived(hermod, sink, "one copy") == ["ann@l.test", "bob@l.test", "dora@w.test", "eve@far.test"]


def test_rounds_are_found_beforehand(server):
    hermod, _ = server
    done = hermod.run("check", check=False)
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if "goes round" in line]
    assert len(lines) == 2, done.stderr
    line = next(line for line in lines if "one@l.test" in line)
    for edge in ("one@l.test (", "two@l.test (", "one@same.test ("):
        assert edge in line and f"{hermod.config}:" in line
    assert f"{hermod.folder}/list" in next(line for line in lines if "list@l.test" in line)


def test_aliases_change_without_a_restart(server):
    hermod, sink = server
    (hermod.folder / "list").write_text("dora@w.test\n")
    hermod.run("reload")
    wait_until(lambda: [d["address"] for d in explained(hermod, "list@l.test")["deliveries"]] == ["dora@w.test"])
    with hermod.client() as client:
        client.deliver(b"Subject: new list\r\n\r\nx\r\n", "ann@l.test", "list@l.test")
    hermod.wait_idle()
    assert arrived(hermod, sink, "new list") == ["dora@w.test"]


# Captures are a stranger's word: no place outside, no program, and no relaying to wherever he says.
@pytest.mark.parametrize("address, code", [
    ("to-eve=far.test@l.test", 550), ("to-ann=l.test@l.test", 250), ('"sales-|touch CANARY"@l.test', 550),
    ('"sales-/etc/passwd"@l.test', 250), ('"sales-:include:/etc/shadow"@l.test', 550), ("sales-" + "a" * 58 + "@l.test", 250),
])
def test_what_a_pattern_matches_is_a_strangers_word(server, address, code):
    hermod, _ = server
    with hermod.client(source="127.0.0.2") as client:
        client.hello()
        client.say("MAIL FROM:<x@s.test>")
        assert client.say(f"RCPT TO:<{address}>")[0] == code
    # Where the word would have been a program or a file there is nothing; elsewhere it is a name like others.
    assert {d["kind"] for d in explained(hermod, address)["deliveries"]} <= {"mailbox", "relay", "nobody"}


def test_the_line_of_a_pattern_is_named(server):
    hermod, _ = server
    [step] = [step for step in explained(hermod, "sales-ann@l.test")["steps"] if "pattern" in step["finding"]]
    lines = open(hermod.config).read().splitlines()
    assert step["file"] == str(hermod.config) and "sales-" in "".join(lines[step["line"] - 1:step["line"] + 1])


# A line each brings thousands of recipients, who must be kept until the end of the transaction.
def test_nobody_gathers_recipients_without_end(server):
    hermod, _ = server
    with hermod.client() as client:
        client.hello()
        client.say("MAIL FROM:<ann@l.test>")
        codes = [client.say(f"RCPT TO:<crowd+{n}@l.test>")[0] for n in range(4)]
        assert codes == [250, 250, 452, 452]
        client.say("RSET")
        client.say("MAIL FROM:<ann@l.test>")
        assert client.say("RCPT TO:<crowd@l.test>")[0] == 250
