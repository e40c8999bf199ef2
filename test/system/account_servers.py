"""PostgreSQL and OpenLDAP of Debian, as unprivileged users in folders of their own, for tests of sources of accounts."""
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from hermod import free_port, let_everybody_through, wait_until

NOBODY = pwd.getpwnam("nobody")


def postgresql_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def as_nobody() -> dict:
    """For subprocess: the servers refuse root, or should not have it."""
    return {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def give_away(path: Path):
    if os.geteuid() == 0:
        for one in [path, *path.rglob("*")]:
            os.chown(one, NOBODY.pw_uid, NOBODY.pw_gid)


class Server:
    """Something that runs until it is stopped, is stopped in mid-run, or killed."""
    process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True)
        let_everybody_through(folder)
        self.port = free_port()

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                                        cwd=self.folder, **as_nobody())
        wait_until(lambda: self.process.poll() is not None or self.answers(), what="the server")
        assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]
        return self

    def pids(self) -> list[int]:
        """Itself, and what it has started."""
        found = [self.process.pid]
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == self.process.pid:
                    found.append(int(entry.name))
            except (OSError, IndexError):
                continue
        return found

    def signal(self, number: int):
        for pid in self.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def hang(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.log.close()
            self.process = None


class Postgresql(Server):
    """With a role "hermod", which must give its password, in TLS where it comes by the network."""

    def __init__(self, folder: Path, password: str, certificate: Path, key: Path):
        super().__init__(folder)
        self.programs = postgresql_programs()
        shutil.copy(certificate, folder / "server.pem")
        shutil.copy(key, folder / "server.key")
        give_away(folder)
        data = folder / "data"
        subprocess.run([self.programs / "initdb", "-D", data, "-U", "admin", "--auth=trust", "--no-sync", "--no-locale",
                        "--encoding=UTF8"], check=True, capture_output=True, cwd=folder, **as_nobody())
        (data / "pg_hba.conf").write_text("local all admin trust\nlocal all hermod scram-sha-256\n"
                                          "hostssl all hermod 127.0.0.1/32 scram-sha-256\n"
                                          "hostssl all hermod ::1/128 scram-sha-256\n")
        with open(data / "postgresql.conf", "a") as config:
            config.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n"
                         f"ssl = on\nssl_cert_file = '{folder}/server.pem'\nssl_key_file = '{folder}/server.key'\n"
                         "fsync = off\nshared_buffers = 16MB\nmax_connections = 50\n")
        self.start()
        self.run("postgres", f"CREATE ROLE hermod LOGIN PASSWORD '{password}'", "CREATE DATABASE mail")

    def command(self):
        return [str(self.programs / "postgres"), "-D", str(self.folder / "data")]

    def answers(self):
        return subprocess.run([self.programs / "pg_isready", "-h", self.folder, "-p", str(self.port)],
                              capture_output=True).returncode == 0

    def run(self, database: str, *statements: str) -> str:
        words = [w for statement in statements for w in ("-c", statement)]
        done = subprocess.run([self.programs / "psql", "-h", self.folder, "-p", str(self.port), "-U", "admin", "-At",
                               "-v", "ON_ERROR_STOP=1", *words, database], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


class Slapd(Server):
    """Whose entries only "cn=hermod,SUFFIX" may read, and whose passwords nobody may."""

    def __init__(self, folder: Path, suffix: str, entries: str, certificate: Path, key: Path):
        super().__init__(folder)
        shutil.copy(certificate, folder / "server.pem")
        shutil.copy(key, folder / "server.key")
        (folder / "data").mkdir()
        (folder / "slapd.conf").write_text(f"""
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{suffix}"
rootdn "cn=admin,{suffix}"
rootpw admin
directory {folder}/data
dbnosync
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=hermod,{suffix}" read by * none
""")
        (folder / "entries.ldif").write_text(entries)
        give_away(folder)
        subprocess.run(["slapadd", "-f", folder / "slapd.conf", "-l", folder / "entries.ldif"], check=True,
                       capture_output=True, cwd=folder, **as_nobody())
        self.start()

    def command(self):
        return ["/usr/sbin/slapd", "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", f"ldap://127.0.0.1:{self.port}/"]

    def answers(self):
        return subprocess.run(["ldapsearch", "-x", "-H", f"ldap://127.0.0.1:{self.port}", "-b", "", "-s", "base"],
                              capture_output=True).returncode == 0
