"""What a break-in would get, seen from outside: users, capabilities, seccomp, roots and descriptors of every process."""
import os
import stat
from pathlib import Path

import pytest
from hermod import ROLES, Hermod, of_every_role

CAP_KILL, CAP_SETGID, CAP_SETUID = 5, 6, 7
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="users and roots of their own need root")


@pytest.fixture(scope="module")
def server():
    with Hermod(**of_every_role()) as hermod:
        with hermod.client() as client:  # so that a delivery worker exists too
            client.deliver(b"Subject: wake up\r\n\r\nx\r\n")
        hermod.wait_for(1)
        yield hermod


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


@pytest.mark.parametrize("role", ROLES)
def test_no_new_privileges_and_a_filter_of_system_calls(server, role):
    for pid in server.pids(role):
        seen = status(pid)
        assert seen["NoNewPrivs"] == "1"
        assert seen["Seccomp"] == "2" or role in ("runner", "authd"), "what it starts would inherit the filter"


@as_root
@pytest.mark.parametrize("role", ROLES)
def test_no_root_and_no_capabilities(server, role):
    become = 1 << CAP_SETUID | 1 << CAP_SETGID
    allowed = {"deliver": become, "reader": become, "runner": become | 1 << CAP_KILL, "authd": become | 1 << CAP_KILL}.get(role, 0)
    for pid in server.pids(role):
        seen = status(pid)
        assert "0" not in seen["Uid"].split() and "0" not in seen["Gid"].split()
        assert seen["Groups"].split() in ([], seen["Gid"].split()[:1])
        for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert int(seen[kind], 16) & ~allowed == 0, kind


@as_root
def test_every_role_is_a_user_of_its_own(server):
    users = {role: {status(pid)["Uid"].split()[0] for pid in server.pids(role)} for role in ROLES if role != "deliver"}
    assert all(len(ids) == 1 for ids in users.values()), users
    assert len(set.union(*users.values())) == len(users), users


@as_root
@pytest.mark.parametrize("role", ["smtpd", "relay", "admind", "keyd", "pop3d", "httpd", "tokend"])
def test_the_root_directory_is_empty(server, role):
    for pid in server.pids(role):
        assert os.listdir(f"/proc/{pid}/root/") == []


@as_root
@pytest.mark.parametrize("role, own", [("qmgr", "queue"), ("pickup", "drop"), ("acmed", "acme"), ("policyd", "policy")])
def test_the_root_directory_is_the_one_it_works_in(server, role, own):
    for pid in server.pids(role):
        assert os.path.samestat(os.stat(f"/proc/{pid}/root/"), os.stat(server.folder / "data" / own))


@pytest.mark.parametrize("role", ["smtpd", "relay", "admind", "keyd", "pop3d", "httpd", "tokend", "policyd"])
def test_processes_that_talk_to_others_hold_no_files(server, role):
    for pid in server.pids(role):
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{name}"
            target = os.readlink(path)
            own = str(server.folder / "data/policy")
            if role == "policyd" and (target == own or target.startswith(own + "/")):
                continue  # its books, and the list of senders
            if target.startswith(("socket:", "anon_inode:", "pipe:", "/dev/null", "/memfd:")):
                continue
            assert stat.S_ISREG(os.stat(path).st_mode), target
            assert target in (str(server.folder / "log"), str(server.folder / "data/log/events.jsonl")), target


@pytest.mark.parametrize("role", ROLES)
def test_no_memory_is_both_writable_and_executable(server, role):
    for pid in server.pids(role):
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
        assert not [line for line in maps if "wx" in line.split()[1]]


@pytest.mark.parametrize("role", ["smtpd", "relay", "qmgr", "pop3d", "reader", "keyd"])
def test_memory_cannot_be_read_by_others_of_the_same_user(server, role):
    for pid in server.pids(role):
        # Not dumpable: /proc/PID/* belongs to root, whoever the process is.
        assert os.stat(f"/proc/{pid}/mem").st_uid == 0 or os.geteuid() != 0


def test_status_tells_which_fences_are_missing(server):
    text = server.run("status").stdout
    for role in ROLES:
        assert role in text


LEAST = 1 << 30  # what every role may have; qmgr, directory and users' programs most of the machine


def limit_of_data(pid: int) -> list[int]:
    """Soft and hard, of /proc/PID/limits."""
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
        if line.startswith("Max data size"):
            return [int(word) for word in line.split()[3:5]]
    raise AssertionError("no such limit")


@pytest.mark.parametrize("role", ROLES)
def test_no_process_can_take_the_memory_of_the_machine(server, role):
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    most = max(LEAST, machine // 4 * 3) if role in ("qmgr", "directory", "runner") else LEAST
    for pid in server.pids(role):
        assert limit_of_data(pid) == [most, most]
