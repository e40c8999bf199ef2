"""What an administrator's commands say and exit with, while a server runs, while none does, and while the file is wrong."""
import json
import os
import signal
import socket
import subprocess

import pytest
from hermod import BINARY, Hermod, wait_until
from sink import Manners, Sink


@pytest.fixture(scope="module")
def hermod():
    with Hermod() as server:
        yield server


def hermod_command(*words):
    return subprocess.run([str(BINARY), *words], capture_output=True, text=True, timeout=60)


NO_SERVER = [("status",), ("reload",), ("stop",), ("queue", "list"), ("mailq",), ("pause",), ("continue", "local"), ("flush",),
             ("stat",), ("cont",), ("doqueue",), ("alrm",), ("hup",)]


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
        hermod.config.write_text(written + "[imap]\n[limts]\n")
        refused = hermod.run("reload", check=False)
    finally:
        hermod.config.write_text(written)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 2 and "did you mean limits?" in refused.stderr
    events = wait_until(lambda: [e["reason"] for e in hermod.events() if e["event"] == "reload_refused"][-2:])
    assert [reason.split(": ")[1] for reason in events] == ["imap", "limts"]


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


def status_of(server) -> dict:
    return json.loads(server.run("status", "--json").stdout)


@pytest.mark.parametrize("which, local, remote", [("local", True, False), ("remote", False, True), ("all", True, True), (None, True, True)])
def test_a_pause_keeps_mail_and_outlives_qmgr(which, local, remote):
    words = [which] if which else []
    with Sink() as sink, Hermod(routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n') as server:
        assert "paused" in server.run("pause", *words).stdout
        for pid in server.pids("qmgr"):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: status_of(server)["paused"] == {"local": local, "remote": remote})
        def is_taken():  # 451 while qmgr is being started again
            with server.client() as client:
                client.begin("a@s.test", "u@l.test", "far@far.test")
                return client.say("DATA")[0] == 354 and client.say(b"Subject: x\r\n\r\nx\r\n.")[0] == 250
        wait_until(is_taken)
        server.queue()  # until admind is heard again too
        text = server.run("status").stdout
        assert ("Local deliveries are PAUSED" in text, "Remote deliveries are PAUSED" in text) == (local, remote)
        wait_until(lambda: bool(server.messages()) != local and bool(sink.taken) != remote, what=server.log_text())
        flushed = server.run("flush").stdout
        assert flushed.startswith("1 message due now; but " if local or remote else "1 message due now")
        # What is not paused comes through after what is: were it not paused, it would have come too.
        with server.client() as client:
            client.deliver(b"Subject: y\r\n\r\nx\r\n", "a@s.test", "w@l.test" if remote and not local else "other@far.test")
        if not (local and remote):
            wait_until(lambda: server.messages("w@l.test") or any("other@far.test" in t.recipients for t in sink.taken))
        assert bool(server.messages()) != local and any("far@far.test" in t.recipients for t in sink.taken) != remote
        assert server.run("continue", *words).stdout == "deliveries go on\n"
        server.wait_idle()
        assert len(server.messages()) == 1 and any("far@far.test" in t.recipients for t in sink.taken)
        assert status_of(server)["paused"] == {"local": False, "remote": False}
        names = [event["event"] for event in server.events()]
        assert "deliveries_paused" in names and "deliveries_continued" in names


def test_flush_tries_what_waits():
    with Sink(Manners(rcpt={"far@far.test": "450 4.2.1 later"})) as sink, \
            Hermod(routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n') as server:
        with server.client() as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "far@far.test")
        wait_until(lambda: server.queue()[0]["recipients"][0]["attempts"] == 1)
        sink.manners.rcpt.clear()
        for command in ("flush", "doqueue", "alrm"):
            server.run(command)
            server.wait_idle()
        assert len(sink.taken) == 1
        assert server.run("flush").stdout == "0 messages due now\n"


def test_qmailctls_verbs(hermod):
    assert "PROCESS" in hermod.run("stat").stdout
    assert hermod.run("hup").stdout == "reloaded\n"
    assert hermod.run("cont").stdout == "deliveries go on\n"
    assert hermod.run("cdb").stdout.startswith("nothing to do")
    assert hermod.run("queue").stdout == hermod.run("queue", "list").stdout
    assert hermod.run("pause", "everything", check=False).returncode == 2


def test_check_warns_of_aliases_that_lead_to_nobody(tmp_path):
    own = Hermod(folder=tmp_path, extra='[aliases]\n"sales@l.test" = ["u@l.test", "missing@l.test", "other@elsewhere.test"]\n'
                                        '"all@l.test" = ["sales@l.test"]\n"far@l.test" = ["x@elsewhere.test"]\n')
    done = own.run("check")
    warnings = [line for line in done.stderr.splitlines() if "nobody of that name here" in line]
    assert len(warnings) == 1 and "alias sales@l.test leads to missing@l.test" in warnings[0] and "hermod.toml:" in warnings[0], done
    assert "(warning)" in warnings[0]
    own.run("alias", "add", "made@l.test", "gone@l.test", "w@l.test", check=False)
    own.config.write_text(own.config.read_text().replace('"missing@l.test", ', ""))
    assert "missing" not in own.run("check").stderr


def test_trace_finds_an_alias_as_it_was_written(tmp_path):
    with Hermod(folder=tmp_path, extra='[aliases]\n"sales@l.test" = ["u@l.test", "w@l.test"]\n') as own:
        with own.client() as client:
            number = client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "Sales@l.test")
        own.wait_for(1)
        for typed in ("sales@l.test", "<SALES@l.test>", "u@l.test"):
            assert number in own.run("trace", "--to", typed).stdout
        assert own.run("trace", "--to", "other@l.test", check=False).returncode == 1


def test_start_restart_stop(tmp_path):
    own = Hermod(folder=tmp_path)
    def pid_of(words: str) -> int:
        assert words.splitlines()[-1].startswith("started, pid "), words
        return int(words.split()[-1])
    def command_line(pid: int) -> bytes:
        try:
            return open(f"/proc/{pid}/cmdline", "rb").read()
        except FileNotFoundError:
            return b""
    try:
        first = pid_of(own.run("start").stdout)
        assert own.run("start").stdout == "the server is running already\n"
        with own.client() as client:
            client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@s.test", "u@l.test")
        assert os.getsid(first) == first
        own.wait_for(1)
        assert b"Hermod" in (tmp_path / "data" / "log" / "hermod.log").read_bytes()
        restarted = own.run("restart").stdout
        second = pid_of(restarted)
        assert "stopped\n" in restarted and second != first
        assert command_line(first) == b""
        written = own.config.read_text()
        with socket.create_server(("127.0.0.1", 0)) as other:  # what cannot be started leaves what runs alone
            taken = f"127.0.0.1:{other.getsockname()[1]}"
            own.config.write_text(written + f'[[listen]]\nprotocol = "smtp"\naddress = "{taken}"\n')
            refused = own.run("restart", check=False)
            assert refused.returncode != 0 and taken in refused.stderr and "runs on as it was" in refused.stderr
        own.config.write_text(written + "[limts]\n")
        refused = own.run("restart", check=False)
        assert refused.returncode != 0 and "limts" in refused.stderr
        own.config.write_text(written)
        assert b"serve" in command_line(second)
        with own.client() as client:
            client.hello()
    finally:
        own.run("stop", check=False)
    assert command_line(second) == b""
    assert own.run("status", check=False).returncode == 75
    pid_of(own.run("restart").stdout)  # of none: a start
    own.run("stop")


def test_a_start_that_fails_says_why(tmp_path):
    own = Hermod(folder=tmp_path)
    written = own.config.read_text()
    own.config.write_text(written + "[limts]\n")
    failed = own.run("start", check=False)
    assert failed.returncode == 2 and "limts" in failed.stderr
    own.config.write_text(written)
    with socket.create_server(("127.0.0.1", own.port)):
        taken = own.run("start", check=False)
        assert taken.returncode == 1 and f"127.0.0.1:{own.port}" in taken.stderr


def test_who_was_started_by_others_is_restarted_by_them(hermod):
    refused = hermod.run("restart", check=False)
    assert refused.returncode == 1 and "systemctl restart hermod" in refused.stderr
    assert hermod.run("status").returncode == 0
