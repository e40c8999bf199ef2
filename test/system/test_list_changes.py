"""Mailing lists that change what they pass on: a mark in subjects, a footer; and From, where DMARC would have the message refused otherwise.
Name servers of our own (NSD, Unbound); signatures made and verified by python3-dkim and opendkim."""
import email
import email.policy
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import dns
import pytest
from hermod import BINARY, Hermod, free_port, wait_until
from sink import Sink

try:
    import dkim
except ImportError:
    dkim = None

FOOTER = "-- \nThe list of Jörg: https://lists.example/\n"
MEMBER, LIST = "bob@far.test", "dev@lists.example"


class Author:
    """A domain whose mail is signed."""

    def __init__(self, folder: Path, policy: str):
        self.domain, self.policy = f"{policy}.example", policy
        key = folder / f"{policy}.pem"
        done = subprocess.run([str(BINARY), "dkim", "keygen", "--domain", self.domain, "--selector", "sel", "--key", str(key), "--json"],
                              capture_output=True, text=True, check=True)
        self.record, self.key = json.loads(done.stdout)["record"], key.read_bytes()

    def zone(self) -> str:
        return f"{txt('sel._domainkey', self.record)}_dmarc TXT \"v=DMARC1; p={self.policy}\"\n@ TXT \"v=spf1 -all\"\n"

    def message(self, subject: str, body: bytes = b"hello\r\n", fields: bytes = b"") -> bytes:
        text = b"From: Ann <ann@%s>\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s@x.test>\r\n%s\r\n%s" % (
            self.domain.encode(), LIST.encode(), subject.encode(), os.urandom(6).hex().encode(), fields, body)
        return dkim.sign(text, b"sel", self.domain.encode(), self.key, canonicalize=(b"relaxed", b"relaxed")) + text


def txt(name: str, record: str) -> str:
    return f"{name} TXT " + " ".join(f'"{record[at:at + 200]}"' for at in range(0, len(record), 200)) + "\n"


class ChangingList:
    """The list dev@lists.example; its one member is elsewhere, and our domain has SPF that nobody passes: only our signature can help."""

    def __init__(self, folder: Path):
        self.folder, self.sink, port = folder, Sink(), free_port()
        self.server = Hermod(folder=folder, domains=("lists.example",), mailboxes=["owner@lists.example"],
                             routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{self.sink.port}"\n',
                             extra=f'[dkim]\nsign = true\nwait = "0s"\n[dns]\nresolver = "127.0.0.1:{port}"\n')
        self.authors = {policy: Author(folder, policy) for policy in ("none", "quarantine", "reject")}
        self.server.run("dkim", "rotate", "lists.example")
        ours = "".join(txt(key["name"] + ".", key["record"]) for key in self.keys())
        zones = {author.domain: author.zone() for author in self.authors.values()}
        zones["lists.example"] = ours + '_dmarc TXT "v=DMARC1; p=reject; adkim=s"\n@ TXT "v=spf1 -all"\n'
        self.names = dns.Names(zones, port=port, probe=("_dmarc.reject.example", "TXT"))

    def keys(self) -> list[dict]:
        told = json.loads(self.server.run("dkim", "status", "--json").stdout)
        return [key for one in told["domains"] for key in one["keys"]]

    def __enter__(self):
        self.names.__enter__()
        self.sink.__enter__()
        self.server.run("dkim", "rotate", "lists.example")
        self.server.run("list", "create", LIST, "--owner", "owner@lists.example", "--posting", "anyone", "--description", "Development")
        self.server.run("list", "add", LIST, MEMBER)
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.sink.__exit__(None, None, None)
        self.names.__exit__()

    def change(self, *options: str, footer: str | None = None):
        if footer is not None:
            (self.folder / "footer").write_text(footer)
            options = *options, "--footer", str(self.folder / "footer")
        self.server.run("list", "set", LIST, *options)

    def post(self, message: bytes, sender: str = "ann@somewhere.example") -> bytes:
        """The copy that the member has."""
        before = len(self.sink.taken)
        with self.server.client(source="127.0.0.2") as client:
            client.deliver(message, sender, LIST)
        wait_until(lambda: len(self.sink.taken) > before, what="the copy\n" + self.server.log_text()[-2000:])
        assert self.sink.taken[-1].recipients == [MEMBER]
        return re.sub(rb"(?m)^\.\.", b".", self.sink.taken[-1].octets)

    def record(self, name: bytes, timeout: int = 5) -> bytes | None:
        return "".join(re.findall(r'"([^"]*)"', self.names.ask(name.decode(), "TXT"))).encode() or None

    def valid_signatures(self, message: bytes) -> set[str]:
        """The domains, as python3-dkim sees it."""
        count = len(re.findall(rb"(?m)^DKIM-Signature:", message.split(b"\r\n\r\n", 1)[0]))
        found = set()
        for index in range(count):
            checked = dkim.DKIM(message)
            try:
                if checked.verify(index, dnsfunc=self.record):
                    found.add(checked.domain.decode())
            except dkim.ValidationError:  # its way to say that the body is another
                pass
        return found

    def dmarc(self, message: bytes, sender: str = "dev-bounces@lists.example") -> str:
        """As a server far away sees it: from an address that no SPF record allows."""
        (self.folder / "message").write_bytes(message)
        done = subprocess.run([str(BINARY), "auth", "check", "--json", "--ip", "192.0.2.1", "--helo", "mx.lists.example", "--from", sender,
                               "--resolver", f"127.0.0.1:{self.names.port}", str(self.folder / "message")], capture_output=True, text=True, check=False)
        return json.loads(done.stdout)["dmarc"]["result"]


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    if not dns.is_installed() or dkim is None:
        pytest.skip("needs NSD, Unbound and python3-dkim")
    with ChangingList(tmp_path_factory.mktemp("changing")) as changing:
        yield changing


@pytest.fixture(autouse=True)
def plain(request):
    """Each test begins with a list that changes nothing."""
    if "changing" in request.fixturenames:
        request.getfixturevalue("changing").change("--subject-prefix", "", "--footer", "", "--rewrite-from", "when_needed")


def value(message: bytes, name: str) -> list[str]:
    return email.message_from_bytes(message, policy=email.policy.default).get_all(name, [])


@pytest.mark.parametrize("policy", ["none", "reject"])
def test_what_is_not_changed_keeps_signature_and_author(changing, policy):
    author = changing.authors[policy]
    copy = changing.post(author.message("hello"))
    assert changing.valid_signatures(copy) == {author.domain}
    assert value(copy, "From") == [f"Ann <ann@{author.domain}>"] and value(copy, "X-Original-From") == []
    assert changing.dmarc(copy) == "pass"


def test_subject_and_footer_and_an_author_whose_domain_does_not_mind(changing):
    changing.change("--subject-prefix", "[dev]", footer=FOOTER)
    author = changing.authors["none"]
    copy = changing.post(author.message("Re: hello", fields=b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
                                        body="Grüße\r\n".encode()))
    assert value(copy, "Subject") == ["[dev] Re: hello"]
    assert copy.endswith(("\r\n\r\nGrüße\r\n\r\n" + FOOTER.replace("\n", "\r\n")).encode()), copy
    assert value(copy, "From") == [f"Ann <ann@{author.domain}>"] and value(copy, "X-Original-From") == []
    assert changing.valid_signatures(copy) == set(), "we sign in nobody else's name"


@pytest.mark.parametrize("policy", ["quarantine", "reject"])
def test_the_list_is_the_author_where_dmarc_demands_it(changing, policy, tmp_path):
    """RFC 9989 §4.7: without it the same message fails; with it our own signature is aligned, strictly."""
    author = changing.authors[policy]
    changing.change("--subject-prefix", "[dev]", "--rewrite-from", "never", footer=FOOTER)
    assert changing.dmarc(changing.post(author.message("hello"))) == "fail"
    changing.change("--rewrite-from", "when_needed")
    copy = changing.post(author.message("hello"))
    assert value(copy, "From") == [f"Ann via Development <{LIST}>"]
    assert value(copy, "Reply-To") == [f"Ann <ann@{author.domain}>"] and value(copy, "X-Original-From") == [f"Ann <ann@{author.domain}>"]
    assert value(copy, "Subject") == ["[dev] hello"]
    assert changing.valid_signatures(copy) == {"lists.example"}
    assert len(value(copy, "DKIM-Signature")) == 3, "ours, of either kind, and the author's, which is broken and may be looked into"
    assert changing.dmarc(copy) == "pass"
    if shutil.which("opendkim"):
        (tmp_path / "public").write_text("".join(f"{key['name']} {key['record']}\n" for key in changing.keys()))
        (tmp_path / "conf").write_text(f"Mode v\nTestPublicKeys {tmp_path}/public\nSyslog no\n")
        (tmp_path / "one.eml").write_bytes(copy)
        done = subprocess.run(["opendkim", "-x", str(tmp_path / "conf"), "-t", str(tmp_path / "one.eml"), "-vv"], capture_output=True, text=True, check=False)
        assert "succeeded" in done.stdout + done.stderr, done


def test_an_answer_that_has_the_mark_is_not_changed(changing):
    changing.change("--subject-prefix", "[dév]")
    author = changing.authors["reject"]
    first = changing.post(author.message("hello"))
    assert value(first, "Subject") == ["[dév] hello"] and value(first, "From") == [f"Ann via Development <{LIST}>"]
    answer = changing.post(author.message("=?iso-8859-1?q?Re=3A_=5Bd=E9v=5D_hello?="))
    assert changing.valid_signatures(answer) == {author.domain} and value(answer, "From") == [f"Ann <ann@{author.domain}>"]


def test_members_are_known_by_who_wrote(changing):
    """The list's rules look at the author, whatever the copies say."""
    changing.change("--subject-prefix", "[dev]", "--posting", "members", "--others", "reject")
    author = changing.authors["reject"]
    changing.server.run("list", "add", LIST, f"ann@{author.domain}")
    try:
        before = len(changing.sink.taken)
        with changing.server.client(source="127.0.0.2") as client:
            client.deliver(author.message("from a member"), "bounces@reject.example", LIST)
        wait_until(lambda: len(changing.sink.taken) == before + 2, what="two copies")
        assert {taken.recipients[0] for taken in changing.sink.taken[before:]} == {MEMBER, f"ann@{author.domain}"}
        copy = re.sub(rb"(?m)^(Received|Delivered-To):.*\r\n(?:[ \t].*\r\n)*", b"", changing.sink.taken[-1].octets)
        with changing.server.client(source="127.0.0.2") as client:
            client.deliver(copy, "eve@somewhere.example", LIST)
        changing.server.wait_idle()
        assert len(changing.sink.taken) == before + 2, "a copy that comes back ends here"
    finally:
        changing.server.run("list", "remove", LIST, f"ann@{author.domain}")
        changing.change("--posting", "anyone")


BODIES = {
    "plain": (b"", b"hello\r\n"),
    "quoted": (b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n", b"Gr=FC=DFe, a soft=\r\n end=\r\n"),
    "base64": (b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n", b"aGVsbG8K\r\n"),
    "html": (b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", "<p>Grüße</p>\r\n".encode()),
    "alternative": (b"Content-Type: multipart/alternative; boundary=\"a b\"\r\n",
                    b"--a b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--a b\r\nContent-Type: text/html\r\n\r\n<p>hello\r\n--a b--\r\n"),
    "mixed": (b"Content-Type: multipart/mixed; boundary=m\r\n",
              b"--m\r\nContent-Type: multipart/alternative; boundary=n\r\n\r\n--n\r\n\r\nhello\r\n--n--\r\n--m\r\n"
              b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--m--\r\n"),
}
KEPT = {
    "signed": (b"Content-Type: multipart/signed; boundary=s; micalg=pgp-sha256; protocol=\"application/pgp-signature\"\r\n",
               b"--s\r\n\r\nhello\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n"),
    "encrypted": (b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n", b"aGVsbG8K\r\n"),
    "broken": (b"Content-Type: multipart/mixed\r\n", b"--m\r\n\r\nhello\r\n--m--\r\n"),
    # RFC 2046 §5.1.1 takes the inner delimiters for outer ones, and Python does not.
    "alike": (b"Content-Type: multipart/mixed; boundary=m\r\n",
              b"--m\r\nContent-Type: multipart/alternative; boundary=mm\r\n\r\n--mm\r\n\r\nhello\r\n--mm--\r\n--m--\r\n"),
    "two ends": (b"Content-Type: multipart/mixed; boundary=m\r\n", b"--m\r\n\r\nhello\r\n--m--\r\n--m--\r\n"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_footers_are_read_by_another_program(changing, kind):
    """RFC 2045, RFC 2046: Python finds no fault with the message, all that was there, and the footer at the end."""
    changing.change(footer=FOOTER)
    fields, body = BODIES[kind]
    message = changing.authors["none"].message("hello", body, b"MIME-Version: 1.0\r\n" + fields)
    before = email.message_from_bytes(message, policy=email.policy.default)
    copy = email.message_from_bytes(changing.post(message), policy=email.policy.default)
    assert [part.defects for part in copy.walk() if part.defects] == []
    leaves = [part for part in copy.walk() if not part.is_multipart()]
    wanted = [part.get_content() for part in before.walk() if not part.is_multipart()]
    assert leaves[-1].get_content_type() == "text/plain"
    last = leaves[-1].get_content().replace("\r\n", "\n")
    assert last.endswith(FOOTER if len(leaves) > len(wanted) else "\n\n" + FOOTER), last
    got = [part.get_content() for part in leaves]
    if len(leaves) == len(wanted):
        assert got[0].replace("\r\n", "\n").startswith(wanted[0].replace("\r\n", "\n"))
    else:
        assert got[:-1] == wanted


@pytest.mark.parametrize("kind", KEPT)
def test_what_a_footer_would_break_has_none(changing, kind):
    changing.change(footer=FOOTER)
    fields, body = KEPT[kind]
    author = changing.authors["reject"]
    copy = changing.post(author.message("hello", body, b"MIME-Version: 1.0\r\n" + fields))
    assert copy.endswith(b"\r\n\r\n" + body) and changing.valid_signatures(copy) == {author.domain}


def test_a_posting_waits_while_the_dns_is_silent(tmp_path):
    """Nothing is lost, nothing is sent that would be refused; and `hermod queue` says why."""
    def write(policy: str | None):
        answer = {"data": f"v=DMARC1; p={policy}"} if policy else {"rcode": "TIMEOUT"}
        (tmp_path / "dns").write_text(json.dumps({"name": "_dmarc.slow.example", "type": "TXT", **answer}) + "\n")

    write(None)
    with Hermod(folder=tmp_path, extra=f'[dns]\ntable = "{tmp_path}/dns"\n') as server:
        server.run("list", "create", "dev@l.test", "--owner", "w@l.test", "--posting", "anyone", "--subject-prefix", "[dev]")
        server.run("list", "add", "dev@l.test", "u@l.test")
        with server.client() as client:
            client.deliver(b"From: ann@slow.example\r\nSubject: hello\r\n\r\nhello\r\n", "ann@slow.example", "dev@l.test")
        wait_until(lambda: "_dmarc.slow.example" in json.dumps(server.queue()), what="the reason in the queue")
        assert server.messages("u@l.test") == []
        write("reject")
        server.run("flush")
        copy = server.wait_for(1, "u@l.test")[0]
        assert b"\nFrom: ann via dev <dev@l.test>\n" in copy and b"\nX-Original-From: ann@slow.example\n" in copy
        server.wait_idle()


def test_settings_are_shown_and_refused(tmp_path):
    with Hermod(folder=tmp_path) as server:
        server.run("list", "create", "dev@l.test", "--owner", "w@l.test")
        told = server.run("list", "show", "dev@l.test").stdout
        assert "rewrite-from     when_needed" in told and "footer" not in told and "subject-prefix" not in told
        server.run("list", "set", "dev@l.test", "--footer", "-", "--subject-prefix", "[dev]", "--rewrite-from", "always", input="one\r\n\r\ntwo")
        told = server.run("list", "show", "dev@l.test").stdout
        assert "subject-prefix   [dev]\n" in told and "footer           one\n" in told and f"{'':21}two\n" in told and "rewrite-from     always" in told
        (tmp_path / "long").write_text("x\n" * 3000)
        (tmp_path / "binary").write_bytes(b"\xff\n")
        for words in (("--subject-prefix", "x" * 41), ("--subject-prefix", "a\nb"), ("--footer", str(tmp_path / "long")), ("--footer", str(tmp_path / "binary")),
                      ("--footer", str(tmp_path / "absent")), ("--rewrite-from", "sometimes")):
            done = server.run("list", "set", "dev@l.test", *words, check=False)
            assert done.returncode == 2 and done.stderr, (words, done)
        server.run("list", "set", "dev@l.test", "--footer", "", "--subject-prefix", "")
        assert "footer" not in server.run("list", "show", "dev@l.test").stdout
