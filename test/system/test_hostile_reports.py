"""Aggregate reports as attacks: bombs, documents that name files and hosts, and records that would have us flood others. RFC 9990 §4, §8.1."""
import gzip
import io
import re
import socket
import time
import zipfile
import zlib

import pytest
from hermod import Hermod, free_port, wait_until
from test_reports import DAY, SENDING, TABLE, age_by_a_day, asked, attached, collected, from_stranger, hermod, report, zipped

STRANGER = "127.0.0.2"
SECRET = "a secret of this machine"


def good(domain: str) -> bytes:
    now = int(time.time()) // DAY * DAY
    return report(domain).replace("{0}", str(now - DAY)).replace("{1}", str(now - 1)).encode()


def ten_gigabytes_of_blanks() -> bytes:
    """As 10 MB of GZIP would be, but shorter: a block that says the same is written once, and again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(b"<feedback>") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 10_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + head + block * 600  # 6 GB in 6 MB


def members(count: int) -> bytes:
    return gzip.compress(b"<feedback>") + gzip.compress(b" " * 1_000_000) * count


def zip_of(*files: tuple[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, octets in files:
            file.writestr(name, octets)
    return archive.getvalue()


def lying_zip() -> bytes:
    """Ten octets, says the header, of what goes on for ever."""
    octets = bytearray(zip_of(("report.xml", b"<feedback>" + b" " * 100_000_000)))
    octets[18:26] = (10).to_bytes(4, "little") * 2
    return bytes(octets)


def nested(text: str) -> bytes:
    return f"<feedback>{text}</feedback>".encode()


def bombs(port: int, secret: str) -> dict[str, tuple[bytes, str]]:
    """What is in the attachment, and what kind that says it is."""
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    inside = good("xxe.test").decode().replace("<?xml version='1.0'?>", "").replace("Big &amp; Co", "&x;")
    return {
        "6 GB in GZIP": (ten_gigabytes_of_blanks(), "application/gzip"),
        "4000 members of 1 MB": (members(4000), "application/gzip"),
        "ZIP in ZIP": (zip_of(("report.xml", zip_of(("report.xml", good("inner.test"))))), "application/zip"),
        "GZIP in GZIP": (gzip.compress(gzip.compress(good("inner.test"))), "application/gzip"),
        "a ZIP that lies": (lying_zip(), "application/zip"),
        "a ZIP of nothing": (b"PK\5\6" + bytes(18), "application/zip"),
        "ten thousand files": (zip_of(*((f"{i}.txt", b"x") for i in range(10_000))), "application/zip"),
        "a file outside": (zip_of(("../../../../etc/cron.d/x", b"* * * * * root id")), "application/zip"),
        "a billion laughs": (f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]><feedback>&l11;</feedback>'.encode(), "text/xml"),
        "long entities": (f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><feedback>{"&a;" * 100_000}</feedback>'.encode(), "text/xml"),
        "a file as an entity": (f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{secret}">]>{inside}'.encode(), "text/xml"),
        "a host as an entity": (f'<!DOCTYPE x [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]>{inside}'.encode(), "text/xml"),
        "a host with the grammar": (f'<!DOCTYPE feedback SYSTEM "http://127.0.0.1:{port}/x.dtd">{inside}'.replace("&x;", "x").encode(), "text/xml"),
        "parameter entities": (f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/x"> %p;]>{inside}'.replace("&x;", "x").encode(), "text/xml"),
        "a hundred thousand levels": (nested("<a>" * 100_000 + "</a>" * 100_000), "text/xml"),
        "a million attributes": (nested("<a " + " ".join(f'a{i}="x"' for i in range(300_000)) + "/>"), "text/xml"),
        "a name of 5 MB": (nested("<" + "a" * 5_000_000 + "/>"), "text/xml"),
        "a hundred thousand records": (gzip.compress(good("many.test").replace(b"</feedback>", b"<record><row><source_ip>::1</source_ip></row></record>" * 100_000 + b"</feedback>")), "application/gzip"),
    }


# Why each is no report
BOMBS = {
    "6 GB in GZIP": "too long", "4000 members of 1 MB": "no XML", "ZIP in ZIP": "no XML", "GZIP in GZIP": "no XML", "a ZIP that lies": "too long",
    "a ZIP of nothing": "neither GZIP nor ZIP", "ten thousand files": "no XML", "a file outside": "no XML", "a billion laughs": "document type",
    "long entities": "document type", "a file as an entity": "document type", "a host as an entity": "document type", "a host with the grammar": "document type",
    "parameter entities": "document type", "a hundred thousand levels": "nested too deep", "a million attributes": "no report_id", "a name of 5 MB": "nested too deep",
    "a hundred thousand records": "",
}


def most_memory(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) * 1024


@pytest.fixture(scope="module")
def receiver():
    server = Hermod(extra='[reports]\nreceive = ["dmarc@l.test"]\n', mailboxes=("dmarc@l.test", "u@l.test"))
    with server, socket.create_server(("127.0.0.1", free_port())) as trap:
        trap.setblocking(False)
        server.trap = trap
        (server.folder / "secret").write_text(SECRET)
        (server.folder / "secret").chmod(0o644)
        yield server


@pytest.mark.parametrize("which", BOMBS)
def test_a_bomb_is_mail_and_nothing_else(receiver, which):
    octets, kind = bombs(receiver.trap.getsockname()[1], f"{receiver.folder}/secret")[which]
    behind = f"after{list(BOMBS).index(which)}.test"
    pid, = receiver.pids("policyd")
    seen = len(receiver.events())
    with receiver.client(source=STRANGER, timeout=300) as client:
        client.deliver(attached(octets, kind, "a!b!1!2.xml"), "p@big.test", "dmarc@l.test")
        client.say("RSET")
        client.deliver(attached(gzip.compress(good(behind)), "application/gzip", "a!b!1!2.xml.gz"), "p@big.test", "dmarc@l.test")
    told = wait_until(lambda: [event["reason"] for event in receiver.events()[seen:] if "was not read" in event.get("reason", "")], what="what is wrong with it", seconds=120)
    assert len(told) == 1 and BOMBS[which] in told[0], told
    wait_until(lambda: any(one["domain"] == behind for one in asked(receiver, "list")), what="the report behind it", seconds=120)
    assert receiver.pids("policyd") == [pid]
    assert most_memory(pid) < 400 << 20
    assert not {one["domain"] for one in asked(receiver, "list")} & {"inner.test", "many.test"}
    with pytest.raises(BlockingIOError):
        receiver.trap.accept()
    told = receiver.run("reports", "list", "--json").stdout + "".join(receiver.run("reports", "show", one["domain"]).stdout for one in asked(receiver, "list"))
    assert SECRET not in told and not any(SECRET in str(event) for event in receiver.events()[seen:])
    assert not list(receiver.folder.rglob("cron.d"))


def test_a_record_cannot_have_us_write_to_a_hundred(tmp_path):
    """RFC 9990 §4: who is outside is asked; and of all that are named ten are looked at."""
    targets = [f"mailto:r{i}@crowd.test" for i in range(100)]
    victims = [f"mailto:v{i}@victim.test" for i in range(100)]
    records = [{"name": name, "type": "TXT", "data": text} for name, text in {
        "crowd.test": f"v=spf1 ip4:{STRANGER} -all", "_dmarc.crowd.test": "v=DMARC1; p=none; rua=" + ",".join(targets) + "; ruf=" + ",".join(victims),
        "flood.test": f"v=spf1 ip4:{STRANGER} -all", "_dmarc.flood.test": "v=DMARC1; p=none; fo=1; rua=" + ",".join(victims) + "; ruf=" + ",".join(victims)}.items()]
    for record in records:
        record["data"] = [record["data"][i:i + 255] for i in range(0, len(record["data"]), 255)]
    before = list(TABLE)
    TABLE.extend(records)
    try:
        server = hermod(tmp_path / "a", SENDING, relay="", routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{free_port()}"\n')  # where nobody is
    finally:
        TABLE[:] = before
    with server:
        for domain in ("crowd.test", "flood.test"):
            from_stranger(server, f"a@{domain}", f"a@{domain}")
        wait_until(lambda: len(collected(server)) == 2, what="both counted")
    age_by_a_day(server)
    with server:
        wait_until(lambda: all(row["sent"] > 0 for row in collected(server)), what="the day done with")
        named = str(server.queue())
        assert "victim.test" not in named
        assert 1 <= len(set(re.findall(r"r\d+@crowd\.test", named))) <= 10, named
