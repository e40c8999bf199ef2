"""hermod vacation: who is away answers each correspondent once, and never starts a loop. RFC 3834, RFC 5230."""
import os
import subprocess
import time

import pytest
from hermod import BINARY, Hermod, wait_until
from users import UID, ServerWithUser, can_have_users

MESSAGE = b"From: u@l.test\nTo: joe@q.test\nSubject: lunch\nMessage-ID: <1@l.test>\n\nhello\n"


@pytest.fixture(scope="module")
def server():
    with Hermod(mailboxes=["u@l.test", "w@l.test"]) as hermod:
        yield hermod


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".vacation.msg").write_text("I am away: Grüße.\n")
    return tmp_path


def answer(server, home, *options: str, sender: str = "u@l.test", message: bytes = MESSAGE, recipient: str = "joe@q.test"):
    local, host = recipient.split("@")
    variables = {"SENDER": sender, "RECIPIENT": recipient, "USER": local, "HOST": host, "HERMOD_CONFIG": str(server.config)}
    return subprocess.run([str(BINARY), "vacation", *options], input=message, capture_output=True, timeout=20, cwd=home,
                          env={**os.environ, **variables})


def test_answers_each_sender_once(server, home):
    before = server.settled("w@l.test")
    for _ in range(3):
        done = answer(server, home, sender="w@l.test")
        assert (done.returncode, done.stderr) == (0, b"")
    text = server.wait_for(before + 1, "w@l.test")[-1]
    assert server.settled("w@l.test") == before + 1
    # RFC 3834 §3.3: from nobody, so that nothing comes back; §3.1: to the sender, and plainly made by a program.
    assert text.startswith(b"Return-Path: <>\n")
    for line in (b"From: joe@q.test\n", b"To: w@l.test\n", b"Subject: Auto: lunch\n", b"Auto-Submitted: auto-replied\n",
                 b"In-Reply-To: <1@l.test>\n", b"References: <1@l.test>\n", b"charset=utf-8\n"):
        assert line in text, (line, text)
    assert b"\nI am away: Gr=C3=BC=C3=9Fe.\n" in text
    assert (home / ".vacation.answered").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("sender, header", [
    ("", b""), ("#@[]", b""), ("mailer-daemon@l.test", b""), ("owner-x@l.test", b""), ("x-request@l.test", b""),
    ("noreply@l.test", b""), ("u@l.test", b"Auto-Submitted: auto-replied\n"), ("u@l.test", b"Precedence: bulk\n"),
    ("u@l.test", b"List-Id: <x.l.test>\n"), ("u@l.test", b"List-Unsubscribe: <mailto:x@l.test>\n"),
    ("u@l.test", b"Content-Type: multipart/report; report-type=delivery-status\n"),
    ("not an address", b""), ("u@l.test\n0 w@l.test", b""),
])
def test_does_not_answer(server, home, sender, header):
    """What programs, lists and nobody sent is not answered, and nobody is noted for it."""
    done = answer(server, home, sender=sender, message=header + MESSAGE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (home / ".vacation.answered").exists()


def test_answers_only_what_is_addressed_to_its_owner(server, home):
    other = MESSAGE.replace(b"To: joe@q.test", b"To: someone@q.test")
    assert answer(server, home, message=other).returncode == 0
    assert not (home / ".vacation.answered").exists()
    before = server.settled("u@l.test")
    assert answer(server, home, "-a", "someone@q.test", message=other).returncode == 0
    server.wait_for(before + 1, "u@l.test")


def test_answers_only_while_away(server, home):
    today = time.strftime("%Y-%m-%d")
    for options in (["--until", "2020-01-01"], ["--since", "2099-01-01"]):
        assert answer(server, home, *options).returncode == 0
        assert not (home / ".vacation.answered").exists()
    assert answer(server, home, "--since", today, "--until", today).returncode == 0
    assert (home / ".vacation.answered").exists()
    assert answer(server, home, "-I").returncode == 0
    assert not (home / ".vacation.answered").exists()


@pytest.mark.parametrize("options", [["--until", "tomorrow"], ["--days", "0"], ["-a", "nobody"], ["--what"], ["-m", "/etc"],
                                     ["-m", "absent"]])
def test_waits_for_its_owner_to_mend_it(server, home, options):
    done = answer(server, home, *options)
    assert done.returncode == 111 and done.stderr.startswith(b"vacation: "), done


@pytest.mark.parametrize("plant", ["link", "dangling link", "pipe", "directory", "open to all"])
def test_uses_no_file_that_is_not_plainly_its_owners(server, home, plant):
    record, precious = home / ".vacation.answered", home / "precious"
    precious.write_bytes(b"precious\n")
    {"link": lambda: record.symlink_to(precious), "dangling link": lambda: record.symlink_to(home / "nothing"),
     "pipe": lambda: os.mkfifo(record), "directory": record.mkdir,
     "open to all": lambda: (record.write_bytes(b""), record.chmod(0o666))}[plant]()
    before = server.settled("u@l.test")
    done = answer(server, home)
    assert done.returncode == 0 and b"vacation: " in done.stderr  # the message itself must not suffer
    assert precious.read_bytes() == b"precious\n" and not (home / "nothing").exists()
    assert server.settled("u@l.test") == before, "who cannot note whom he answers answers nobody"


@pytest.mark.skipif(not can_have_users(), reason="becoming users of this system needs root, and a mount namespace")
def test_two_who_are_away_answer_each_other_once():
    """joe@q.test and ann@owned.test are both on vacation; letters from one to the other are answered once, and that is all."""
    with ServerWithUser() as server:
        vacation = f"|HERMOD_CONFIG={server.config} {BINARY.with_name('vacation')}"
        server.write(".vacation.msg", "I am away.\n")
        server.write(".qmail", f"{vacation} -f .answered-joe\n./Maildir/\n")
        server.write(".qmail-ann", f"{vacation} -f .answered-ann -a ann@owned.test --from ann@owned.test\n./Ann/\n")
        letter = b"From: %s\r\nTo: %s\r\nMessage-ID: <%d@x.test>\r\n\r\nhello\r\n"
        with server.client() as client:
            for number in range(3):
                client.deliver(letter % (b"ann@owned.test", b"joe@q.test", number), "ann@owned.test", "joe@q.test")
            client.deliver(letter % (b"joe@q.test", b"ann@owned.test", 9), "joe@q.test", "ann@owned.test")
        # To joe: three letters, and ann's answer to the one of his; to ann: his letter, and his one answer.
        wait_until(lambda: len(server.mails()) >= 4 and len(server.mails("Ann")) >= 2, what="letters and answers")
        server.wait_idle()
        assert len(server.mails()) == 4 and len(server.mails("Ann")) == 2
        answers = [mail for mail in server.mails() + server.mails("Ann") if b"Auto-Submitted: auto-replied" in mail]
        assert len(answers) == 2 and all(mail.startswith(b"Return-Path: <>\n") for mail in answers)
        assert (server.home / ".answered-joe").stat().st_uid == UID


def test_an_account_is_away(server, tmp_path):
    """An account without a home: set by command, answered by deliver; twice to nobody, and not when it is over."""
    server.run("vacation", "set", "u@l.test", "--until", "2099-12-31", "--subject", "Weg", input="Bin fort: Grüße.\n")
    assert "away, until 2099-12-31" in server.run("vacation", "show", "u@l.test").stdout
    before = server.settled("w@l.test")
    letter = b"From: w@l.test\r\nTo: u@l.test\r\nSubject: lunch\r\nMessage-ID: <%d@l.test>\r\n\r\nhello\r\n"
    with server.client() as client:
        for number in range(3):
            client.deliver(letter % number, "w@l.test", "u@l.test")
        client.deliver(b"From: w@l.test\r\nTo: others@l.test\r\n\r\nhello\r\n", "w@l.test", "u@l.test")
        client.deliver(b"Precedence: bulk\r\n" + letter % 9, "x@l.test", "u@l.test")
        client.deliver(letter % 10, "", "u@l.test")
    answer = server.wait_for(before + 1, "w@l.test")[-1]
    assert answer.startswith(b"Return-Path: <>\n") and b"\nFrom: u@l.test\n" in answer and b"\nSubject: Weg\n" in answer
    assert b"\nBin fort: Gr=C3=BC=C3=9Fe.\n" in answer and b"\nAuto-Submitted: auto-replied\n" in answer
    server.run("vacation", "clear", "u@l.test")
    assert server.run("vacation", "show", "u@l.test", check=False).returncode == 1
    server.run("vacation", "set", "u@l.test", "--until", "2001-01-01", input="Long ago.\n")
    with server.client() as client:
        client.deliver(letter % 11, "w@l.test", "u@l.test")
    assert server.settled("w@l.test") == before + 1
    for words, status in [(("set", "absent@l.test"), 1), (("set", "u@l.test", "--until", "soon"), 2), (("set", "no address"), 2)]:
        assert server.run("vacation", *words, check=False, input="x\n").returncode == status


def test_two_accounts_answer_each_other_once(server):
    for address in ("u@l.test", "w@l.test"):
        server.run("vacation", "set", address, input="Away.\n")
    counts = {address: server.settled(address) for address in ("u@l.test", "w@l.test")}
    with server.client() as client:
        for number in range(2):
            client.deliver(b"From: w@l.test\r\nTo: u@l.test\r\nMessage-ID: <a%d@x>\r\n\r\nx\r\n" % number, "w@l.test", "u@l.test")
            client.deliver(b"From: u@l.test\r\nTo: w@l.test\r\nMessage-ID: <b%d@x>\r\n\r\nx\r\n" % number, "u@l.test", "w@l.test")
    for address, count in counts.items():
        server.wait_for(count + 3, address)  # two letters, and one answer
        assert server.settled(address) == count + 3
        server.run("vacation", "clear", address)
