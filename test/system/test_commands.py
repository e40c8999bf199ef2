"""What an administrator's commands say and exit with, while a server runs, while none does, and while the file is wrong."""
import subprocess

import pytest
from hermod import BINARY, Hermod, wait_until


@pytest.fixture(scope="module")
def hermod():
    with Hermod() as server:
        yield server


def hermod_command(*words):
    return subprocess.run([str(BINARY), *words], capture_output=True, text=True, timeout=60)


NO_SERVER = [("status",), ("reload",), ("stop",), ("queue", "list"), ("mailq",)]


@pytest.mark.parametrize("command", NO_SERVER, ids=lambda words: words[0])
def test_without_a_server(command, tmp_path):
    ended = hermod_command(*command, "--control-socket", str(tmp_path / "none"))
    assert ended.returncode == 75
    assert f"no server answers at {tmp_path}/none: is it running?" in ended.stderr


def test_a_broken_file_locks_nobody_out(hermod):
    written = hermod.config.read_text()
    hermod.config.write_text("hostname = \n")
    try:
        for command in [("status",), ("queue", "list")]:
            refused = hermod.run(*command, check=False)
            assert refused.returncode == 2
            assert "expected value, saw the end of the line" in refused.stderr
            assert "--control-socket" in refused.stderr
            assert hermod.run(*command, "--control-socket", f"{hermod.folder}/control").returncode == 0
        refused = hermod.run("reload", "--control-socket", f"{hermod.folder}/control", check=False)
        assert refused.returncode == 1 and not refused.stderr.endswith("\n\n")
    finally:
        hermod.config.write_text(written)


def test_reload_tells_what_waits_for_a_restart(hermod):
    written = hermod.config.read_text()
    assert hermod.run("reload").stdout == "reloaded\n"
    try:
        hermod.config.write_text(written + '[process]\nworkers = 7\n[dns]\ntimeout = "7s"\n')
        assert hermod.run("reload").stdout == "reloaded; needs a restart: dns.timeout, process.workers\n"
        assert hermod.run("reload").stdout == "reloaded; needs a restart: dns.timeout, process.workers\n"
    finally:
        hermod.config.write_text(written)
    assert hermod.run("reload").stdout == "reloaded\n"


def test_a_refused_reload_is_an_event_for_each_problem(hermod):
    written = hermod.config.read_text()
    try:
        hermod.config.write_text(written + "[tls]\n[limts]\n")
        refused = hermod.run("reload", check=False)
    finally:
        hermod.config.write_text(written)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 2 and "did you mean limits?" in refused.stderr
    events = wait_until(lambda: [e["reason"] for e in hermod.events() if e["event"] == "reload_refused"][-2:])
    assert [reason.split(": ")[1] for reason in events] == ["tls", "limts"]


def test_an_empty_queue(hermod):
    assert hermod.run("queue", "list").stdout == "The queue is empty\n"
    assert hermod.run("queue", "list", "--json").stdout == ""
    none = hermod.run("queue", "list", "0000000000001", check=False)
    assert none.returncode == 1 and "no such message" in none.stderr
    wrong = hermod.run("queue", "show", "4711", check=False)
    assert wrong.returncode == 2 and "one looks like " in wrong.stderr


def test_misuse_is_told_in_words(hermod):
    ended = hermod_command("check", "x", "--confg")
    assert (ended.returncode, ended.stderr) == (2, "hermod check: not understood: x --confg; --help lists what it takes\n")
    assert hermod_command("mailq", "--help").stdout.startswith("usage: mailq")
    assert hermod_command("--config", str(hermod.config), "status").returncode == 0
    assert hermod_command(f"--config={hermod.config}", "check").returncode == 0


def test_a_place_that_cannot_be_made_is_named_with_its_setting():
    hermod = Hermod()
    (hermod.folder / "file").write_text("")
    text = hermod.config.read_text().replace(f'"{hermod.folder}/mail"', f'"{hermod.folder}/file/mail"')
    hermod.config.write_text(text)
    ended = hermod_command("serve", "--config", str(hermod.config))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"hermod: mail_directory: cannot make the directory {hermod.folder}/file/mail: ")
