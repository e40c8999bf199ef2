"""Keys, chains and policies made to cost much or to prove what they do not, as a running server meets them. RFC 8301, RFC 8617 §5, RFC 9989 §4.10.
What else is hostile in messages stands in test_examination.py; the DNS itself, in test_hostile_names.py."""
import base64
import json
import random
import re
import subprocess
from pathlib import Path

import pytest
from test_examination import FROM, PLAIN, Names, hermod, junk, ours, send
from test_signatures import SYSTEM_PYTHON, has_python_dkim

REJECT = '[dmarc]\nbehavior = "reject"'


@pytest.fixture(name="names", scope="module")
def names_of_module(tmp_path_factory):
    return Names(tmp_path_factory.mktemp("names"))


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    length = bytes([len(content)]) if len(content) < 128 else (lambda octets: bytes([0x80 | len(octets)]) + octets)(
        len(content).to_bytes((len(content).bit_length() + 7) // 8))
    return bytes([tag]) + length + content


def number(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1))


def rsa_record(modulus: int, exponent: int = 65537) -> str:
    """As RFC 6376 §3.6.1 has it: a SubjectPublicKeyInfo."""
    key = der(3, b"\0", der(0x30, number(modulus), number(exponent)))
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(der(0x30, der(0x30, bytes.fromhex("06092a864886f70d010101"), b"\x05\0"), key)).decode()


def odd_number(bits: int) -> int:
    return random.Random(bits).getrandbits(bits) | 1 << (bits - 1) | 1


SIGN = "import dkim, sys; key = open(sys.argv[1], 'rb').read(); sys.stdout.buffer.write(dkim.sign(sys.stdin.buffer.read(), b'w', b'strict.test', key, signature_algorithm=sys.argv[2].encode()))"


def signed_by_them(folder: Path, bits: int, algorithm: str = "rsa-sha256") -> tuple[bytes, str]:
    """A message with a signature that is good, by a key of that length; and what is published for it."""
    key = folder / f"{bits}.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(key), str(bits)], capture_output=True, check=True)
    message = FROM + PLAIN
    field = subprocess.run([SYSTEM_PYTHON, "-c", SIGN, str(key), algorithm], input=message, capture_output=True, check=True).stdout
    shown = subprocess.run(["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"], capture_output=True, check=True).stdout
    return field + message, "v=DKIM1; k=rsa; p=" + base64.b64encode(shown).decode()


def found_out(server, count: int) -> str:
    """What the fields of the newest message say."""
    messages = server.wait_for(count)
    return [line for message in messages for line in ours(message)][-1]


@pytest.mark.skipif(not has_python_dkim(), reason="python3-dkim is not installed")
@pytest.mark.parametrize("bits, algorithm, result", [(512, "rsa-sha256", "permerror"), (768, "rsa-sha256", "permerror"), (1023, "rsa-sha256", "permerror"),
                                                     (1024, "rsa-sha256", "pass"), (2048, "rsa-sha1", "permerror"), (2048, "rsa-sha256", "pass")])
def test_keys_that_are_too_weak_prove_nothing(names, tmp_path, bits, algorithm, result):
    """RFC 8301 §3.1, §3.2: though the signature is right."""
    message, record = signed_by_them(tmp_path, bits, algorithm)
    names.lines = [line for line in names.lines if line["name"] != "w._domainkey.strict.test"]
    names.txt("w._domainkey.strict.test", record)
    with hermod(names, tmp_path, REJECT) as server:
        code, text = send(server, message)
        assert code == (250 if result == "pass" else 550), text
    with hermod(names, tmp_path, '[dmarc]\nbehavior = "record"') as server:
        before = server.settled("u@l.test")
        assert send(server, message)[0] == 250
        line = found_out(server, before + 1)
        assert f"dkim={result} " in line and (result == "pass" or "too weak" in line), line


ODD_KEYS = {
    "of 16384 bits": rsa_record(odd_number(16384)), "of 8193 bits": rsa_record(odd_number(8193)),
    "with an exponent of 4095 bits": rsa_record(odd_number(4096), odd_number(4095)), "with an exponent of 66 bits": rsa_record(odd_number(2048), 2**65 + 1),
    "with the exponent 1": rsa_record(odd_number(2048), 1), "with the exponent 2": rsa_record(odd_number(2048), 2), "with an even modulus": rsa_record(2**2048),
    "with the modulus 0": rsa_record(0), "of noughts": "v=DKIM1; k=rsa; p=" + "A" * 40_000,
    "of Ed25519, no point": "v=DKIM1; k=ed25519; p=" + base64.b64encode(b"\xff" * 32).decode(), "of Ed25519, too long": "v=DKIM1; k=ed25519; p=" + base64.b64encode(b"x" * 33).decode(),
}


@pytest.mark.parametrize("which", ODD_KEYS)
def test_keys_that_are_no_keys_prove_nothing(names, tmp_path, which):
    """What is too big is not even tried."""
    record = ODD_KEYS[which]
    names.lines = [line for line in names.lines if line["name"] != "w._domainkey.strict.test"]
    names.txt("w._domainkey.strict.test", record)
    algorithm = b"ed25519-sha256" if "ed25519" in record else b"rsa-sha256"
    signed = names.sign(FROM + PLAIN).replace(b"s=s;", b"s=w;", 1).replace(b"a=ed25519-sha256", b"a=" + algorithm, 1)
    signature = base64.b64encode(bytes(64 if "ed25519" in record else 2048))
    signed = re.sub(rb"([; \t])b=[^;]*?\r\n(?![ \t])", b"\\1b=" + signature + b"\r\n", signed, count=1, flags=re.DOTALL)
    with hermod(names, tmp_path, '[dmarc]\nbehavior = "record"') as server:
        assert send(server, signed)[0] == 250
        line = found_out(server, 1)
        assert "dmarc=fail" in line, line
        is_refused = "bits" in which or "too long" in which or which == "of noughts"
        assert "dkim=permerror " in line or not is_refused and "dkim=fail " in line, line


# ---- chains

def chain(names: Names, count: int) -> list[bytes]:
    """A message with so many sets, each of a sealer who is trusted; the fields of one set after those of the next."""
    message = FROM + PLAIN
    sets = []
    for instance in range(count):
        said = b"dmarc=pass header.from=strict.test" + (b"; arc=pass" if instance else b"")
        results = b"Authentication-Results: mx.sealer.test; " + said + b"\r\n"
        sets.insert(0, names.seal(results + b"".join(sets) + message, "sealer.test", "mx.sealer.test"))
    return [*sets, message]


@pytest.fixture(name="fifty", scope="module")
def chain_of_fifty(names):
    names.write()
    return chain(names, 50)


TRUSTING = '[dmarc]\nbehavior = "reject"\n[arc]\ntrusted_sealers = ["sealer.test"]'


@pytest.mark.parametrize("which, code", [("fifty", 250), ("forty-nine", 250), ("one missing", 550), ("the oldest missing", 550), ("the newest twice", 550),
                                         ("fifty-one", 550), ("a thousand", 550), ("renumbered", 550)])
def test_chains_are_whole_and_not_longer_than_fifty(names, tmp_path, fifty, which, code):
    """RFC 8617 §5.2, §4.2.1"""
    sets, message = fifty[:-1], fifty[-1]
    renumbered = [re.sub(rb"i=50;", b"i=51;", sets[0]), *sets]
    chosen = {"fifty": sets, "forty-nine": sets[1:], "one missing": sets[:20] + sets[21:], "the oldest missing": sets[:-1], "the newest twice": [sets[0], *sets],
              "fifty-one": renumbered, "a thousand": [re.sub(rb"i=50;", b"i=%d;" % i, sets[0]) for i in range(400, 50, -1)] + sets, "renumbered": [re.sub(rb"i=1;", b"i=51;", sets[-1])]}[which]
    with hermod(names, tmp_path, TRUSTING) as server:
        got, text = send(server, b"".join(chosen) + message)
        assert got == code, text
        if code == 250:
            assert "arc=pass" in found_out(server, 1)


def test_nobody_else_seals_chains(names, tmp_path, fifty):
    """Fifty good sets of a sealer whom nobody knows change nothing."""
    with hermod(names, tmp_path, REJECT) as server:
        assert send(server, b"".join(fifty))[0] == 550


# ---- policies

def test_no_neighbour_below_a_public_suffix_speaks_for_another(names, tmp_path):
    """RFC 9989 §4.10.1, §4.10.2: psd=y ends the walk, and who is above it stands for nobody below."""
    for domain in ("co.test", "firm.co.test", "other.co.test", "mail.firm.co.test"):
        done = names.run("dkim", "keygen", "--domain", domain, "--selector", "s", "--algorithm", "ed25519-sha256", "--key", str(names.folder / f"{domain}.pem"), "--json")
        names.txt(f"s._domainkey.{domain}", json.loads(done.stdout)["record"])
    names.txt("_dmarc.co.test", "v=DMARC1; p=reject; psd=y")
    names.txt("_dmarc.firm.co.test", "v=DMARC1; p=reject")
    message = b"From: ann@firm.co.test\r\n" + PLAIN
    with hermod(names, tmp_path, REJECT) as server:
        for signer, code in (("firm.co.test", 250), ("mail.firm.co.test", 250), ("other.co.test", 550), ("co.test", 550)):
            assert send(server, names.sign(message, signer))[0] == code, signer
        assert send(server, names.sign(b"From: ann@bare.co.test\r\n" + PLAIN, "other.co.test"))[0] == 550, "no record of its own: that of the suffix"
        assert not junk(server)
