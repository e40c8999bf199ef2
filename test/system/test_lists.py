"""Mailing lists from end to end: hermod list, mail to a list's addresses, members here, what comes back."""
import os
import re
import subprocess

import pytest
from hermod import BINARY, Hermod, wait_until
from users import ServerWithUser, can_have_users

MEMBERS = ["u@l.test", "w@l.test", "x@l.test"]
BOXES = [*MEMBERS, "owner@l.test", "eve@l.test"]


@pytest.fixture(scope="module")
def server():
    with Hermod(mailboxes=BOXES) as hermod:
        yield hermod


@pytest.fixture
def dev(server):
    """A list of its own for each test: its name."""
    dev.count = getattr(dev, "count", 0) + 1
    name = f"dev{dev.count}"
    server.run("list", "create", f"{name}@l.test", "--owner", "owner@l.test", "--description", "Development")
    server.run("list", "add", f"{name}@l.test", "u@l.test", "w@l.test")
    return name


def send(server, to: str, subject: str = "hello", sender: str = "u@l.test", fields: bytes = b"", body: bytes = b"hello\r\n",
         author: str | None = None) -> str:
    author = sender if author is None else author
    text = b"From: %s\r\nTo: %s@l.test\r\nSubject: %s\r\nMessage-ID: <%s@x.test>\r\n" % (
        (author or "MAILER-DAEMON@x.test").encode(), to.encode(), subject.encode(), os.urandom(6).hex().encode())
    with server.client() as client:
        return client.deliver(text + fields + b"\r\n" + body, sender, f"{to}@l.test")


def new_mail(server, box: str, seen: dict) -> list[bytes]:
    """What came since the last look, once nothing is on its way."""
    wait_until(lambda: not list((server.folder / "data" / "drop").glob("[!.r]*")), what="nothing to pick up")
    server.wait_idle()
    files = {file.name: file for file in sorted((server.maildir(box) / "new").glob("*"))}
    fresh = [file.read_bytes() for name, file in files.items() if name not in seen.get(box, set())]
    seen[box] = set(files)
    return fresh


@pytest.fixture
def mail(server):
    seen: dict = {}
    for box in BOXES:
        new_mail(server, box, seen)
    return lambda box: new_mail(server, box, seen)


def address_in(letter: bytes, name: str, verb: str) -> str:
    return re.search(rf"{name}-{verb}\+[0-9a-z.]+".encode(), letter).group(0).decode()


def bounce(member: str) -> bytes:
    return (b"\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.test\r\n\r\n"
            b"Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n" % member.encode())


REPORT = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"


def test_a_posting_reaches_every_member_once(server, dev, mail):
    signed = b"DKIM-Signature: v=1; h=from:subject;\r\n\tb=AbC\r\n"
    send(server, dev, fields=signed, body=b"Gr=\r\n  two  spaces \r\n")
    for member in ("u@l.test", "w@l.test"):
        letters = mail(member)
        assert len(letters) == 1
        text = letters[0]
        assert text.startswith(f"Return-Path: <{dev}-bounces+{member.replace('@', '=')}@l.test>\n".encode()), text
        for field in (b"List-Id: Development <%s.l.test>\n", b"List-Post: <mailto:%s@l.test>\n", b"Delivered-To: %s@l.test\n",
                      b"List-Help: <mailto:%s-request@l.test?subject=help>\n", b"List-Unsubscribe: <mailto:%s-unsubscribe+"):
            assert field % dev.encode() in text, (field, text)
        # RFC 8058 §3.1: one click needs an https address to POST to.
        assert b"Precedence: list\n" in text and b"List-Unsubscribe-Post" not in text
        assert signed.replace(b"\r\n", b"\n") in text and text.endswith(b"\n\nGr=\n  two  spaces \n")
    assert mail("x@l.test") == []


def test_addresses_are_known_at_rcpt_and_to_explain(server, dev):
    with server.client() as client:
        client.hello()
        client.say("MAIL FROM:<a@s.test>")
        for good in (dev, f"{dev}-request", f"{dev}-subscribe", f"{dev}-owner", f"{dev}-bounces+a=b.test", f"{dev}-confirm+1.2.3",
                     dev.upper(), f"{dev}+news"):
            assert client.say(f"RCPT TO:<{good}@l.test>")[0] == 250, good
        for bad in (f"{dev}-talk", f"{dev}-confirm", f"x-{dev}", "dev-request"):
            assert client.say(f"RCPT TO:<{bad}@l.test>")[0] == 550, bad
    told = server.run("explain", "--to", f"{dev}-request@l.test").stdout
    assert "list deliver" in told, told
    server.run("list", "delete", f"{dev}@l.test")
    with server.client() as client:
        client.hello()
        client.say("MAIL FROM:<a@s.test>")
        assert client.say(f"RCPT TO:<{dev}@l.test>")[0] == 550


def test_join_and_leave_by_mail(server, dev, mail):
    send(server, f"{dev}-request", subject="Re: subscribe", sender="x@l.test")
    letters = mail("x@l.test")
    assert len(letters) == 1 and letters[0].startswith(b"Return-Path: <>\n")
    confirm = address_in(letters[0], dev, "confirm")
    assert "x@l.test" not in server.run("list", "members", f"{dev}@l.test").stdout
    # A program's answer, a notice from nobody, and a proof that is not one: nothing happens.
    send(server, confirm, sender="x@l.test", fields=b"Auto-Submitted: auto-replied\r\n")
    send(server, confirm, sender="", author="x@l.test")
    send(server, f"{dev}-confirm+1.mk0.abcdefghjk", sender="x@l.test")
    assert mail("x@l.test") == []
    send(server, confirm, sender="x@l.test", subject="Re: Confirm")
    welcome = mail("x@l.test")
    assert len(welcome) == 1
    assert "x@l.test" in server.run("list", "members", f"{dev}@l.test").stdout.split()
    leave = address_in(welcome[0], dev, "unsubscribe")
    send(server, leave, sender="somebody@else.test")
    assert len(mail("x@l.test")) == 1
    assert "x@l.test" not in server.run("list", "members", f"{dev}@l.test").stdout


def test_strangers_are_held_for_the_moderator(server, dev, mail):
    send(server, dev, subject="buy this", sender="eve@l.test")
    assert mail("u@l.test") == []
    held = mail("owner@l.test")
    assert len(held) == 1 and b"Subject: buy this\n" in held[0]
    send(server, address_in(held[0], dev, "accept"), sender="owner@l.test")
    assert [b"Subject: buy this" in text for text in mail("u@l.test")] == [True]
    assert len(mail("w@l.test")) == 1

    send(server, dev, subject="buy more", sender="eve@l.test")
    send(server, address_in(mail("owner@l.test")[0], dev, "reject"), sender="owner@l.test")
    assert len(mail("eve@l.test")) == 1 and mail("u@l.test") == []

    server.run("list", "set", f"{dev}@l.test", "--others", "reject")
    send(server, dev, subject="buy all", sender="eve@l.test")
    refused = mail("eve@l.test")
    assert len(refused) == 1 and b"Only members write to" in refused[0]


def test_what_comes_back_goes_to_the_bounce_address_alone(server, dev, mail):
    """A member who does not exist: the bounce is counted, and neither the author nor the list hears of it."""
    server.run("list", "add", f"{dev}@l.test", "gone@l.test")
    server.run("list", "remove", f"{dev}@l.test", "w@l.test")
    send(server, dev)
    assert len(mail("u@l.test")) == 1  # the posting
    wait_until(lambda: "gone@l.test  bouncing" in server.run("list", "members", f"{dev}@l.test").stdout, what="a bounce counted")
    assert mail("u@l.test") == [] and mail("owner@l.test") == []
    # Hostile: a bounce from somebody, or none, about u.
    send(server, f"{dev}-bounces+u=l.test", sender="eve@l.test", fields=REPORT, body=bounce("u@l.test"))
    send(server, f"{dev}-bounces+u=l.test", sender="", fields=b"Auto-Submitted: auto-replied\r\n", body=b"I am away.\r\n")
    server.wait_idle()
    assert "u@l.test\n" in server.run("list", "members", f"{dev}@l.test").stdout
    assert mail("eve@l.test") == []


def test_two_lists_that_are_members_of_each_other_stop(server, dev, mail):
    other = dev.replace("dev", "other")
    server.run("list", "create", f"{other}@l.test", "--owner", "owner@l.test", "--posting", "anyone")
    server.run("list", "set", f"{dev}@l.test", "--posting", "anyone")
    server.run("list", "add", f"{other}@l.test", f"{dev}@l.test", "x@l.test")
    server.run("list", "add", f"{dev}@l.test", f"{other}@l.test")
    send(server, dev)
    assert len(mail("u@l.test")) == 1 and len(mail("w@l.test")) == 1 and len(mail("x@l.test")) == 1
    assert mail("owner@l.test") == []
    refused = server.run("list", "add", f"{dev}@l.test", f"{dev}@l.test", check=False)
    assert refused.returncode == 1 and "member of itself" in refused.stderr


def test_notices_and_answers_are_no_postings(server, dev, mail):
    send(server, dev, sender="", author="u@l.test")
    send(server, dev, fields=b"Auto-Submitted: auto-replied\r\n")
    send(server, dev, fields=b"List-Id: Development <%s.l.test>\r\n" % dev.encode())
    assert all(mail(box) == [] for box in BOXES)


def test_a_posting_survives_its_program_and_goes_nowhere_twice(server, mail):
    """The program that sends to 120 members is killed on its way, again and again; each of them has one copy in the end."""
    server.run("list", "create", "many@l.test", "--owner", "owner@l.test", "--posting", "anyone")
    members = "".join(f"u+{number}@l.test\n" for number in range(120))
    server.run("list", "add", "many@l.test", "-", input=members)
    folder = server.folder / "data"
    message = b"Received: by x id 1\nFrom: a@s.test\nSubject: many\n\nhello\n"
    words = [str(BINARY), "list", "deliver", "--folder", str(folder / "lists"), "--drop", str(folder / "drop"), "--hostname", "l.test"]
    variables = {**os.environ, "SENDER": "a@s.test", "RECIPIENT": "many@l.test"}
    owner = (folder / "lists").stat().st_uid
    options = {"user": owner, "group": owner, "extra_groups": []} if os.geteuid() == 0 else {}
    for members_more in (10, 30, 70):
        before = len(server.messages("u@l.test"))
        program = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=variables, **options)
        program.stdin.write(message)
        program.stdin.close()
        wait_until(lambda: program.poll() is not None or len(server.messages("u@l.test")) >= before + members_more, what="copies")
        program.kill()
        program.wait()
    assert subprocess.run(words, input=message, env=variables, timeout=60, check=False, **options).returncode == 0
    copies = mail("u@l.test")
    senders = [text.split(b"\n", 1)[0] for text in copies]
    # A kill between a copy and the note of it costs one member a second one.
    assert len(set(senders)) == 120 and 120 <= len(copies) <= 123
    assert subprocess.run(words, input=message, env=variables, timeout=60, check=False, **options).returncode == 0
    assert mail("u@l.test") == []


def test_a_list_is_made_where_mail_reaches_it(server):
    server.run("alias", "add", "taken@l.test", "u@l.test")
    for name, owner, why in [("new@elsewhere.test", "owner@l.test", "no domain of this server"), ("taken@l.test", "owner@l.test", "there is an alias"),
                             ("eve@l.test", "owner@l.test", "is there already"), ("new@l.test", "nobody@l.test", "gets no mail here"),
                             ("new@l.test", "no address", "is no address")]:
        done = server.run("list", "create", name, "--owner", owner, check=False)
        assert done.returncode in (1, 2) and why in done.stderr, (name, owner, done)
        assert name not in server.run("list", "show").stdout
    server.run("list", "create", "new@l.test", "--owner", "somebody@elsewhere.test", "--owner", "owner@l.test")
    server.run("list", "delete", "new@l.test")


def test_commands_refuse_what_cannot_be(server, dev):
    list_ = f"{dev}@l.test"
    for words, status in [(("create", list_, "--owner", "o@l.test"), 1), (("create", "x-request@l.test", "--owner", "o@l.test"), 2),
                          (("create", "new@l.test"), 1), (("create", "../x@l.test", "--owner", "o@l.test"), 2),
                          (("add", list_, "no address"), 2), (("add", "absent@l.test", "a@b.test"), 1),
                          (("remove", list_, "nobody@l.test"), 1), (("set", list_, "--no-owner", "owner@l.test"), 1),
                          (("set", list_, "--unsubscribe-url", "http://x/"), 2), (("set", list_, "--posting", "some"), 2),
                          (("set", list_, "--description", "a\nb"), 2), (("delete", "absent@l.test"), 1)]:
        done = server.run("list", *words, check=False)
        assert done.returncode == status and done.stderr, (words, done)
    told = server.run("list", "show", list_).stdout
    assert "owner@l.test" in told and "members          2" in told
    assert list_ in server.run("list", "show").stdout
    assert (server.folder / "data" / "lists" / "lists.db").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not can_have_users(), reason="becoming users of this system needs root, and a mount namespace")
def test_a_members_vacation_does_not_reach_the_list():
    with ServerWithUser() as server:
        server.write(".vacation.msg", "I am away.\n")
        server.write(".qmail", f"|HERMOD_CONFIG={server.config} {BINARY.with_name('vacation')}\n./Maildir/\n")
        server.run("list", "create", "dev@q.test", "--owner", "u@l.test", "--posting", "anyone")
        server.run("list", "add", "dev@q.test", "joe@q.test", "u@l.test")
        with server.client() as client:
            client.deliver(b"From: a@s.test\r\nTo: dev@q.test, joe@q.test\r\n\r\nhello\r\n", "u@l.test", "dev@q.test")
        wait_until(lambda: len(server.mails()) == 1 and len(server.messages("u@l.test")) == 1, what="the posting")
        server.wait_idle()
        assert not (server.home / ".vacation.answered").exists()
        assert len(server.mails()) == 1 and len(server.messages("u@l.test")) == 1
