"""What a message is made of, by `hermod mime`: alike with other parsers, and bounded."""
import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from hermod import BINARY
from test_authentication import CONFORMANCE

MESSAGES = CONFORMANCE / "mime"


def leaves(message: bytes) -> list[dict]:
    return json.loads(subprocess.run([BINARY, "mime", "leaves", "--json"], input=message, capture_output=True, check=True).stdout)


@pytest.mark.skipif(not MESSAGES.exists(), reason=f"{MESSAGES} is not there")
def test_leaves_are_those_that_two_other_parsers_find():
    oracle = json.loads((MESSAGES / "oracle-leaves.json").read_text())["messages"]
    wrong = [name for name, expected in oracle.items()
             if [(leaf["type"], leaf["sha256"]) for leaf in leaves((MESSAGES / name).read_bytes())] != [(leaf["type"], leaf["sha256"]) for leaf in expected]]
    print(f"{len(oracle) - len(wrong)} of {len(oracle)}; not {wrong}")
    assert len(oracle) > 200 and len(wrong) * 100 <= len(oracle), wrong


def test_a_large_message_takes_its_own_size_in_memory(tmp_path):
    content = os.urandom(1 << 20) * 36
    message = tmp_path / "message"
    message.write_bytes(b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n"))
    done = subprocess.run(["python3", "-c", "import resource, subprocess, sys; print(subprocess.run(sys.argv[1:], capture_output=True, check=True).stdout.decode(), "
                           "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", str(BINARY), "mime", "leaves", "--json", str(message)],
                          capture_output=True, text=True, check=True)
    printed, memory = done.stdout.rsplit("\n", 1)[0].split("\n ")
    leaf, = json.loads(printed)
    assert leaf["sha256"] == hashlib.sha256(content.rstrip(b" \t\n\v\f\r").replace(b"\r\n", b"\n")).hexdigest()
    assert int(memory) * 1024 < 2 * message.stat().st_size + (24 << 20)
