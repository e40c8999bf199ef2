"""A DNS that is made to exhaust or mislead whoever asks it, and a running server that asks it because of strangers' mail. What no name
server would say is said by one of our own, which also counts what it is asked. RFC 7208 §4.6.4, §11.1, §11.5; RFC 5452."""
import base64
import hashlib
import random
import string
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hermod import Client, Hermod, free_port, wait_until
from hostile_names import A, CNAME, MX, PTR, TXT, HostileNames, Query, Zones, address, record, text, wire
from test_processes import proxy_header
from test_reflector import answer_in
from test_spf import at_rcpt

STRANGER = "127.0.0.2"  # not in relay.networks
PASS, FAIL, PERMERROR, TEMPERROR = (250, ""), (550, "5.7.23"), (550, "5.7.24"), (451, "4.7.24")
LETS_US = f"ip4:{STRANGER}"


def hermod(names: HostileNames, settings: str = "", **options) -> Hermod:
    return Hermod(extra=f'[dns]\nresolver = "127.0.0.1:{names.port}"\n[spf]\nbehavior = "reject_none"\nhelo = false\n{settings}\n' + options.pop("extra", ""), **options)


def verdict_on(server: Hermod, sender: str) -> tuple[int, str]:
    with server.client(source=STRANGER) as client:
        client.hello("[127.0.0.2]")
        code, reply = at_rcpt(client, sender)
        return code, "" if code == 250 else reply.split()[0]


@pytest.fixture(scope="module")
def zones():
    return Zones()


@pytest.fixture(scope="module")
def names(zones):
    with HostileNames(zones) as names:
        yield names


@pytest.fixture(scope="module")
def server(names):
    port = free_port()
    listener = f'[[listen]]\nprotocol = "smtp"\naddress = "127.0.0.1:{port}"\nproxies = ["127.0.0.1/32"]\n'
    reflector = '[reflector]\naddress = ["check@l.test"]\nper_client = 1000\nper_sender = 1000\n'
    with hermod(names, listeners=listener, extra=reflector) as server:
        server.proxied = port
        yield server


def fresh() -> str:
    """A domain that nothing is known of yet."""
    return "".join(random.choices(string.ascii_lowercase, k=12)) + ".test"


# ---- limits of SPF

def many(prefix: str, count: int) -> str:
    return " ".join(f"{prefix}{i}.{{d}}" for i in range(count))


# A record at {d}, what stands below it, the verdict, and to how many questions it may lead
LIMITS = {
    "a record that includes itself": ("include:{d} -all", {}, PERMERROR, 1),
    "two that include each other": ("include:b.{d} -all", {("b", TXT): ["v=spf1 include:{d} -all"]}, PERMERROR, 2),
    "two that redirect to each other": ("redirect=b.{d}", {("b", TXT): ["v=spf1 redirect={d}"]}, PERMERROR, 2),
    "ten includes": (many("include:i", 10) + f" {LETS_US} -all", {(f"i{i}", TXT): ["v=spf1 -all"] for i in range(10)}, PASS, 11),
    "eleven includes": (many("include:i", 11) + f" {LETS_US} -all", {(f"i{i}", TXT): ["v=spf1 -all"] for i in range(11)}, PERMERROR, 11),
    "eleven addresses": (many("a:h", 11) + f" {LETS_US} -all", {(f"h{i}", A): ["203.0.113.1"] for i in range(11)}, PERMERROR, 11),
    "a tree of includes": (many("include:i", 4) + " -all",
                           {(f"i{i}", TXT): ["v=spf1 " + " ".join(f"include:j{i}{k}.{{d}}" for k in range(4)) + " -all"] for i in range(4)}
                           | {(f"j{i}{k}", TXT): ["v=spf1 -all"] for i in range(4) for k in range(4)}, PERMERROR, 11),
    "two names that do not exist": (many("a:n", 2) + f" {LETS_US} -all", {}, PASS, 3),
    "three names that do not exist": (many("a:n", 3) + f" {LETS_US} -all", {}, PERMERROR, 4),
    "ten exchangers": (f"mx {LETS_US} -all", {("", MX): [f"h{i}.{{d}}" for i in range(10)]} | {(f"h{i}", A): ["203.0.113.1"] for i in range(10)}, PASS, 12),
    "eleven exchangers": (f"mx {LETS_US} -all", {("", MX): [f"h{i}.{{d}}" for i in range(11)]} | {(f"h{i}", A): ["203.0.113.1"] for i in range(11)}, PERMERROR, 12),
    "ten times ten exchangers": (many("mx:m", 10) + f" {LETS_US} -all",
                                 {(f"m{k}", MX): [f"h{k}{i}.{{d}}" for i in range(10)] for k in range(10)}
                                 | {(f"h{k}{i}", A): ["203.0.113.1"] for k in range(10) for i in range(10)}, PASS, 111),
    "two records": (f"{LETS_US} -all", {("", TXT): ["v=spf1 +all"]}, PERMERROR, 1),
}


@pytest.mark.parametrize("case", LIMITS)
def test_no_record_makes_us_ask_without_end(server, zones, names, case):
    record_text, below, verdict, most = LIMITS[case]
    domain = fresh()
    zones.spf(domain, "v=spf1 " + record_text.replace("{d}", domain))
    for (label, kind), values in below.items():
        for value in values:
            value = value.replace("{d}", domain)
            data = {TXT: text, A: address, MX: lambda name: b"\0\x0a" + wire(name)}[kind](value)
            zones.add(f"{label}.{domain}" if label else domain, kind, data)
    assert verdict_on(server, f"a@{domain}") == verdict
    asked = names.about(domain)
    assert 0 < len(asked) <= most, asked


# ---- names of clients

ODD_LABELS = [[b"<script>alert(1)</script>"], [b"a\nb\r\nc"], [b"a.b\0c"], [b"\x1b[2J"], [b"x" * 63, b"y" * 63, b"z" * 63, b"w" * 40]]


def visit(server: Hermod, visitor: str) -> Client:
    client = Client(server.proxied, greet=False)
    client.send(proxy_header(visitor, 4711))
    assert client.reply()[0] == 220
    return client


def call_back_as(zones: Zones, number: int, *names: list[bytes]) -> str:
    """An address whose names these are; the last of them is good."""
    visitor = f"198.51.100.{number}"
    zones.add(f"{number}.100.51.198.in-addr.arpa", PTR, *(wire(labels) for labels in names))
    zones.add(b".".join(names[-1]).decode("latin-1"), A, address(visitor))
    return visitor


def refused_with(server: Hermod, zones: Zones, visitor: str) -> str:
    """What a client hears of a record that asks for its name, and says it."""
    domain = fresh()
    zones.spf(domain, f"v=spf1 ptr:nobody.test exists:%{{p}}.{domain} -all exp=why.{domain}")
    zones.spf(f"why.{domain}", "%{c} calls itself %{p}.")
    with visit(server, visitor) as client:
        client.hello("visitor.test")
        code, reply = at_rcpt(client, f"a@{domain}")
    assert code == 550 and all(" " <= character <= "~" for character in reply), reply
    return reply


@pytest.mark.parametrize("number", range(len(ODD_LABELS)))
def test_odd_names_of_a_client_are_text(server, zones, number):
    visitor = call_back_as(zones, 1 + number, [*ODD_LABELS[number], b"odd", b"test"])
    assert "calls itself " in refused_with(server, zones, visitor)
    zones.records.setdefault(("l.test", TXT), [text("v=spf1 ip4:198.51.100.0/24 -all")])
    before = server.settled("w@l.test")
    with visit(server, visitor) as client:
        client.deliver(b"From: w@l.test\r\nTo: check@l.test\r\nSubject: x\r\n\r\nx\r\n", "w@l.test", "check@l.test")
    answers = server.wait_for(before + 1, "w@l.test")
    told = [line for answer in answers for line in answer_in(answer)[1].splitlines() if line.startswith("reverse name: ")]
    assert len(told) == before + 1 and all(line.isprintable() and line.isascii() for line in told), told
    assert any(".odd.test" in line for line in told)
    assert not any(octet in answer for answer in answers for octet in (b"\x1b", b"\0"))


def test_ten_names_of_a_client_are_looked_at(server, zones, names):
    """RFC 7208 §4.6.4, §5.5; five by the reflector."""
    visitor = call_back_as(zones, 100, *([b"h%d" % i, b"crowd", b"test"] for i in range(100)))
    assert refused_with(server, zones, visitor).endswith("calls itself unknown.")
    asked = names.about("crowd.test", A)
    assert 0 < len(asked) <= 10, asked


# ---- macros and explanations

@pytest.mark.parametrize("domain_spec, verdicts", [
    ("%{d99999999}", {FAIL}), ("%{l255r}.DOMAIN", {FAIL}), ("%{", {PERMERROR}), ("%{p}.DOMAIN", {FAIL}), ("%{d0}", {PERMERROR}), ("%{x}", {PERMERROR}),
    ("%", {PERMERROR}), ("%%%-%_.DOMAIN", {FAIL}), ("%{l}" * 100 + ".DOMAIN", {FAIL}), ("%{L}" * 2000 + ".DOMAIN", {FAIL, PERMERROR}), ("%{d1r.-+,/_=}.DOMAIN", {FAIL}),
    ("%{s}%{o}%{h}.DOMAIN", {FAIL}), ("x" * 70 + ".DOMAIN", {FAIL, PERMERROR}), ("a..b.DOMAIN", {FAIL, PERMERROR}), ("%{c}.DOMAIN", {PERMERROR}), ("%{t}.DOMAIN", {PERMERROR}),
    ("%{d}." * 40 + "DOMAIN", {FAIL})])
def test_odd_macros_lead_nowhere(server, zones, names, domain_spec, verdicts):
    """RFC 7208 §7.1, §7.3"""
    domain = fresh()
    zones.spf(domain, "v=spf1 exists:" + domain_spec.replace("DOMAIN", domain) + " -all")
    assert verdict_on(server, f"a.b-c@{domain}") in verdicts
    assert len(names.about(domain)) <= 2
    assert verdict_on(server, f"a.b-c@{domain}") in verdicts, "it is still there"


EXPLANATIONS = {"sixty thousand octets": b"x" * 60_000, "lines": b"one\r\n250 two\r\n", "a colour": b"red \x1b[31m", "many macros": b"%{d}" * 200,
                "a local part thrice": b"%{l}%{l}%{l}", "an umlaut": "grün".encode(), "a broken macro": b"%{", "NUL": b"nul \0 nul", "nothing": b""}


@pytest.mark.parametrize("which", EXPLANATIONS)
def test_explanations_are_one_short_line_or_ours(server, zones, which):
    """RFC 7208 §6.2"""
    explanation = EXPLANATIONS[which]
    domain = fresh()
    zones.spf(domain, f"v=spf1 -all exp=why.{domain}")
    zones.spf(f"why.{domain}", explanation)
    with server.client(source=STRANGER) as client:
        client.hello()
        code, reply = at_rcpt(client, f"{'l' * 60}@{domain}")
        assert code == 550 and reply.startswith("5.7.23 ") and len(reply) <= 600 and all(" " <= character <= "~" for character in reply), reply
        assert (f"{domain} explains:" in reply) == (which == "a local part thrice"), reply


# ---- others who are asked because of us

def senders_at(server: Hermod, senders: list[str], source: str = STRANGER) -> list[int]:
    codes = []
    for begin in range(0, len(senders), 5):  # whoever hears no too often has to wait, and is hung up on
        with server.client(source=source) as client:
            client.hello("[127.0.0.2]")
            codes += [at_rcpt(client, sender)[0] for sender in senders[begin:begin + 5]]
    return codes


def test_mail_to_us_is_no_attack_on_others(names, zones):
    """A thousand senders, whose record asks a third domain about each of them."""
    domain, victim, most = fresh(), fresh(), 20
    zones.spf(domain, f"v=spf1 exists:%{{l}}.{victim} ?all")
    with hermod(names, extra=f"[policy]\nzone_questions = {most}\n") as server:
        begun = time.monotonic()
        with ThreadPoolExecutor(10) as pool:
            parts = pool.map(lambda part: senders_at(server, [f"u{part}-{i}@{domain}" for i in range(50)]), range(20))
            codes = [code for part in parts for code in part]
        took = time.monotonic() - begun
        asked = len(names.about(victim))
        assert most <= asked <= most * (took + 1) + 1, (asked, took)
        assert codes.count(451) > 0, "more was asked for than is allowed"
        assert codes.count(550) == asked and codes.count(451) == 1000 - asked, "what is not asked is temperror, and never a pass"
        other = fresh()
        zones.spf(other, f"v=spf1 {LETS_US} -all")
        assert verdict_on(server, f"a@{other}") == PASS, "nobody else notices"
        server.config.write_text(server.config.read_text().replace(f"zone_questions = {most}", "zone_questions = 100000"))
        server.run("reload")
        wait_until(lambda: 451 not in senders_at(server, [f"v{random.random()}@{domain}" for _ in range(3 * most)]), what="the new limit")


def test_a_slow_zone_keeps_no_other_waiting(zones):
    """Many questions to one zone under way: no more than 64, and others are answered meanwhile."""
    slow, other = fresh(), fresh()

    def answer(query: Query) -> list[bytes]:
        return [] if query.name.endswith(slow) else zones(query)
    with HostileNames(answer) as names, hermod(names, "timeout = \"300s\"\n", extra='[policy]\nzone_questions = 1000\n', top="") as server:
        zones.spf(other, f"v=spf1 {LETS_US} -all")
        found: list[int] = []
        threads = [threading.Thread(target=lambda i=i: found.extend(senders_at(server, [f"a@n{i}.{slow}"], f"127.0.1.{1 + i % 20}"))) for i in range(100)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(found) == 36, what="those beyond the limit refused", seconds=120)
        assert found == [451] * 36 and len(names.about(slow)) == 64
        assert verdict_on(server, f"a@{other}") == PASS
        assert len(found) == 36, "the slow ones wait still"
        names.answer_what_waits(lambda query: [query.reply(query.records(text("v=spf1 +all")))] if query.name.endswith(slow) else zones(query))
        for thread in threads:
            thread.join(120)
        assert sorted(found) == [250] * 64 + [451] * 36


def test_a_hundred_keys_that_nobody_answers_for_cost_one_wait(zones):
    """Signatures beyond the first ten are not looked at, and policy.timeout is for all of them."""
    author = fresh()

    def answer(query: Query) -> list[bytes]:
        return [] if "_domainkey" in query.name else zones(query)
    body_hash = base64.b64encode(hashlib.sha256(b"x\r\n").digest()).decode()
    message = "".join(f"DKIM-Signature: v=1; a=rsa-sha256; d={author}; s=s{number}; h=from; bh={body_hash}; b=AAAA\r\n" for number in range(100)) + f"From: a@{author}\r\nSubject: x\r\n\r\nx\r\n"
    zones.spf(author, f"v=spf1 {LETS_US} -all")
    with HostileNames(answer) as names, hermod(names, extra='[dmarc]\nbehavior = "record"\n[policy]\ntimeout = "2s"\n', top="") as server:
        with server.client(source=STRANGER) as client:
            client.hello()
            client.deliver(message.encode(), f"a@{author}")
        asked = names.about(f"_domainkey.{author}")
        assert 1 <= len(asked) <= 10, asked
        kept, = server.wait_for(1)
        assert b"dkim=temperror" in kept


# ---- answers that are none

LIE, TRUTH = text("v=spf1 +all"), text("v=spf1 -all")


def from_elsewhere(query: Query) -> list[bytes]:
    query.send_from_elsewhere(query.reply(query.records(LIE)))
    return [query.reply(query.records(TRUTH))]


def by_tcp_only(query: Query) -> list[bytes]:
    return [query.reply(query.records(TRUTH))] if query.by_tcp else [query.reply(query.records(LIE), flags=0x0200)]


def aliases(query: Query, count: int, end: bytes = TRUTH) -> list[bytes]:
    domain = ".".join(query.name.split(".")[-2:])
    names = [domain] + [f"c{i}.{domain}" for i in range(count)]
    owners = [wire(name) for name in names[names.index(query.name):]]
    chain = [record(owner, CNAME, target) for owner, target in zip(owners, owners[1:])]
    return [query.reply(chain + [record(owners[-1], TXT, end)])]


def circle(query: Query) -> list[bytes]:
    other = wire(query.name.removeprefix("c.") if query.name.startswith("c.") else f"c.{query.name}")
    return [query.reply([record(query.owner, CNAME, other), record(other, CNAME, query.owner)])]


def long_text(query: Query) -> list[bytes]:
    if not query.by_tcp:
        return [query.reply(flags=0x0200)]
    return [query.reply(query.records(TRUTH, text(b"v=filler " + b"x" * 60_000)))]


# By name: what is sent; which verdicts it may lead to, none of which lets anybody in.
ANSWERS = {
    "of another number": (lambda query: [query.reply(query.records(LIE), number=bytes(octet ^ 255 for octet in query.id)), query.reply(query.records(TRUTH))], {FAIL}),
    "from elsewhere": (from_elsewhere, {FAIL}),
    "to another question": (lambda query: [query.reply(query.records(LIE), question=wire("other.test") + b"\0\x10\0\1"), query.reply(query.records(TRUTH))], {FAIL, TEMPERROR}),
    "of another class": (lambda query: [query.reply([query.owner + b"\0\x10\0\3" + b"\0\0\0\x3c" + len(LIE).to_bytes(2) + LIE])], {FAIL, TEMPERROR}),
    "of another name": (lambda query: [query.reply([record(wire("other.test"), TXT, LIE)])], {FAIL, TEMPERROR}),
    "truncated, and whole by TCP": (by_tcp_only, {FAIL}),
    "of sixty thousand octets": (long_text, {FAIL}),
    "with a name that points to itself": (lambda query: [query.reply([record(b"\xc0" + bytes([12 + len(query.question)]), TXT, LIE)])], {FAIL, TEMPERROR}),
    "with a name that points ahead": (lambda query: [query.reply([record(b"\xc0\xff", TXT, LIE)])], {FAIL, TEMPERROR}),
    "that names a record too many": (lambda query: [query.reply(query.records(LIE), counted=2)], {FAIL, TEMPERROR}),
    "that names 65535 records": (lambda query: [query.reply(query.records(LIE), counted=65535)], {FAIL, TEMPERROR}),
    "cut short": (lambda query: [query.reply(query.records(LIE))[:-5]], {TEMPERROR}),
    "of twelve octets": (lambda query: [query.reply()[:12]], {TEMPERROR}),
    "of nothing": (lambda query: [b""], {TEMPERROR}),
    "of noise": (lambda query: [query.id + bytes(range(256)) * 4], {TEMPERROR}),
    "with a string longer than its record": (lambda query: [query.reply([record(query.owner, TXT, b"\xff" + LIE[1:])])], {FAIL, TEMPERROR}),
    "at the end of eight aliases": (lambda query: aliases(query, 8), {FAIL}),
    "at the end of twenty aliases": (lambda query: aliases(query, 20, LIE), {TEMPERROR}),
    "that goes in circles": (circle, {TEMPERROR, FAIL}),
    "that is an alias of itself": (lambda query: [query.reply([record(query.owner, CNAME, query.owner)])], {TEMPERROR, FAIL}),
    "of a thousand records": (lambda query: [query.reply(query.records(*(text(f"v=spf1 +all {i}") for i in range(1000)))) if query.by_tcp else query.reply(flags=0x0200)],
                              {PERMERROR, TEMPERROR}),
}


@pytest.fixture(scope="module")
def liars():
    """Each below a domain of its own."""
    chosen = {}

    def answer(query: Query) -> list[bytes]:
        domain = ".".join(query.name.split(".")[-2:])
        return chosen[domain](query) if domain in chosen else [query.reply(rcode=3)]
    with HostileNames(answer) as names:
        names.chosen = chosen
        with hermod(names, 'timeout = "20s"\n') as server:
            yield names, server


@pytest.mark.parametrize("which", ANSWERS)
def test_an_answer(liars, which):
    """RFC 5452 §9.1: what is no answer to what was asked lets nobody in."""
    names, server = liars
    answer, verdicts = ANSWERS[which]
    domain = fresh()
    names.chosen[domain] = answer
    pid = server.pids("policyd")
    assert verdict_on(server, f"a@{domain}") in verdicts
    assert names.about(domain), "it was asked"
    assert server.pids("policyd") == pid


def test_what_nobody_asked_about_is_not_believed(liars):
    """What stands beside an answer about somebody else."""
    names, server = liars
    domain, victim = fresh(), fresh()
    names.chosen[domain] = lambda query: [query.reply(query.records(TRUTH) + [record(wire(victim), TXT, LIE)], additional=[record(wire(victim), TXT, LIE)])]
    names.chosen[victim] = lambda query: [query.reply(query.records(TRUTH))]
    assert verdict_on(server, f"a@{domain}") in (FAIL, TEMPERROR)
    assert verdict_on(server, f"a@{victim}") == FAIL
    assert names.about(victim), "it was asked himself"


@pytest.mark.parametrize("labels", [[b"a.b"], [b"a\0b"], [b"\xff\xfe"], [b"x" * 63] * 3, [b"*"], [b" "], [b"a\\b"]])
def test_exchangers_with_odd_names_are_names(liars, labels):
    """RFC 2181 §11: any octet may stand in a label, and the dot in one separates nothing."""
    names, server = liars
    domain = fresh()
    target = [*labels, *(label.encode() for label in domain.split("."))]

    def answer(query: Query) -> list[bytes]:
        if query.kind == TXT:
            return [query.reply(query.records(text("v=spf1 mx -all")))]
        if query.kind == MX:
            return [query.reply(query.records(b"\0\x0a" + wire(target)))]
        return [query.reply(query.records(address(STRANGER if query.labels == target else "203.0.113.1")))]
    names.chosen[domain] = answer
    verdict = verdict_on(server, f"a@{domain}")
    assert verdict in (PASS, TEMPERROR)
    asked = [query.labels for query in names.asked if query.kind == A and query.name.endswith(domain)]
    assert all([label.lower() for label in one] == [label.lower() for label in target] for one in asked), "that name, and no other"
    assert asked or verdict == TEMPERROR, "who passes has been asked about"
