"""Hosts of a small internet inside this machine: network namespaces that a router joins, each with an address of its own and
port 25 to itself. They have no names, and are gone with the last process in them."""
import ctypes
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
PROGRAMS = ("ip", "nsenter", "unshare", "mount")
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace: int):
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Host:
    """A network namespace, empty but for its loopback."""

    def __init__(self):
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            if libc.unshare(CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            self.namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
            enter(home)
        finally:
            os.close(home)
        self.path = f"/proc/{os.getpid()}/fd/{self.namespace}"
        self.run("ip", "link", "set", "lo", "up")

    def close(self):
        os.close(self.namespace)

    def run(self, *words: str):
        subprocess.run(["nsenter", f"--net={self.path}", *words], check=True, capture_output=True, text=True)

    def wrapper(self, files: dict[str, Path] | None = None) -> tuple[str, ...]:
        """What starts a program on this host, with some files of the system replaced by others."""
        binds = "".join(f"mount --bind {theirs} {ours} && " for ours, theirs in (files or {}).items())
        return "nsenter", f"--net={self.path}", "unshare", "--mount", "sh", "-c", binds + 'exec "$@"', "sh"

    @contextmanager
    def inside(self):
        """Sockets that this thread makes meanwhile are the host's."""
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        enter(self.namespace)
        try:
            yield
        finally:
            enter(home)
            os.close(home)


class Network:
    """A router with a host behind each of its links; the networks are those set aside for documentation."""

    def __init__(self, hosts: dict[str, str]):
        """Hosts by name, each with an address in a range of its own."""
        self.folder = Path(tempfile.mkdtemp(prefix="hermod-network-"))
        self.folder.chmod(0o755)
        self.hosts: dict[str, Host] = {}
        self.router = Host()
        try:
            self.router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
            for name, address in hosts.items():
                self.hosts[name] = self.join(name, address)
        except BaseException:
            self.close()
            raise

    def join(self, name: str, address: str) -> Host:
        host = Host()
        gateway = gateway_of(address)
        self.router.run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", host.path)
        self.router.run("ip", "address", "add", f"{gateway}/24", "dev", name)
        self.router.run("ip", "link", "set", name, "up")
        host.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        host.run("ip", "link", "set", "eth0", "up")
        host.run("ip", "route", "add", "default", "via", gateway)
        (self.folder / name).write_text(f"nameserver {gateway}\n")
        return host

    def wrapper(self, name: str, files: dict[str, Path] | None = None) -> tuple[str, ...]:
        return self.hosts[name].wrapper({"/etc/resolv.conf": self.folder / name, **(files or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for host in (*self.hosts.values(), self.router):
            host.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def gateway_of(address: str) -> str:
    return address.rsplit(".", 1)[0] + ".1"


def missing() -> str:
    """Why there can be no such network here; empty where there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    absent = [program for program in PROGRAMS if not shutil.which(program)]
    if absent:
        return "not installed: " + ", ".join(absent)
    try:
        with Network({"probe": "192.0.2.2"}) as network:
            subprocess.run([*network.wrapper("probe"), "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces here: {getattr(error, 'stderr', '') or error}"
    return ""
