"""DKIM, DMARC and ARC from the command line: the published suites again, and the programs of others that sign and verify: what we sign
they verify, what they sign we verify, over messages of awkward shapes."""
import base64
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import opendkim
import pytest
from hermod import BINARY, ROOT

CONFORMANCE = Path(os.environ.get("HERMOD_CONFORMANCE", ROOT / ".." / "shared" / "conformance"))
CANONICALIZATIONS = [f"{header}/{body}" for header in ("simple", "relaxed") for body in ("simple", "relaxed")]
DOMAIN = "example.org"


def run(*arguments: str, message: bytes | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *arguments], input=message if message is not None else b"", capture_output=True, check=False, timeout=300)


def given(*path: str) -> Path:
    file = CONFORMANCE.joinpath(*path)
    if not file.exists():
        pytest.skip(f"{file} is not here")
    return file


def write_table(path: Path, records: dict[str, list[str]]) -> str:
    lines = [json.dumps({"name": name, "type": "TXT", "data": [text[i:i + 255] for i in range(0, len(text), 255)]})
             for name, texts in records.items() for text in texts]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


class Keys:
    """A key of each kind, as `hermod dkim keygen` makes them, and a table that publishes both."""

    def __init__(self, folder: Path):
        self.folder, self.records = folder, {}
        for selector, algorithm in (("rsa", "rsa-sha256"), ("ed", "ed25519-sha256")):
            done = run("dkim", "keygen", "--domain", DOMAIN, "--selector", selector, "--algorithm", algorithm,
                       "--key", str(self.path(selector)), "--json")
            assert done.returncode == 0, done.stderr
            made = json.loads(done.stdout)
            self.records[made["name"]] = [made["record"]]
        self.table = write_table(folder / "table", self.records)

    def path(self, selector: str) -> Path:
        return self.folder / f"{selector}.pem"

    def public(self, selector: str) -> str:
        return self.records[f"{selector}._domainkey.{DOMAIN}"][0]

    def sign(self, message: bytes, selector: str, *options: str) -> bytes:
        done = run("dkim", "sign", "--domain", DOMAIN, "--selector", selector, "--key", str(self.path(selector)), *options, message=message)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def verify(self, message: bytes, *options: str) -> list[dict]:
        done = run("dkim", "verify", "--json", "--dns-table", self.table, *options, message=message)
        signatures = json.loads(done.stdout)["signatures"]
        assert done.returncode == (0 if any(one["result"] == "pass" for one in signatures) else 1), done.stderr
        return signatures


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


PLAIN = b"From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: hello\r\nDate: Fri, 27 Nov 2026 20:00:00 +0000\r\n\r\nHello Bob,\r\n\r\nbye\r\n"


HEAD, BODY = PLAIN[:PLAIN.index(b"\r\n\r\n") + 4], b"Hello Bob,\r\n\r\nbye\r\n"
SHAPES = {
    "plain": PLAIN,
    "empty body": HEAD,
    "blank lines at the end": PLAIN + b"\r\n\r\n\r\n",
    "no final CRLF": PLAIN[:-2],
    "only blanks": HEAD + b" \t\r\n\t\r\n",
    "blanks at ends of lines": HEAD + b"a  \r\n b\t\tc \t\r\n\r\n \r\n",
    "a line of 1 MB": PLAIN.replace(b"bye", b"y" * 1_000_000),
    "folded": b"Subject: one\r\n two\r\n\tthree \t\r\n four\r\n" + PLAIN.replace(b"Subject: hello\r\n", b""),
    "repeated": b"Subject: first\r\nTo: carol@example.net\r\nX-Same: 1\r\nX-Same:  1\r\n" + PLAIN,
    "8-bit": b"Comments: \xc3\xa4\xf6\xff\r\n" + HEAD + b"\xe4\xf6\xfc\x80\xff\r\n",
    "dots": HEAD + b".\r\n..\r\n.x\r\n",
}


def awkward_messages(count: int, seed: int) -> list[bytes]:
    """Each shape for each canonicalization, when those are taken in turns; then folded and repeated fields, blanks everywhere, 8-bit
    octets, long lines, bodies that are empty or do not end, by chance."""
    chance = random.Random(seed)
    fields = [b"To: bob@example.net", b"Subject: folded\r\n over\r\n\tthree lines", b"Subject:", b"X-Same: 1", b"X-Same:  2 \t", b"Cc:\ttab@example.net",
              b"Subject: \xc3\xa4\xc3\xb6\xc3\xbc  8-bit", b"Content-Type: text/plain;  charset=utf-8", b"Received: by x;\r\n\t Fri, 27 Nov 2026 20:00:00 +0000",
              b"MIME-Version: 1.0", b"message-id: <1@example.org>", b"X-Long: " + b"x" * 900]
    lines = [b"plain text", b"", b"", b" ", b"\t\t", b"two  blanks\t and a tab ", b" leading", b"8-bit \xe4\xf6\xfc\x80\xff", b".", b"..", b"=20", b"x" * 20000]
    messages = [message for message in SHAPES.values() for _ in CANONICALIZATIONS]
    while len(messages) < count:
        header = [b"From: ann@example.org"] + [chance.choice(fields) for _ in range(chance.randrange(6))]
        chance.shuffle(header)
        body = b"\r\n".join(chance.choice(lines) for _ in range(chance.randrange(8)))
        messages.append(b"\r\n".join(header) + b"\r\n\r\n" + body + chance.choice([b"", b"\r\n", b"\r\n\r\n"]))
    return messages


# ---- our own

def test_keygen_writes_a_file_that_only_its_owner_reads(tmp_path):
    file = tmp_path / "key.pem"
    arguments = ["dkim", "keygen", "--domain", "Example.ORG", "--selector", "a", "--key", str(file)]
    done = run(*arguments)
    assert done.returncode == 0 and file.stat().st_mode & 0o777 == 0o600
    line = done.stdout.decode()
    assert line.startswith("a._domainkey.example.org.\tIN\tTXT\t( \"v=DKIM1; k=rsa; p=")
    strings = re.findall(r'"([^"]*)"', line)
    assert len(strings) == 2 and all(len(text) <= 255 for text in strings)
    again = run("dkim", "record", "--domain", DOMAIN, "--selector", "a", "--key", str(file))
    assert again.stdout == done.stdout
    octets = file.read_bytes()
    assert run(*arguments).returncode == 2 and file.read_bytes() == octets, "a key that is there is left alone"
    if zone := shutil.which("ldns-read-zone"):
        (tmp_path / "zone").write_text(f"$TTL 60\n{DOMAIN}. IN SOA ns.{DOMAIN}. x.{DOMAIN}. 1 2 3 4 5\n{line}")
        read = subprocess.run([zone, str(tmp_path / "zone")], capture_output=True, text=True, check=False)
        assert read.returncode == 0 and strings[1] in read.stdout, read.stderr


def test_what_is_signed_verifies_and_what_is_changed_does_not(keys):
    signed = keys.sign(PLAIN, "rsa", "--timestamp", "1000", "--expire", "60", "--identity", "ann@mail.example.org")
    assert signed.endswith(PLAIN) and b"t=1000; x=1060;" in signed.replace(b"\r\n", b"") and b"i=ann@mail.example.org" in signed
    one, = keys.verify(signed, "--now", "1060")
    assert {key: one[key] for key in ("domain", "selector", "algorithm", "result", "reason", "body_length_used")} == {
        "domain": DOMAIN, "selector": "rsa", "algorithm": "rsa-sha256", "result": "pass", "reason": "", "body_length_used": False}
    late, = keys.verify(signed, "--now", "1061")
    assert (late["result"], late["reason"]) == ("permerror", "the signature has expired")
    body, = keys.verify(signed + b"more\r\n", "--now", "1000")
    assert (body["result"], body["reason"]) == ("fail", "the body hash did not verify")
    header, = keys.verify(signed.replace(b"hello", b"hullo"), "--now", "1000")
    assert header["reason"] == "the signature did not verify" and "subject:hullo\r\n" in header["canonical_header"]
    added, = keys.verify(b"Subject: another\r\n" + signed, "--now", "1000")
    assert added["result"] == "fail", "Subject is signed once more than it is there"


def test_several_keys_and_line_ends_of_files(keys):
    text = PLAIN.replace(b"\r\n", b"\n")
    done = run("dkim", "sign", "--domain", DOMAIN, "--selector", "rsa", "--key", str(keys.path("rsa")), "--selector", "ed",
               "--key", str(keys.path("ed")), message=text)
    assert b"\r" not in done.stdout and done.stdout.endswith(text)
    assert [one["algorithm"] for one in keys.verify(done.stdout)] == ["rsa-sha256", "ed25519-sha256"]
    assert {one["result"] for one in keys.verify(done.stdout.replace(b"\n", b"\r\n"))} == {"pass"}
    file = keys.path("message").with_suffix(".eml")
    file.write_bytes(text)
    done = run("dkim", "sign", "--domain", DOMAIN, "--selector", "rsa", "--key", str(keys.path("rsa")), str(file))
    assert done.stdout.endswith(text), done.stderr
    only = run("dkim", "sign", "--header-only", "--headers", "from:subject", "--domain", DOMAIN, "--selector", "ed", "--key", str(keys.path("ed")), message=PLAIN)
    assert b"h=from:subject;" in only.stdout and keys.verify(only.stdout + PLAIN)[0]["result"] == "pass"
    assert all(len(line) <= 78 for line in done.stdout.split(b"\n")), "folded"


@pytest.mark.parametrize(("arguments", "problem"), [
    (["--domain", "nodots"], b"not a domain"), (["--selector", "a b"], b"not a selector"), (["--key", "/nonexistent"], b"No such file"),
    (["--algorithm", "ed25519-sha256"], b"is a key for rsa-sha256"), (["--canonicalization", "nowsp"], b"simple or relaxed"),
    (["--headers", "a;b"], b"no name of a field"), (["--identity", "a@other.example"], b"not an identity"), (["--expire", "0"], b"never be good")])
def test_misuse_of_sign(keys, arguments, problem):
    options = {"--domain": DOMAIN, "--selector": "rsa", "--key": str(keys.path("rsa"))} | dict(zip(arguments[::2], arguments[1::2]))
    done = run("dkim", "sign", *[word for pair in options.items() for word in pair], message=PLAIN)
    assert done.returncode == 2 and problem in done.stderr, done.stderr
    assert done.stdout == b""


def test_message_without_author_is_not_signed(keys):
    done = run("dkim", "sign", "--domain", DOMAIN, "--selector", "rsa", "--key", str(keys.path("rsa")), message=b"To: x\r\n\r\n")
    assert done.returncode == 1 and done.stdout == b""


def test_failing_dns_is_temporary(keys, tmp_path):
    (tmp_path / "table").write_text('{"name": "rsa._domainkey.example.org", "type": "*", "rcode": "SERVFAIL"}\n')
    done = run("dkim", "verify", "--json", "--dns-table", str(tmp_path / "table"), message=keys.sign(PLAIN, "rsa"))
    assert done.returncode == 75 and json.loads(done.stdout)["signatures"][0]["result"] == "temperror"


def test_flood_of_signatures_and_fields_is_bounded(keys):
    signed = keys.sign(PLAIN, "ed")
    field = signed[:-len(PLAIN)]
    results = [one["result"] for one in keys.verify(field * 500 + PLAIN)]
    assert results == ["pass"] * 10 + ["policy"] * 490
    many = b"".join(b"X-%d: y\r\n" % i for i in range(100_000))
    assert keys.verify(many + signed)[0]["result"] == "pass"
    assert keys.verify(keys.sign(PLAIN + b"0123456789abcde\r\n" * 3_000_000, "ed"))[0]["result"] == "pass", "50 MB"


# ---- all together

def test_auth_check_puts_everything_together(keys, tmp_path):
    records = keys.records | {DOMAIN: ["v=spf1 ip4:192.0.2.1 -all"], f"_dmarc.{DOMAIN}": ["v=DMARC1; p=reject"]}
    where = ["--ip", "192.0.2.1", "--helo", "mx.example.org", "--from", "bounces@example.net", "--receiver", "mx.example.com",
             "--dns-table", write_table(tmp_path / "table", records)]
    done = run("auth", "check", "--json", *where, message=keys.sign(PLAIN, "ed"))
    found = json.loads(done.stdout)
    assert done.returncode == 0 and list(found) == ["spf", "dkim", "arc", "dmarc", "authentication_results"]
    assert (found["spf"]["result"], found["dkim"]["signatures"][0]["result"], found["arc"]["result"], found["dmarc"]["result"]) == ("none", "pass", "none", "pass")
    results = found["authentication_results"]
    assert results.startswith("mx.example.com; spf=none smtp.mailfrom=bounces@example.net; dkim=pass header.d=example.org header.s=ed ")
    assert results.endswith("; arc=none; dmarc=pass header.from=example.org")

    forged = json.loads(run("auth", "check", "--json", *where, message=PLAIN).stdout)["dmarc"]
    assert (forged["result"], forged["disposition"]) == ("fail", "reject")
    where[5] = "ann@example.org"
    by_spf = json.loads(run("auth", "check", "--json", *where, message=PLAIN).stdout)["dmarc"]
    assert by_spf["result"] == "pass" and by_spf["spf_aligned"]
    for author in (b"From: ann@example.org\r\nFrom: eve@example.net", b"From: ann@example.org, eve@example.net", b"From: nobody", b"X: y"):
        done = run("auth", "check", "--json", *where, message=PLAIN.replace(b"From: Ann <ann@example.org>", author))
        assert done.returncode == 1 and json.loads(done.stdout)["dmarc"]["result"] == "permerror", author
    text = run("auth", "check", *where, message=PLAIN).stdout.decode()
    assert "SPF\n" in text and "\nDKIM\nno signature\n" in text and "result: pass" in text


# ---- those of others

EXCHANGED = 500  # messages that go each way


def as_received(messages: list[bytes]) -> list[bytes]:
    """With a last line that ends, as after SMTP. Without it the signature is to be the same (RFC 6376 §3.4.3, §3.4.4); but python3-dkim and
    Mail::DKIM leave blanks there, or add no line end, and opendkim signs nothing. So only we see what does not end."""
    return [message if message.endswith(b"\r\n") else message + b"\r\n" for message in messages]


@pytest.fixture(scope="module")
def messages():
    return awkward_messages(EXCHANGED, seed=6376)


@pytest.fixture(scope="module")
def signed(keys, messages):
    """By each of our keys."""
    return {selector: as_received([keys.sign(message, selector, "--canonicalization", CANONICALIZATIONS[i % 4]) for i, message in enumerate(messages)])
            for selector in ("rsa", "ed")}


def expect_passes(keys, fields: list[bytes], messages: list[bytes], canonicalizations=CANONICALIZATIONS):
    assert len(fields) == len(messages) == EXCHANGED
    assert {re.search(rb"c=([a-z/]+)", field).group(1).decode() for field in fields} == set(canonicalizations)
    for i, (field, message) in enumerate(zip(fields, messages)):
        one, = keys.verify(field + message)
        assert one["result"] == "pass", (i, one, message[:2000])


PYTHON_DKIM = r"""
import base64, json, sys
import dkim
keys, work = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
published = {name.encode() + b".": texts[0].encode() for name, texts in keys.items()}
def verify(message):
    try:
        return bool(dkim.verify(message, dnsfunc=lambda name, timeout=5: published.get(name)))
    except Exception:
        return False
answers = []
for one in work:
    message = base64.b64decode(one["message"])
    if one["do"] == "verify":
        answers.append(verify(message))
    else:
        header, body = (part.encode() for part in one["canonicalization"].split("/"))
        key, algorithm = open(one["key"], "rb").read(), b"rsa-sha256"
        if one["selector"] == "ed":  # it wants the seed alone, which is the end of the key
            key, algorithm = base64.b64encode(base64.b64decode(b"".join(key.splitlines()[1:-1]))[-32:]), b"ed25519-sha256"
        field = dkim.sign(message, one["selector"].encode(), b"example.org", key, canonicalize=(header, body), signature_algorithm=algorithm)
        answers.append(base64.b64encode(field).decode())
json.dump(answers, sys.stdout)
"""
SYSTEM_PYTHON = "/usr/bin/python3"


def has_python_dkim() -> bool:
    return Path(SYSTEM_PYTHON).exists() and subprocess.run([SYSTEM_PYTHON, "-c", "import dkim, nacl"], capture_output=True, check=False).returncode == 0


def python_dkim(keys: Keys, folder: Path, work: list[dict]) -> list:
    (folder / "keys.json").write_text(json.dumps(keys.records))
    (folder / "work.json").write_text(json.dumps(work))
    done = subprocess.run([SYSTEM_PYTHON, "-c", PYTHON_DKIM, str(folder / "keys.json"), str(folder / "work.json")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def encoded(message: bytes) -> str:
    return base64.b64encode(message).decode()


def signed_by_python_dkim(keys: Keys, folder: Path, messages: list[bytes], selector: str = "rsa") -> list[bytes]:
    work = [{"do": "sign", "message": encoded(message), "selector": selector, "key": str(keys.path(selector)), "canonicalization": CANONICALIZATIONS[i % 4]}
            for i, message in enumerate(messages)]
    return [base64.b64decode(field) for field in python_dkim(keys, folder, work)]


@pytest.mark.skipif(not has_python_dkim(), reason="python3-dkim is not installed")
def test_python_dkim_verifies_ours_and_we_verify_theirs(keys, signed, messages, tmp_path):
    for selector in ("rsa", "ed"):
        verified = python_dkim(keys, tmp_path, [{"do": "verify", "message": encoded(message)} for message in signed[selector]])
        assert len(verified) == EXCHANGED and [i for i, good in enumerate(verified) if not good] == []
        expect_passes(keys, signed_by_python_dkim(keys, tmp_path, as_received(messages), selector), messages)


PERL_VERIFY = r"""
use Mail::DKIM::Verifier; use Mail::DKIM::PublicKey; use MIME::Base64; use JSON::PP;
local $/; my $keys = decode_json(do { open my $f, '<', $ARGV[0]; <$f> }); my $work = decode_json(do { open my $f, '<', $ARGV[1]; <$f> });
{ no warnings 'redefine'; no strict 'refs';
  *{"Mail::DKIM::PublicKey::fetch_async"} = sub { my ($class, %prms) = @_; my $name = "$prms{Selector}._domainkey.$prms{Domain}";
    my $text = $keys->{$name}[0]; my $on = $prms{Callbacks}{Success} || sub { $_[0] };
    return sub { return unless defined $text; my $key = $class->parse($text); $key->{Selector} = $prms{Selector}; $key->{Domain} = $prms{Domain}; $on->($key) } }; }
my @answers;
for my $one (@$work) { my $dkim = Mail::DKIM::Verifier->new(); $dkim->PRINT(decode_base64($one->{message})); $dkim->CLOSE; push @answers, $dkim->result; }
print encode_json(\@answers);
"""


def has_perl_dkim() -> bool:
    return bool(shutil.which("perl")) and subprocess.run(["perl", "-MMail::DKIM::Verifier", "-e", "1"], capture_output=True, check=False).returncode == 0


def perl_verdicts(keys: Keys, folder: Path, messages: list[bytes]) -> list[str]:
    (folder / "keys.json").write_text(json.dumps(keys.records))
    (folder / "work.json").write_text(json.dumps([{"message": encoded(message)} for message in messages]))
    done = subprocess.run(["perl", "-e", PERL_VERIFY, str(folder / "keys.json"), str(folder / "work.json")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not has_perl_dkim(), reason="libmail-dkim-perl is not installed")
def test_mail_dkim_of_perl_verifies_ours(keys, signed, tmp_path):
    verdicts = perl_verdicts(keys, tmp_path, signed["rsa"])
    assert len(verdicts) == EXCHANGED and [(i, result) for i, result in enumerate(verdicts) if result != "pass"] == []


PERL_SIGN = r"""
use Mail::DKIM::Signer; use MIME::Base64; use JSON::PP;
my $work = decode_json(do { local $/; open my $f, '<', $ARGV[0]; <$f> });
my @answers;
for my $one (@$work) { my $dkim = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256', Method => $one->{canonicalization}, Domain => 'example.org', Selector => 'rsa', KeyFile => $ARGV[1]);
  $dkim->PRINT(decode_base64($one->{message})); $dkim->CLOSE; push @answers, encode_base64($dkim->signature->as_string . "\r\n", ''); }
print encode_json(\@answers);
"""


def signed_by_perl(keys: Keys, folder: Path, messages: list[bytes]) -> list[bytes]:
    (folder / "work.json").write_text(json.dumps([{"message": encoded(message), "canonicalization": CANONICALIZATIONS[i % 4]} for i, message in enumerate(messages)]))
    subprocess.run(["openssl", "rsa", "-traditional", "-in", str(keys.path("rsa")), "-out", str(folder / "pkcs1.pem")], capture_output=True, check=True)
    done = subprocess.run(["perl", "-e", PERL_SIGN, str(folder / "work.json"), str(folder / "pkcs1.pem")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [base64.b64decode(field) for field in json.loads(done.stdout)]


@pytest.mark.skipif(not has_perl_dkim(), reason="libmail-dkim-perl is not installed")
def test_we_verify_what_mail_dkim_of_perl_signs(keys, messages, tmp_path):
    expect_passes(keys, signed_by_perl(keys, tmp_path, as_received(messages)), messages)


def published(keys: Keys, folder: Path) -> Path:
    (folder / "public").write_text("".join(f"{name} {texts[0]}\n" for name, texts in keys.records.items()))
    return folder / "public"


@pytest.mark.skipif(not opendkim.is_installed(), reason="opendkim is not installed")
@pytest.mark.parametrize("selector, verdict", [("rsa", b"dkim=pass (2048-bit key) header.d=example.org"), ("ed", b"dkim=pass header.d=example.org")])
def test_opendkim_verifies_ours(keys, signed, tmp_path, selector, verdict):
    with opendkim.OpenDkim(f"Mode v\nTestPublicKeys {published(keys, tmp_path)}\nAlwaysAddARHeader yes\nAuthservID peer\n") as verifier:
        answers = verifier.fields_for(signed[selector], client="192.0.2.1")
    assert len(answers) == EXCHANGED
    assert [(i, fields) for i, fields in enumerate(answers) if len(fields) != 1 or verdict not in fields[0]] == []


@pytest.mark.skipif(not opendkim.is_installed(), reason="opendkim is not installed")
# What opendkim 2.11.0~beta2 signs by Ed25519 with the header as it is, neither it nor python3-dkim verifies.
@pytest.mark.parametrize("selector, algorithm, canonicalizations", [("rsa", "rsa-sha256", CANONICALIZATIONS),
                                                                    ("ed", "ed25519-sha256", ["relaxed/simple", "relaxed/relaxed"])])
def test_we_verify_what_opendkim_signs(keys, messages, tmp_path, selector, algorithm, canonicalizations):
    fields: list[bytes] = [b""] * len(messages)
    count = len(canonicalizations)
    for number, canonicalization in enumerate(canonicalizations):
        settings = f"Mode s\nDomain {DOMAIN}\nSelector {selector}\nKeyFile {keys.path(selector)}\nSignatureAlgorithm {algorithm}\nCanonicalization {canonicalization}\nInternalHosts 127.0.0.0/8\n"
        with opendkim.OpenDkim(settings) as signer:
            fields[number::count] = [b"".join(added) for added in signer.fields_for(as_received(messages)[number::count])]
    expect_passes(keys, fields, messages, canonicalizations)


# ---- do all who verify agree?

def once(pattern: bytes, replacement: bytes):
    return lambda message: re.sub(pattern, replacement, message, count=1)


def of_signature(pattern: bytes, replacement: bytes):
    """A change in the first field, which is the signature."""
    def change(message: bytes) -> bytes:
        end = re.search(rb"\r\n(?![ \t])", message).end()
        return re.sub(pattern, replacement, message[:end], count=1) + message[end:]
    return change


def of_body(change):
    def changed(message: bytes) -> bytes:
        at = message.index(b"\r\n\r\n") + 4
        return message[:at] + change(message[at:])
    return changed


# What happens to messages on their way: harmless or not is for the canonicalization to say. Not "Subject :", whose blank python3-dkim takes
# for a part of the name (RFC 6376 §3.4.2).
CHANGES = [
    lambda message: message,
    once(rb"(?m)^Subject: ", b"Subject:  "), once(rb"(?m)^Subject: ", b"SUBJECT: "),
    once(rb"(?m)^(To: .*)\r\n", b"\\1 \t\r\n"), once(rb"(?m)^(To:) ", b"\\1\r\n "), once(rb"\r\n\tthree", b" three"), once(rb"(?m)^X-Same: 1\r\n", b""),
    once(rb"(?m)^To: .*\r\n", b""), once(rb"(?m)^From: ", b"From: x"), once(rb"(?m)^From: ", b"Subject: more\r\nFrom: "), once(rb"(?m)^From: ", b"X-New: more\r\nFrom: "),
    once(rb"(?m)^To: bob", b"To: eve"), once(rb"\xc3", b"\xc2"),
    of_body(lambda body: body + b"\r\n\r\n"), of_body(lambda body: body.rstrip(b"\r\n") + b"\r\n"), of_body(lambda body: body + b" \r\n"), of_body(lambda body: b"\r\n" + body),
    of_body(lambda body: body + b"more\r\n"), of_body(lambda body: body.replace(b"\r\n", b" \r\n", 1)), of_body(lambda body: body.replace(b" ", b"  ", 1)),
    of_body(lambda body: body.replace(b"\t", b" ", 1)), of_body(lambda body: body.replace(b" ", b"", 1)), of_body(lambda body: body.replace(b"b", b"B", 1)),
    of_body(lambda body: b""), of_body(lambda body: body.replace(b"\xe4", b"\xe5", 1)), of_body(lambda body: body.replace(b"\r\n.", b"\r\n", 1)),
    of_signature(rb"bh=(.)", b"bh=A\\1"), of_signature(rb"([; \t])b=\s*(.)", b"\\1b=A\\2"), of_signature(rb"d=example\.org", b"d=example.net"),
    of_signature(rb"s=(rsa|ed)", b"s=none"), of_signature(rb"c=simple", b"c=relaxed"), of_signature(rb"c=relaxed/simple", b"c=relaxed/relaxed"),
    of_signature(rb"h=[^:;]*:", b"h="), of_signature(rb"a=[a-z0-9]*-sha256", b"a=rsa-sha1"), of_signature(rb"v=1", b"v=2"), of_signature(rb"; ", b";  "),
    of_signature(rb"\r\n[ \t]+", b" "), of_signature(rb"DKIM-Signature:", b"dkim-signature:"), of_signature(rb"q=dns/txt;", b""), of_signature(rb"v=1;", b"v=1; z=more;"),
]


@pytest.mark.skipif(not has_python_dkim() or not has_perl_dkim(), reason="needs python3-dkim and libmail-dkim-perl")
def test_verifiers_agree(keys, tmp_path):
    """Over messages that came as they were sent or otherwise, signed by the three of us. More of them: HERMOD_DIFFERENTIAL=10000."""
    count = int(os.environ.get("HERMOD_DIFFERENTIAL", "400"))
    chance = random.Random(count)
    received = as_received(awkward_messages(count + 4 * len(SHAPES), seed=count))[-count:]
    signers = [[keys.sign(message, "rsa", "--canonicalization", CANONICALIZATIONS[i % 4]) for i, message in enumerate(received) if i % 3 == 0],
               [field + message for field, message in zip(signed_by_python_dkim(keys, tmp_path, received[1::3]), received[1::3])],
               [field + message for field, message in zip(signed_by_perl(keys, tmp_path, received[2::3]), received[2::3])]]
    arrived = [chance.choice(CHANGES)(message) for of_one in signers for message in of_one]
    assert len(arrived) == count
    ours = [[one["result"] for one in keys.verify(message)] == ["pass"] for message in arrived]
    pythons = python_dkim(keys, tmp_path, [{"do": "verify", "message": encoded(message)} for message in arrived])
    perls = [verdict == "pass" for verdict in perl_verdicts(keys, tmp_path, arrived)]
    differences = [(i, verdicts, arrived[i][:1500]) for i, verdicts in enumerate(zip(ours, pythons, perls)) if len(set(verdicts)) > 1]
    print(f"{count} messages, {sum(ours)} good, {len(differences)} differences")
    assert differences == []
    assert count // 4 < sum(ours) < count * 3 // 4, "both verdicts are looked at"


# ---- ARC

def seal(keys: Keys, message: bytes, *options: str, selector: str = "rsa") -> bytes:
    done = run("arc", "seal", "--domain", DOMAIN, "--selector", selector, "--key", str(keys.path(selector)), "--authserv-id", "mx.example.org",
               "--dns-table", keys.table, *options, message=message)
    assert done.returncode == 0, done.stderr
    return done.stdout + message


def verify_chain(keys: Keys, message: bytes) -> dict:
    done = run("arc", "verify", "--json", "--dns-table", keys.table, message=message)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["result"] == "pass" else 1)
    return report


def test_chains_are_sealed_and_verified(keys):
    assert verify_chain(keys, PLAIN) == {"result": "none", "instances": 0, "reason": "", "sealers": []}
    sealed = seal(keys, b"Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=example.org\r\n" + PLAIN)
    assert b"ARC-Authentication-Results: i=1; mx.example.org; spf=pass" in sealed
    twice = seal(keys, sealed, selector="ed")
    assert verify_chain(keys, twice) == {"result": "pass", "instances": 2, "reason": "", "sealers": [DOMAIN, DOMAIN]}
    changed = verify_chain(keys, twice.replace(b"hello", b"hullo"))
    assert (changed["result"], changed["reason"]) == ("fail", "message signature 2: the signature did not verify")
    marked = seal(keys, twice.replace(b"hello", b"hullo"))
    assert b"cv=fail" in marked and verify_chain(keys, marked)["reason"] == "instance 3: cv=fail"
    more = run("arc", "seal", "--domain", DOMAIN, "--selector", "rsa", "--key", str(keys.path("rsa")), "--authserv-id", "mx.example.org",
               "--dns-table", keys.table, message=marked)
    assert (more.returncode, more.stdout) == (1, b"") and b"failed already" in more.stderr


PYTHON_ARC = r"""
import base64, json, sys
import dkim
published = {name.encode() + b".": texts[0].encode() for name, texts in json.load(open(sys.argv[1])).items()}
message = sys.stdin.buffer.read()
dns = lambda name, timeout=5: published.get(name)
if sys.argv[2] == "verify":
    cv, results, reason = dkim.arc_verify(message, dnsfunc=dns)
    print(cv.decode(), reason)
else:
    fields = dkim.arc_sign(message, b"rsa", b"example.org", open(sys.argv[3], "rb").read(), b"mx.example.org")
    sys.stdout.buffer.write(b"".join(fields))
"""


@pytest.mark.skipif(not has_python_dkim(), reason="python3-dkim is not installed")
def test_python_dkim_verifies_our_chain_and_we_verify_theirs(keys, tmp_path):
    (tmp_path / "keys.json").write_text(json.dumps(keys.records))

    def theirs(message: bytes, *arguments: str) -> bytes:
        done = subprocess.run([SYSTEM_PYTHON, "-c", PYTHON_ARC, str(tmp_path / "keys.json"), *arguments], input=message, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    message = b"Authentication-Results: mx.example.org; arc=none; spf=pass smtp.mailfrom=example.org\r\n" + PLAIN
    ours = seal(keys, message)
    assert theirs(ours, "verify").startswith(b"pass")
    their_chain = theirs(message, "sign", str(keys.path("rsa"))) + message
    assert verify_chain(keys, their_chain)["result"] == "pass"
    above = seal(keys, their_chain.replace(message, message.replace(b"arc=none", b"arc=pass")))
    assert verify_chain(keys, above)["result"] == "pass"


# ---- the published suites, by command

def test_suite_of_arc_chains(tmp_path):
    yaml = pytest.importorskip("yaml")
    count = 0
    for number, scenario in enumerate(yaml.safe_load_all(given("arc", "valimail", "arc-draft-validation-tests.yml").read_text())):
        table = write_table(tmp_path / str(number), {name: [text] for name, text in scenario["txt-records"].items()})
        for name, test in scenario["tests"].items():
            done = run("arc", "verify", "--json", "--dns-table", table, message=(test["message"] or "").encode())
            assert json.loads(done.stdout)["result"] == (test["cv"] or "fail").lower(), (name, done.stdout)
            count += 1
    assert count == 89


def test_suite_of_arc_seals(tmp_path):
    yaml = pytest.importorskip("yaml")
    count = 0
    for number, scenario in enumerate(yaml.safe_load_all(given("arc", "valimail", "arc-draft-sign-tests.yml").read_text())):
        (tmp_path / f"{number}.pem").write_text(scenario["privatekey"])
        for name, test in scenario["tests"].items():
            done = run("arc", "seal", "--domain", scenario["domain"], "--selector", scenario["sel"], "--key", str(tmp_path / f"{number}.pem"),
                       "--authserv-id", test["srv-id"], "--timestamp", str(test.get("t") or 0), "--headers", test["sig-headers"], "--dns-table", "/dev/null",
                       message=test["message"].encode())
            fields = dict(re.findall(r"^(ARC-[\w-]+):((?:.*\r\n(?:[ \t].*\r\n)*))", done.stdout.decode(), re.MULTILINE))
            for field, want in (("ARC-Seal", test["AS"]), ("ARC-Message-Signature", test["AMS"]), ("ARC-Authentication-Results", test["AAR"])):
                assert "".join(fields.get(field, "").split()) == "".join((want or "").split()), (name, field, done.stderr)
            count += 1
    assert count == 17


def test_suite_of_signed_messages(tmp_path):
    count = 0
    for file in sorted(given("dkim", "stalwart-mail-auth").glob("*.txt")):
        zone, message = file.read_bytes().replace(b"\r\n", b"\n").split(b"\n\n", 1)
        table = write_table(tmp_path / "table", {name: [text] for name, text in (line.split(" ", 1) for line in zone.decode().splitlines())})
        made = re.search(rb"[;\s]t=(\d+)", message)
        done = run("dkim", "verify", "--json", "--dns-table", table, "--now", made.group(1).decode() if made else "1670000000", message=message)
        assert done.returncode == 0 and {one["result"] for one in json.loads(done.stdout)["signatures"]} == {"pass"}, (file, done.stdout)
        count += 1
    assert count == 6


def test_suite_of_dmarc(tmp_path):
    for case in json.loads(given("dmarc", "mailauth-rfc9989", "cases.json").read_text()):
        call = case["calls"][0]
        lines = [{"name": name, "type": kind, "data": f"{value['priority']} {value['exchange']}" if kind == "MX" else value}
                 for name, types in call["zone"].items() for kind, values in types.items() for value in values]
        (tmp_path / "table").write_text("".join(json.dumps(line) + "\n" for line in lines))
        identifiers = [word for domain in call["dkim_domains"] for word in ("--dkim-domain", domain, "--dkim-result", "pass")]
        if call["spf_domains"]:
            identifiers += ["--spf-domain", call["spf_domains"][0], "--spf-result", "pass"]
        done = run("dmarc", "check", "--json", "--header-from", call["header_from"], "--dns-table", str(tmp_path / "table"), *identifiers)
        report = json.loads(done.stdout)
        assert done.returncode == {"pass": 0, "temperror": 75}.get(report["result"], 1)
        # Their policy is what is left of it in test mode.
        found = {"status.result": report["result"], "domain": report["policy_domain"], "policy": report["disposition"] if report["testing"] else report["policy"]}
        for want in case["expect"]:
            if want["op"] == "not property":
                assert found[want["value"]] is None, case["name"]
            elif want["path"] in found:
                assert found[want["path"]] == want["value"], case["name"]


def test_dmarc_tells_what_it_found(tmp_path):
    (tmp_path / "table").write_text('{"name": "_dmarc.example.org", "type": "TXT", "data": "v=DMARC1; p=reject; sp=quarantine"}\n'
                                    '{"name": "_dmarc.slow.example", "type": "*", "rcode": "TIMEOUT"}\n')
    table = ["--dns-table", str(tmp_path / "table")]
    done = run("dmarc", "check", "--json", "--header-from", "Ann@Sub.Example.ORG", "--spf-domain", "example.net", "--spf-result", "pass", *table)
    assert done.returncode == 1 and json.loads(done.stdout) == {
        "result": "fail", "policy": "quarantine", "disposition": "quarantine", "policy_domain": DOMAIN, "organizational_domain": DOMAIN,
        "spf_aligned": False, "dkim_aligned": False, "testing": False, "reason": ""}
    assert run("dmarc", "check", "--header-from", "sub.example.org", "--dkim-domain", "example.org", "--dkim-result", "pass", *table).returncode == 0
    assert run("dmarc", "check", "--header-from", "slow.example", *table).returncode == 75
    assert run("dmarc", "check", "--header-from", "a@", *table).returncode == 2
