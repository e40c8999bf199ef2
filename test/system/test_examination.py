"""Messages of strangers as a running server looks at them once they are complete: DKIM, ARC and DMARC verified, Authentication-Results on top,
what the author's domain wants, lists of senders, signatures that come again and again. RFC 8601, RFC 9989, RFC 7372."""
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from hermod import BINARY, Hermod, wait_until
from test_spf import asked

STRANGER = "127.0.0.2"  # not in relay.networks
FROM = b"From: ann@strict.test\r\n"
PLAIN = b"To: u@l.test\r\nSubject: hello\r\nDate: Fri, 27 Nov 2026 20:00:00 +0000\r\nMessage-ID: <1@strict.test>\r\n\r\nHello\r\n"
DOMAINS = ["strict.test", "lenient.test", "open.test", "attack.test", "list.test", "relay.test", "sealer.test"]


class Names:
    """A DNS table with a key of each domain, and what DMARC and SPF say."""

    def __init__(self, folder: Path):
        self.folder, self.lines = folder, []
        for domain in DOMAINS:
            done = self.run("dkim", "keygen", "--domain", domain, "--selector", "s", "--algorithm", "ed25519-sha256", "--key",
                            str(folder / f"{domain}.pem"), "--json")
            self.txt(f"s._domainkey.{domain}", json.loads(done.stdout)["record"])
        self.txt("_dmarc.strict.test", "v=DMARC1; p=reject")
        self.txt("_dmarc.lenient.test", "v=DMARC1; p=quarantine")
        self.txt("_dmarc.open.test", "v=DMARC1; p=none")
        self.txt("_dmarc.testing.test", "v=DMARC1; p=reject; t=y")
        self.add("_dmarc.dark.test", "*", rcode="TIMEOUT")
        self.add("_domainkey.dark.test", "*", rcode="TIMEOUT")
        self.add("s._domainkey.dark.test", "*", rcode="TIMEOUT")
        self.add("slow._domainkey.strict.test", "*", rcode="TIMEOUT")
        self.add("slow._domainkey.attack.test", "*", rcode="TIMEOUT")
        self.txt("spf.test", f"v=spf1 ip4:{STRANGER} -all")
        self.txt("strict.test", f"v=spf1 ip4:127.0.0.3 -all")

    @staticmethod
    def run(*arguments: str, message: bytes = b"") -> subprocess.CompletedProcess:
        return subprocess.run([str(BINARY), *arguments], input=message, capture_output=True, check=True, timeout=300)

    def add(self, name: str, kind: str, **rest):
        self.lines.append({"name": name, "type": kind, **rest})

    def txt(self, name: str, text: str):
        self.add(name, "TXT", data=[text[i:i + 255] for i in range(0, len(text), 255)])

    def write(self) -> Path:
        path = self.folder / "dns"
        path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return path

    def sign(self, message: bytes, domain: str = "strict.test", *options: str, selector: str = "s") -> bytes:
        return self.run("dkim", "sign", "--domain", domain, "--selector", selector, "--key", str(self.folder / f"{domain}.pem"),
                        "--algorithm", "ed25519-sha256", *options, message=message).stdout

    def seal(self, message: bytes, domain: str, authserv_id: str) -> bytes:
        return self.run("arc", "seal", "--domain", domain, "--selector", "s", "--key", str(self.folder / f"{domain}.pem"),
                        "--authserv-id", authserv_id, message=message).stdout


@pytest.fixture(name="names", scope="module")
def names_of_module(tmp_path_factory):
    return Names(tmp_path_factory.mktemp("names"))


def hermod(names: Names, folder: Path, settings: str = '[dmarc]\nbehavior = "reject"', **options) -> Hermod:
    return Hermod(folder=folder, extra=f'[dns]\ntable = "{names.write()}"\n{settings}\n', **options)


def send(server: Hermod, message: bytes, sender: str = "a@none.test", *recipients: str, source: str = STRANGER, helo: str = "client.test") -> tuple[int, str]:
    with server.client(source=source, timeout=300) as client:
        client.hello(helo)
        assert client.say(f"MAIL FROM:<{sender}>")[0] == 250
        for recipient in recipients or ("u@l.test",):
            assert client.say(f"RCPT TO:<{recipient}>")[0] == 250
        assert client.say("DATA")[0] == 354
        client.send(message + b"\r\n.\r\n" if not message.endswith(b"\r\n") else message + b".\r\n")
        return client.reply()


def unfolded(message: bytes) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", message.decode("utf-8", "replace")).replace("\r", "")


def ours(message: bytes) -> list[str]:
    return [line for line in unfolded(message).partition("\n\n")[0].split("\n") if line.lower().startswith("authentication-results: mx.l.test")]


def the_one(server: Hermod, count: int = 1, address: str = "u@l.test") -> str:
    found = [line for message in server.wait_for(count, address) for line in ours(message)]
    assert len(found) == count, found
    return found[-1]


def junk(server: Hermod, address: str = "u@l.test") -> list[bytes]:
    folder = server.maildir(address) / ".Junk"
    return [path.read_bytes() for path in sorted((folder / "new").glob("*"))] if folder.exists() else []


# RFC 8601 §5, §2.5: on top of all, and nobody else's in our name
def test_results_stand_on_top_and_forged_ones_are_gone(names, tmp_path):
    with hermod(names, tmp_path, '[dmarc]\nbehavior = "record"\n[spf]\nbehavior = "record"') as server:
        forged = (b"Authentication-Results: mx.l.test; dmarc=pass header.from=strict.test\r\n"
                  b"authentication-results\t : MX.L.TEST;\r\n spf=pass\r\nAuthentication-Results: other.test; spf=pass\r\n")
        assert send(server, forged + names.sign(FROM + PLAIN))[0] == 250
        message, = server.wait_for(1)
        fields = [line.split(":")[0] for line in unfolded(message).split("\n")]
        assert fields[fields.index("Authentication-Results"):][:2] == ["Authentication-Results", "Received-SPF"], fields
        line, = ours(message)
        assert "spf=none smtp.mailfrom=a@none.test" in line and "dkim=pass header.d=strict.test header.s=s" in line
        assert line.endswith("arc=none; dmarc=pass header.from=strict.test"), line
        assert b"Authentication-Results: other.test; spf=pass" in message
        assert subprocess.run([str(BINARY), "dkim", "verify", "--dns-table", str(names.write())], input=message, check=False).returncode == 0


def test_trace_tells_what_was_found_out(names, tmp_path):
    with hermod(names, tmp_path) as server:
        code, text = send(server, names.sign(FROM + PLAIN))
        assert code == 250
        told = server.run("trace", text.split()[1]).stdout
        assert "dkim=pass header.d=strict.test" in told and "dmarc=pass header.from=strict.test" in told, told
        assert send(server, FROM + PLAIN)[0] == 550
        wait_until(lambda: any(event["event"] == "examined" and "refused: strict.test wants it rejected" in event["reason"]
                               for event in server.events()), what="the refusal in the log")


# RFC 9989 §7.4; X.7.26: RFC 7372 §3.4
@pytest.mark.parametrize("behavior, strict, lenient, dark", [
    ("record", 250, 250, 250), ("defer", 250, 250, 451), ("quarantine", "junk", "junk", 451), ("reject", 550, "junk", 451)])
def test_each_grade_does_what_it_says(names, tmp_path, behavior, strict, lenient, dark):
    with hermod(names, tmp_path, f'[dmarc]\nbehavior = "{behavior}"') as server:
        taken = in_junk = 0
        for domain, want in (("strict.test", strict), ("lenient.test", lenient), ("open.test", 250), ("none.test", 250), ("dark.test", dark)):
            code, text = send(server, b"From: a@" + domain.encode() + b"\r\n" + PLAIN)
            assert code == (250 if want == "junk" else want), (domain, code, text)
            assert code != 550 or text.startswith("5.7.26 strict.test wants mail rejected"), text
            assert code != 451 or text.startswith("4.7.0"), text
            taken += want == 250
            in_junk += want == "junk"
        server.wait_for(taken)
        wait_until(lambda: len(junk(server)) == in_junk, what="the junk folder")
        assert len(server.messages()) == taken


def test_spf_passes_for_the_author(names, tmp_path):
    with hermod(names, tmp_path) as server:
        assert send(server, FROM + PLAIN, "bounce@strict.test", source="127.0.0.3")[0] == 250
        assert send(server, FROM + PLAIN, "bounce@spf.test")[0] == 550, "a pass of another domain is none of the author's"


def test_what_is_set_is_taken_more_mildly(names, tmp_path):
    settings = '''[dmarc]
behavior = "reject"
trusted_forwarders = ["127.0.0.4"]
mailing_lists = ["list.test"]
exceptions = ["lenient.test"]
[arc]
trusted_sealers = ["sealer.test"]'''
    with hermod(names, tmp_path, settings) as server:
        message = FROM + PLAIN
        assert send(server, message, source="127.0.0.4")[0] == 250
        assert send(server, b"From: a@lenient.test\r\n" + PLAIN)[0] == 250
        from_list = b"List-Id: Friends <friends.list.test>\r\n" + message
        assert send(server, from_list)[0] == 550, "anybody can write List-Id"
        assert send(server, names.sign(from_list, "list.test"))[0] == 250
        passed = b"Authentication-Results: mx.sealer.test; dmarc=pass header.from=strict.test\r\n"
        sealed = names.seal(passed + message, "sealer.test", "mx.sealer.test") + message
        assert send(server, sealed)[0] == 250
        failed = b"Authentication-Results: mx.sealer.test; dmarc=fail header.from=strict.test\r\n"
        assert send(server, names.seal(failed + message, "sealer.test", "mx.sealer.test") + message)[0] == 550
        other = b"Authentication-Results: mx.attack.test; dmarc=pass header.from=strict.test\r\n"
        made_up = names.seal(other + message, "attack.test", "mx.attack.test") + message
        assert send(server, made_up)[0] == 550, "nobody trusts that sealer"
        doubtful = b"Authentication-Results: mx.sealer.test; dmarc=fail header.from=strict.test; arc=pass\r\n" + made_up
        assert send(server, names.seal(doubtful, "sealer.test", "mx.sealer.test") + made_up)[0] == 550, "what is sealed before is not his word"
        server.wait_for(4)


# ---- senders

def test_a_block_is_not_dodged_and_an_allow_is_not_forged(names, tmp_path):
    with hermod(names, tmp_path, '[dmarc]\nbehavior = "reject"\n[senders]\nbehavior = "reject"') as server:
        news = b"From: news@open.test\r\n" + PLAIN
        other = b"From: a@none.test\r\n" + PLAIN
        assert send(server, names.sign(news, "open.test"))[0] == 250
        server.run("sender", "block", "open.test", "--validated")
        code, text = send(server, names.sign(news, "open.test"))
        assert code == 550 and text.startswith("5.7.1 Mail from open.test is not wanted"), text
        assert send(server, names.sign(other, "open.test"))[0] == 550, "the blocked d= under another From"
        assert send(server, news)[0] == 250, "who forges the blocked name is judged by what he is"
        server.run("sender", "block", "news@open.test")
        assert send(server, news)[0] == 550, "by name alone"
        server.run("sender", "remove", "open.test")
        server.run("sender", "remove", "news@open.test")
        server.run("sender", "block", "news@open.test", "--validated")
        assert send(server, names.sign(news, "open.test"))[0] == 550, "one address, proved"
        assert send(server, names.sign(news.replace(b"news@", b"ann@"), "open.test"))[0] == 250, "another of that domain"
        assert send(server, news)[0] == 250, "a forgery is none of hers"
        server.run("sender", "remove", "news@open.test")
        assert send(server, names.sign(news, "open.test"))[0] == 250

        assert send(server, names.sign(FROM + PLAIN, "attack.test"))[0] == 550
        server.run("sender", "allow", "attack.test")
        assert send(server, names.sign(FROM + PLAIN, "attack.test"))[0] == 250, "allowed by what it proves"
        server.run("sender", "allow", "strict.test")
        assert send(server, FROM + PLAIN)[0] == 550, "a forged From of an allowed domain is not allowed"
        server.run("sender", "remove", "strict.test")
        server.run("sender", "allow", "ann@strict.test")
        assert send(server, FROM + PLAIN)[0] == 550, "nor that of an allowed address"
        assert send(server, names.sign(FROM + PLAIN))[0] == 250
        server.run("sender", "remove", "ann@strict.test")
        server.run("sender", "allow", "strict.test")
        listed = [json.loads(line) for line in server.run("sender", "list", "--json").stdout.splitlines()]
        assert [(one["action"], one["identity"], one["validated"]) for one in listed] == [("allow", "attack.test", True), ("allow", "strict.test", True)]
        assert server.run("sender", "remove", "nobody.test", check=False).returncode == 1
        assert server.run("sender", "block", "not a domain", check=False).returncode == 2


# ---- replay

def test_a_signature_that_comes_for_many_is_suspected(names, tmp_path):
    people = [f"p{i}@l.test" for i in range(8)]
    settings = '[replay]\nbehavior = "junk"\nrecipients = 4'
    with hermod(names, tmp_path, settings, mailboxes=("u@l.test", *people)) as server:
        signed = names.sign(FROM + PLAIN)
        for who in people[:4]:
            assert send(server, signed, "a@none.test", who)[0] == 250
        for _ in range(6):
            assert send(server, signed, "a@none.test", people[0])[0] == 250, "a repetition is no other recipient"
        assert send(server, signed)[0] == 250, "who is named in To is meant"
        assert "policy." not in the_one(server)
        assert send(server, signed, "a@none.test", people[4])[0] == 250
        wait_until(lambda: len(junk(server, people[4])) == 1, what="the suspected one")
        assert "policy.recipients=5" in ours(junk(server, people[4])[0])[0]

        loose = names.sign(FROM + PLAIN, "strict.test", "--headers", "from:date")
        assert send(server, loose, "a@none.test", people[5])[0] == 250
        assert "policy.uncovered=to policy.uncovered=subject" in the_one(server, 1, people[5])
        assert send(server, loose, "a@none.test", people[6])[0] == 250
        wait_until(lambda: len(junk(server, people[6])) == 1, what="a quarter is enough where To is open")


# ---- nobody answers

@pytest.mark.parametrize("unavailable, code", [("defer", 451), ("accept", 250)])
@pytest.mark.parametrize("size", [10, 200_000])
def test_without_policyd_nothing_is_lost(names, tmp_path, unavailable, code, size):
    body = FROM + PLAIN + b"0123456789\r\n" * (size // 12)
    with hermod(names, tmp_path, f'[dmarc]\nbehavior = "reject"\n[policy]\nunavailable = "{unavailable}"') as server:
        with server.client(source=STRANGER, timeout=300) as client:
            client.begin("a@none.test", "u@l.test")
            os.kill(server.pids("policyd")[0], signal.SIGSTOP)
            pid = server.pids("policyd")[0]
            assert client.say("DATA")[0] == 354
            client.send(body + b".\r\n")
            wait_until(lambda: asked(pid), what="the question")  # it is asked, and dies before it answers
            os.kill(pid, signal.SIGKILL)
            assert client.reply()[0] == code
        wait_until(lambda: send(server, body)[0] == 550, what="a verdict of its successor")
        assert len(server.wait_for(1 if code == 250 else 0)) == (1 if code == 250 else 0)


def test_our_own_are_not_judged(names, tmp_path):
    with hermod(names, tmp_path) as server:
        assert send(server, FROM + PLAIN, source="127.0.0.1")[0] == 250
        assert not ours(server.wait_for(1)[0])


def test_a_long_message_is_judged_as_it_is_stored(names, tmp_path):
    with hermod(names, tmp_path) as server:
        signed = names.sign(FROM + PLAIN + b"0123456789abcdef\r\n" * 2_900_000)
        assert len(signed) > 50_000_000
        code, text = send(server, signed)
        assert code == 250, text
        message, = server.wait_for(1)
        assert "dkim=pass" in ours(message)[0] and message.replace(b"\r\n", b"\n").endswith(signed.replace(b"\r\n", b"\n"))
        assert send(server, signed.replace(b"abcdef\r\n", b"abcdeF\r\n", 1))[0] == 550


def test_a_list_that_cannot_be_read_lets_nobody_in(names, tmp_path):
    with hermod(names, tmp_path, '[senders]\nbehavior = "reject"') as server:
        server.run("sender", "block", "open.test")
        assert send(server, FROM.replace(b"strict", b"open") + PLAIN)[0] == 550
        file = server.folder / "data" / "policy" / "senders"
        whole = file.read_text()
        file.write_text("block validated open.test and more\n")
        done = server.run("check", check=False)
        assert done.returncode == 2 and "senders" in done.stderr, done
        assert send(server, FROM.replace(b"strict", b"open") + PLAIN)[0] == 550, "the last that could be read stands"
        os.kill(server.pids("policyd")[0], signal.SIGKILL)
        wait_until(lambda: send(server, FROM + PLAIN) == (451, "4.3.2 The list of senders cannot be read; try again later"), what="its successor")
        file.write_text(whole)
        assert send(server, FROM.replace(b"strict", b"open") + PLAIN)[0] == 550


# ---- what hostile senders try

# what SPF is asked about is what MAIL said, by its grammar
@pytest.mark.parametrize("path", ["<(any@legit.test>", "<@relay.test:a@strict.test,b@attack.test>", "<a@strict.test@attack.test>"])
def test_malformed_senders_are_refused_at_mail(names, tmp_path, path):
    with hermod(names, tmp_path) as server, server.client(source=STRANGER) as client:
        client.hello()
        assert client.say(f"MAIL FROM:{path}")[0] in (501, 553)


# names that mean one thing to the DNS and another one to a reader
@pytest.mark.parametrize("tag", [b"d=strict.test'a.attack.test", b"d=strict.test(.attack.test", b"d=strict.test\0.attack.test", b"s=s\0x; d=strict.test"])
def test_odd_names_in_signatures_prove_nothing(names, tmp_path, tag):
    with hermod(names, tmp_path, '[dmarc]\nbehavior = "record"') as server:
        signed = names.sign(FROM + PLAIN, "attack.test")
        forged = signed.replace(b"d=attack.test", tag, 1)
        assert forged != signed
        code, _ = send(server, forged)
        if code != 250:  # octets that no message may have
            return
        line = the_one(server)
        assert "dkim=permerror" in line and "dmarc=fail" in line and line.endswith("header.from=strict.test policy.dmarc=reject"), line


# either the address that people are shown is judged, or the message is refused
@pytest.mark.parametrize("author", [
    b"From: ann@strict.test\r\nFrom: eve@attack.test\r\n", b"From: eve@attack.test\r\nFrom: ann@strict.test\r\n",
    b"From : ann@strict.test\r\nFrom: eve@attack.test\r\n", b"From\r\n : ann@strict.test\r\nFrom: eve@attack.test\r\n",
    b"From: ann@strict.test, eve@attack.test\r\n", b"Sender: ann@strict.test\r\n", b"Resent-From: ann@strict.test\r\n",
    b"From: =?utf-8?Q?ann=40strict.test?= <eve@attack.test\r\n", b"From: ann@strict.test,<eve@attack.test>\r\n",
    b" From: ann@strict.test\r\nFrom: eve@attack.test\r\nFrom: ann@strict.test\r\n",
    b"From: <ann@strict.test>eve@attack.test\r\n", b"From: <eve@attack.test>ann@strict.test\r\n", b"From: \r\n", b"X: y\r\n"])
def test_who_is_shown_is_who_is_judged(names, tmp_path, author):
    with hermod(names, tmp_path) as server:
        signed = names.sign(b"From: eve@attack.test\r\n" + PLAIN, "attack.test")
        field = signed[:signed.index(b"From:")]
        code, text = send(server, field + author + PLAIN)
        assert code == 550 and text.startswith(("5.6.0", "5.7.26")), (code, text)


@pytest.mark.parametrize("author", [b"From: <@relay.test:ann@strict.test>\r\n", b"From: \"eve@attack.test\" <ann@strict.test>\r\n",
                                    b"From: eve\\,x <ann@strict.test>\r\n", b"From : ann@strict.test\r\n", b"From: (eve@attack.test) ann@STRICT.test\r\n"])
def test_the_address_counts_and_not_what_is_around_it(names, tmp_path, author):
    with hermod(names, tmp_path) as server:
        code, text = send(server, author + PLAIN)
        assert code == 550 and text.startswith(("5.7.26 strict.test", "5.6.0")), (code, text)


def test_what_an_encoded_word_looks_like_proves_nothing(names, tmp_path):
    with hermod(names, tmp_path, '[dmarc]\nbehavior = "record"') as server:
        shown = b"From: =?utf-8?Q?ann=40strict.test?= <eve@attack.test>\r\n" + PLAIN
        assert send(server, names.sign(shown, "attack.test"))[0] == 250
        line = the_one(server)
        assert "header.from=attack.test" in line and "strict.test" not in line, line
        assert send(server, b" From: ann@strict.test\r\n" + names.sign(b"From: eve@attack.test\r\n" + PLAIN, "attack.test"))[0] in (250, 550, 554)
        assert all("header.from=strict.test" not in line for message in server.messages() for line in ours(message))


def test_signatures_that_are_not_counted(names, tmp_path):
    with hermod(names, tmp_path) as server:
        signed = names.sign(FROM + PLAIN)
        hostile = {
            b"v=1": [b"v=2", b"v=1; v=1"], b"a=ed25519-sha256": [b"a=rsa-sha1", b"a=none-sha256"], b"bh=": [b"bh=!!", b"x=1; bh="],
            b"d=strict.test": [b"d=strict.test; i=a@attack.test", b"d=test"], b"h=": [b"h=" + b"x:" * 1000],
        }
        for old, news in hostile.items():
            for new in news:
                code, text = send(server, signed.replace(old, new, 1))
                assert code == 550 and text.startswith("5.7.26"), (new, code, text)
        appended = names.sign(FROM + PLAIN) + b"and more\r\n"
        assert send(server, appended)[0] == 550


# fields that are added to a signed message
@pytest.mark.parametrize("extra", [b"Subject: other\r\n", b"To: v@l.test\r\n"])
def test_what_is_added_breaks_an_oversigned_message(names, tmp_path, extra):
    with hermod(names, tmp_path) as server:
        assert send(server, extra + names.sign(FROM + PLAIN))[0] == 550


# floods of signatures and fields
def test_floods_are_bounded(names, tmp_path):
    with hermod(names, tmp_path, '[dmarc]\nbehavior = "reject"\n[policy]\ntimeout = "5s"') as server:
        signed = names.sign(FROM + PLAIN)
        field = signed[:signed.index(b"From:")]
        slow = field.replace(b"s=s;", b"s=slow;").replace(b"d=strict.test", b"d=attack.test")
        assert slow != field
        code, text = send(server, slow * 500 + FROM + PLAIN)
        assert code == 550 and text.startswith("5.7.26"), "a domain of one's own that nobody answers for makes no failure a temporary one"
        code, text = send(server, field.replace(b"s=s;", b"s=slow;") + FROM + PLAIN)
        assert code == 451, "but the author's does"
        assert send(server, field * 9 + signed)[0] == 250
        code, text = send(server, b"".join(b"X-%d: y\r\n" % i for i in range(100_000)) + signed)
        assert code in (552, 554), (code, text)
        assert send(server, b"".join(b"X-%d: y\r\n" % i for i in range(9_000)) + signed)[0] == 250
        assert send(server, b"X: " + b"y " * 100_000 + b"\r\n" + signed)[0] in (250, 550, 552, 554)
        assert server.pids("policyd"), "it is still there"


def test_broken_chains_fail(names, tmp_path):
    settings = '[dmarc]\nbehavior = "reject"\n[arc]\ntrusted_sealers = ["sealer.test"]'
    with hermod(names, tmp_path, settings) as server:
        message = FROM + PLAIN
        passed = b"Authentication-Results: mx.sealer.test; dmarc=pass header.from=strict.test\r\n"
        sealed = names.seal(passed + message, "sealer.test", "mx.sealer.test") + message
        for old, new in ((b"i=1", b"i=2"), (b"i=1", b"i=51"), (b"cv=none", b"cv=fail"), (b"cv=none", b"cv=pass"), (b"dmarc=pass", b"dmarc=none")):
            assert old in sealed
            assert send(server, sealed.replace(old, new))[0] == 550, (old, new)
        assert send(server, sealed)[0] == 250
        assert "arc=pass header.d=sealer.test" in the_one(server)


def test_the_record_that_applies(names, tmp_path):
    names.txt("_dmarc.co.test", "v=DMARC1; p=none; psd=y; sp=reject")
    names.txt("_dmarc.firm.co.test", "v=DMARC1; p=reject; pct=0")
    with hermod(names, tmp_path) as server:
        assert send(server, b"From: a@sub.strict.test\r\n" + PLAIN)[0] == 550
        assert send(server, b"From: a@firm.co.test\r\n" + PLAIN)[0] == 550, "pct is no more (RFC 9989)"
        assert send(server, b"From: a@other.co.test\r\n" + PLAIN)[0] == 550, "by the public suffix"
        assert send(server, b"From: a@testing.test\r\n" + PLAIN)[0] == 250
        wait_until(lambda: len(junk(server)) == 1, what="one step milder")


# trouble of the DNS is temporary, never a pass and never "there is none"
@pytest.mark.parametrize("rcode", ["SERVFAIL", "TIMEOUT", "BOGUS"])
def test_dns_trouble_is_temporary(names, tmp_path, rcode):
    names.add(f"_dmarc.{rcode.lower()}.test", "*", rcode=rcode)
    with hermod(names, tmp_path) as server:
        code, text = send(server, f"From: a@{rcode.lower()}.test\r\n".encode() + PLAIN)
        assert code == 451 and text.startswith("4.7.0"), (code, text)
