"""Zones made to keep a validating resolver busy: hundreds of keys of one tag with hundreds of signatures, none of them good
(KeyTrap, CVE-2023-50387), and proofs that want a hundred names hashed a hundred times each (CVE-2023-50868). A running server
validates what it is told; such mail has to wait or is told apart, costs little, and other mail goes on meanwhile."""
import base64
import hashlib
import os
import random
import shutil
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from hermod import Hermod
from hostile_names import TXT, HostileNames, Query, Zones, record, text, wire
from test_dnssec import PROGRAMS, STRANGER, SignedZones, hermod

DNSKEY, RRSIG = 48, 46
TRAP = "trap.example"
SECONDS_OF_PROCESSOR = 2  # for all of it; a resolver that tries every key on every signature takes more than ten times that


# ---- P-256, as far as making points of it goes (FIPS 186-5, D.1.2.3)

PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
BASE = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    top, bottom = (other[1] - one[1], other[0] - one[0]) if one != other else (3 * one[0] * one[0] - 3, 2 * one[1])
    slope = top * pow(bottom, -1, PRIME) % PRIME
    x = (slope * slope - one[0] - other[0]) % PRIME
    return x, (slope * (one[0] - x) - one[1]) % PRIME


def key_tag(rdata: bytes) -> int:
    """RFC 4034 Appendix B."""
    total = sum(octet if i & 1 else octet << 8 for i, octet in enumerate(rdata))
    return (total + (total >> 16)) & 0xFFFF


def keys_of_one_tag(count: int) -> list[bytes]:
    """Every one a good point. Flags that nobody knows are ignored (RFC 4034 §2.1.1), so they make up for the rest of the sum."""
    keys, point, tag = [], added(BASE, BASE), None
    while len(keys) < count:
        point = added(point, BASE)
        public = b"\x03\x0d" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")
        tag = key_tag(struct.pack(">H", 0x0101) + public) if tag is None else tag
        for carry in (0, 1):
            flags = (tag - key_tag(b"\0\0" + public) - carry) & 0xFFFF
            rdata = struct.pack(">H", flags) + public
            if flags & 0x0180 == 0x0100 and key_tag(rdata) == tag:  # a key of a zone, not revoked
                keys.append(rdata)
                break
    return keys


class Trap:
    """Its keys are those that the anchor speaks of; only that none of them has signed anything."""

    def __init__(self, folder, keys: int = 300, signatures: int = 250):
        folder.chmod(0o755)
        self.folder, self.anchors = folder, folder / "anchors"
        self.keys, self.signatures, self.asked_for_keys = keys_of_one_tag(keys), signatures, 0
        self.tag = key_tag(self.keys[0])
        digest = hashlib.sha256(wire(TRAP) + self.keys[0]).hexdigest()
        self.anchors.write_text(f"{TRAP}. IN DS {self.tag} 13 2 {digest}\n")
        self.honest = Zones()

    def forged(self, query: Query) -> list[bytes]:
        head = struct.pack(">HBBIIIH", query.kind, 13, len(query.labels), 60, 0x7FFFFFF0, 0x50000000, self.tag)
        return [record(query.owner, RRSIG, head + wire(TRAP) + os.urandom(64)) for _ in range(self.signatures)]

    def __call__(self, query: Query) -> list[bytes]:
        if query.name != TRAP and not query.name.endswith("." + TRAP):
            return self.honest(query)
        if not query.by_tcp:
            return [query.reply(flags=0x0200)]
        self.asked_for_keys += query.kind == DNSKEY
        datas = self.keys if query.kind == DNSKEY else [text(f"v=spf1 ip4:{STRANGER} -all")] if query.kind == TXT else []
        return [query.reply(query.records(*datas) + (self.forged(query) if datas else []))]


def seconds_of_policyd(server: Hermod) -> float:
    fields = [(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()) for pid in server.pids("policyd")]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def verdict_on(server: Hermod, sender: str) -> tuple[int, str]:
    with server.client(source=STRANGER) as client:
        client.hello()
        assert client.say(f"MAIL FROM:<{sender}>")[0] == 250
        code, reply = client.say("RCPT TO:<u@l.test>")
        return code, reply.split()[0]


def test_the_tag_is_that_of_the_standard():
    """The key of RFC 4034 §5.4."""
    key = base64.b64decode("AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==")
    assert key_tag(struct.pack(">HBB", 256, 3, 5) + key) == 60485


def test_keys_and_signatures_without_number(tmp_path):
    trap = Trap(tmp_path)
    trap.honest.spf("sound.test", f"v=spf1 ip4:{STRANGER} -all")
    assert {key_tag(key) for key in trap.keys} == {trap.tag} and len(set(trap.keys)) == 300
    with HostileNames(trap) as names:
        trap.port = names.port
        with hermod(trap, '[spf]\nbehavior = "reject_none"\nhelo = false\n') as server, ThreadPoolExecutor(15) as at_once:
            before = seconds_of_policyd(server)
            trapped = [at_once.submit(verdict_on, server, f"a@d{i}.{TRAP}") for i in range(15)]
            assert verdict_on(server, "a@sound.test") == (250, "2.1.5")
            assert {one.result() for one in trapped} == {(451, "4.7.24")}
            assert trap.asked_for_keys >= 1
            assert seconds_of_policyd(server) - before < SECONDS_OF_PROCESSOR


@pytest.mark.skipif(not all(shutil.which(program) for program in PROGRAMS), reason="needs NSD and ldnsutils")
def test_proofs_that_want_much_hashing(tmp_path_factory):
    class HashedZones(SignedZones):
        signing = {"sound": ["-n", "-t", "150", "-s", "ab" * 64]}
    with HashedZones(tmp_path_factory.mktemp("zones")) as zones, hermod(zones, '[spf]\nbehavior = "reject_none"\nhelo = false\n') as server:
        before = seconds_of_policyd(server)
        with ThreadPoolExecutor(15) as at_once:
            deep = [".".join(random.choices("abcdefghij", k=100)) + ".sound.example" for _ in range(15)]
            verdicts = set(at_once.map(lambda domain: verdict_on(server, f"a@{domain}"), deep))
        assert verdicts == {(550, "5.7.23")}  # no such name, so no record: reject_none
        assert verdict_on(server, "a@unsigned.example") == (250, "2.1.5")
        assert seconds_of_policyd(server) - before < SECONDS_OF_PROCESSOR
