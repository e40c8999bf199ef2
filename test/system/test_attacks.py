"""Addresses and aliases made to exhaust whoever follows them, and words that were commands elsewhere. What else there is of the
kind stands with its subject: test_loops.py, test_injection.py, test_instructions.py, test_alias_targets.py, test_relay_rules.py."""
import pytest
from hermod import Hermod

DEEP, WIDE = 10_000, 100


def aliases(folder) -> str:
    """A chain of ten thousand, a tree of ten levels with a hundred branches each, and a file of members that names itself."""
    lines = [f"deep{i}@l.test: deep{i + 1}@l.test\n" for i in range(DEEP)] + [f"deep{DEEP}@l.test: u@l.test\n"]
    for level in range(9):
        branches = ", ".join(f"tree{level + 1}.{i}@l.test" for i in range(WIDE))
        lines += [f"tree{level}.{i}@l.test: {branches}\n" for i in range(WIDE if level else 1)]
    lines += [f"tree9.{i}@l.test: u@l.test\n" for i in range(WIDE)]
    lines.append(f"self@l.test: :include:{folder}/self\n")
    (folder / "self").write_text(f":include:{folder}/self\nself@l.test\nu@l.test\n")
    return "".join(lines)


@pytest.fixture(scope="module")
def server():
    hermod = Hermod(extra="")
    (hermod.folder / "aliases").write_text(aliases(hermod.folder))
    hermod.config.write_text(f'alias_files = ["{hermod.folder}/aliases"]\n' + hermod.config.read_text())
    with hermod:
        yield hermod


def rcpt(server, address: str) -> tuple[int, str]:
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        return client.say(f"RCPT TO:<{address}>")


@pytest.mark.parametrize("address, code, enhanced", [
    ("deep0@l.test", 550, "5.4.6"), ("deep9950@l.test", 250, "2.1.5"), ("tree0.0@l.test", 250, "2.1.5"), ("self@l.test", 250, "2.1.5"),
])
def test_aliases_end_however_deep_and_wide(server, address, code, enhanced):
    pid = server.pids("directory")
    said, text = rcpt(server, address)
    assert (said, text.split()[0]) == (code, enhanced)
    assert server.pids("directory") == pid and rcpt(server, "u@l.test")[0] == 250


def test_a_tree_of_aliases_is_one_copy(server):
    count = server.settled("u@l.test")
    with server.client() as client:
        client.deliver(b"Subject: tree\r\n\r\nx\r\n", "a@s.test", "tree0.0@l.test", "u@l.test", "self@l.test")
    assert len(server.wait_for(count + 1)) == count + 1


WORM = "<;for i in 0 1 2 3 4 5 6 7 8 9 a b c d;do read r;done;sh;exit 0;>"


@pytest.mark.parametrize("command", [
    f"MAIL FROM:{WORM}", "MAIL FROM:<|sh>", "MAIL FROM:<`touch CANARY`@s.test", "MAIL FROM:<a@s.test> AUTH=`touch CANARY`",
    "MAIL FROM:<a@$(touch CANARY)>", "MAIL FROM:<a@s.test\t;touch CANARY>",
])
def test_a_sender_that_is_a_command_is_no_sender(server, command):
    with server.client() as client:
        client.hello()
        code, _ = client.say(command)
    assert code in (501, 503, 504, 553, 555)
    assert not list(server.folder.rglob("CANARY"))


@pytest.mark.parametrize("local", ["${run{\\x2Fbin\\x2Fsh\\t-c\\t\\x22touch CANARY\\x22}}", "-oQ/tmp", "--help", "x' OR 1=1--",
                                   '"x\'/**/UNION/**/SELECT/**/X\'41\'--"', "*)(uid=*", "%s%n", '"\\"', "deep0%l.test", '"a\\@b"'])
def test_a_recipient_that_is_a_command_is_nobody(server, local):
    assert rcpt(server, f"{local}@l.test")[0] in (501, 550, 553)
    assert not list(server.folder.rglob("CANARY"))
