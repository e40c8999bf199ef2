"""Accounts in PostgreSQL and LDAP: Debian's servers, which are asked, hang, die, and come back."""
import base64
import hashlib
import hmac
import os
import poplib
import shutil
import socket
import ssl
import subprocess

import pytest

from account_servers import Postgresql, Slapd, postgresql_programs
from certificates import Issuer
from dns import Names, is_installed
from hermod import BINARY, Hermod, free_port, queue_id, wait_until
from test_auth import open_submission, plain, submit

pytestmark = pytest.mark.skipif(not postgresql_programs() or not shutil.which("slapd", path="/usr/sbin"),
                                reason="postgresql and slapd are not here")

DATABASE_PASSWORD = "only-hermod's"
PASSWORD = "pa5s=word, of ann"
SUFFIX = "dc=staff,dc=test"


def scram_keys(password: str, digest: str = "sha256", salt: bytes = b"some salt", iterations: int = 4096) -> str:
    """RFC 5803 §3."""
    def b64(octets):
        return base64.b64encode(octets).decode()
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt, iterations)
    client, server = (hmac.digest(salted, name, digest) for name in (b"Client Key", b"Server Key"))
    name = {"sha256": "SCRAM-SHA-256", "sha1": "SCRAM-SHA-1"}[digest]
    return f"{name}${iterations}:{b64(salt)}${b64(hashlib.new(digest, client).digest())}:{b64(server)}"


def ssha256(password: str) -> str:
    return "{SSHA256}" + base64.b64encode(hashlib.sha256(password.encode() + b"salt").digest() + b"salt").decode()


def fill(database: Postgresql):
    database.run("mail", "CREATE TABLE mailbox (address text PRIMARY KEY, quota bigint, disabled boolean NOT NULL DEFAULT "
                 "false, password text, scram text)", "CREATE TABLE alias (name text, target text)",
                 "GRANT SELECT ON mailbox, alias TO hermod",
                 f"INSERT INTO mailbox VALUES ('ann@shop.test', NULL, false, '{ssha256(PASSWORD)}', '{scram_keys(PASSWORD)}'), "
                 f"('small@shop.test', 2000, false, '{{PLAIN}}{PASSWORD}', NULL), "
                 f"('gone@shop.test', NULL, true, '{ssha256(PASSWORD)}', '{scram_keys(PASSWORD)}')",
                 "INSERT INTO alias VALUES ('sales@shop.test', 'ann@shop.test'), ('bad@shop.test', '|/bin/sh')")


def entry(uid: str, password: str, more: str = "") -> str:
    return (f"dn: uid={uid},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: {uid}\n"
            f"mail: {uid}@staff.test\nuserPassword: {password}\n{more}\n")


ENTRIES = f"""dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: staff
o: staff

dn: cn=hermod,{SUFFIX}
objectClass: person
cn: hermod
sn: hermod
userPassword: {DATABASE_PASSWORD}

dn: ou=people,{SUFFIX}
objectClass: organizationalUnit
ou: people

""" + entry("carl", PASSWORD, f"description: {scram_keys(PASSWORD)}\n") + entry("off", PASSWORD, "title: disabled\n") \
    + entry("twin", PASSWORD) + entry("twin2", PASSWORD, "mail: twin@staff.test\n")

SOURCES = """
[[accounts]]
name = "shop"
kind = "postgresql"
domains = ["shop.test"]
hosts = ["localhost:{database_port}"]
tls_issuers = "{issuer}"
user = "hermod"
password_file = "{folder}/password"
database = "mail"
account_query = "SELECT quota, disabled FROM mailbox WHERE address = {{address}}"
password_query = "SELECT password, scram AS scram_sha_256, disabled FROM mailbox WHERE address = {{local_part}} || '@' || {{domain}}"
alias_query = "SELECT target FROM alias WHERE name = {{address}}"
timeout = "1s"
keep = "1s"
keep_absent = "1s"

[[accounts]]
name = "staff"
kind = "ldap"
domains = ["staff.test"]
hosts = ["localhost:{ldap_port}"]
tls_issuers = "{issuer}"
user = "cn=hermod,{suffix}"
password_file = "{folder}/password"
base = "ou=people,{suffix}"
account_filter = "(&(objectClass=inetOrgPerson)(mail={{address}}))"
disabled_filter = "(title=disabled)"
scram_attribute = "description"
timeout = "1s"
keep = "1s"
keep_absent = "1s"

[domains."shop.test"]
users = false
[domains."staff.test"]
users = false
"""


@pytest.fixture(scope="module")
def database(issuer, tmp_path_factory):
    server = Postgresql(tmp_path_factory.mktemp("p") / "postgresql", DATABASE_PASSWORD.replace("'", "''"),
                        *issuer.issue("localhost", file="postgresql"))
    fill(server)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def ldap(issuer, tmp_path_factory):
    server = Slapd(tmp_path_factory.mktemp("l") / "slapd", SUFFIX, ENTRIES,
                   *issuer.issue("localhost", socket.gethostname(), socket.getfqdn(), file="slapd"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def server(issuer, database, ldap, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hermod")
    (folder / "password").write_text(DATABASE_PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    certificate, key = issuer.issue("mx.l.test", "localhost", file="submission")
    ports = {name: free_port() for name in ("submission", "pop3s")}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    sources = SOURCES.format(database_port=database.port, ldap_port=ldap.port, issuer=issuer.certificate, folder=folder,
                             suffix=SUFFIX)
    login = ('[login]\nmechanisms = ["SCRAM-SHA-256", "PLAIN"]\nfailures_per_client = 100000\nfailures_per_network = 100000\n'
             'failures_per_account = 100000\ndelay = "0s"\n')
    hermod = Hermod(listeners=listeners, folder=folder, networks=("127.0.0.99/32",),
                    extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n{login}{sources}'
                          '[limits]\nconnections_per_client = 1000\n')
    hermod.ports = ports
    with hermod:
        hermod.run("account", "add", "eve@l.test", input=PASSWORD + "\n")
        yield hermod
        log = (folder / "log").read_text()
        assert DATABASE_PASSWORD not in log and PASSWORD not in log


def events(server, name: str, **fields) -> list[dict]:
    return [event for event in server.events()
            if event["event"] == name and all(event.get(key) == value for key, value in fields.items())]


def rcpt(server, *addresses: str) -> list[int]:
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        return [client.say(f"RCPT TO:<{address}>")[0] for address in addresses]


def login(server, user: str, password: str) -> int:
    with open_submission(server) as client:
        return client.say("AUTH PLAIN " + plain(user, password))[0]


def log_in_by_scram(server, issuer, user: str, password: str, folder) -> bool:
    secret = folder / "secret"
    secret.write_text(password + "\n")
    return subprocess.run(["msmtp", "--host=localhost", f"--port={server.ports['submission']}", "--tls=on", "--tls-starttls=on",
                           f"--tls-trust-file={issuer.certificate}", "--auth=scram-sha-256", f"--user={user}",
                           f"--passwordeval=cat {secret}", f"--from={user}", "--domain=c.test", "eve@l.test"],
                          input=f"From: {user}\n\nhello\n", capture_output=True, text=True, timeout=60).returncode == 0


def test_they_say_who_exists(server):
    assert rcpt(server, "ann@shop.test", "Ann@Shop.Test", "ann+x@shop.test", "sales@shop.test", "carl@staff.test",
                "CARL+y@staff.test") == [250] * 6
    assert rcpt(server, "nobody@shop.test", "gone@shop.test", "nobody@staff.test", "off@staff.test", "carl@shop.test",
                "ann@staff.test") == [550] * 6
    # What one of them says in a way that cannot be meant is no refusal.
    assert rcpt(server, "twin@staff.test", "bad@shop.test") == [451] * 2
    assert rcpt(server, "u@l.test", "nobody@l.test") == [250, 550]


def test_mail_reaches_the_mailbox(server):
    for to, box in (("sales@shop.test", "ann@shop.test"), ("carl+list@staff.test", "carl@staff.test")):
        with server.client() as client:
            client.deliver(b"Subject: for somebody outside\r\n\r\nhello\r\n", "a@s.test", to)
        wait_until(lambda: server.messages(box), what=box)
    # the quota of the row
    with server.client() as client:
        client.deliver(b"Subject: too much\r\n\r\n" + b"x" * 70 * 100 + b"\r\n", "a@s.test", "small@shop.test")
    wait_until(lambda: [e for e in events(server, "failed") if "5.2.2" in e["reply"]], what="a bounce")
    assert not server.messages("small@shop.test")


INJECTIONS = ["' OR 1=1--", "*)(uid=*", "*", "x' UNION SELECT 1,false--", "ann@shop.test' --", "carl)(", "\\2a", "{address}",
              "$1", "a\\'; DROP TABLE mailbox;--"]


def test_injections_are_names_of_nobody(server, database):
    for text in INJECTIONS:
        quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        assert rcpt(server, f"{quoted}@shop.test", f"{quoted}@staff.test") == [550, 550], text
        for user in (f"{text}@shop.test", f"{text}@staff.test"):
            assert login(server, user, PASSWORD) == 535, user
            assert login(server, user, text) == 535, user
    assert database.run("mail", "SELECT count(*) FROM mailbox").strip() == "3"
    assert login(server, "carl@staff.test", "*") == 535


def test_blanks_that_ldap_passes_over_make_no_other_name(server):
    """RFC 4518 §2.6.1: to LDAP " carl" is carl; each spelling would be an account with tries and a mailbox of its own."""
    assert rcpt(server, "carl@staff.test") == [250]
    assert rcpt(server, '" carl"@staff.test', '"carl "@staff.test', '"  carl"@staff.test') == [550, 550, 550]
    assert login(server, "carl@staff.test", PASSWORD) == 235
    for user in (" carl@staff.test", "carl @staff.test"):
        assert login(server, user, PASSWORD) == 535, user


def test_passwords_are_checked(server, issuer, tmp_path):
    for user in ("ann@shop.test", "ANN@Shop.Test", "small@shop.test", "carl@staff.test", "eve@l.test"):
        assert login(server, user, PASSWORD) == 235, user
        assert login(server, user, PASSWORD + "x") == 535, user
    for user in ("gone@shop.test", "off@staff.test", "nobody@shop.test", "nobody@staff.test", "hermod@staff.test"):
        assert login(server, user, PASSWORD) == 535, user
    # RFC 4513 §5.1.2: a bind without a password is one as nobody, and succeeds.
    assert login(server, "carl@staff.test", "") in (501, 535)
    for user in ("ann@shop.test", "carl@staff.test"):
        assert log_in_by_scram(server, issuer, user, PASSWORD, tmp_path)
        assert not log_in_by_scram(server, issuer, user, "wrong", tmp_path)
    assert not log_in_by_scram(server, issuer, "small@shop.test", PASSWORD, tmp_path)


def test_who_has_logged_in_sends_in_his_own_name(server, database):
    with open_submission(server) as client:
        assert client.say("AUTH PLAIN " + plain("ann@shop.test", PASSWORD))[0] == 235
        assert submit(client, b"From: sales@shop.test\r\n\r\nhello\r\n", "sales@shop.test", "eve@l.test")[0] == 250
        assert client.say("MAIL FROM:<carl@staff.test>")[0] == 553
        database.run("mail", f"UPDATE mailbox SET password = '{ssha256('new')}' WHERE address = 'ann@shop.test'")
        try:
            assert client.say("MAIL FROM:<ann@shop.test>")[0] == 535, "the password it logged in by has changed"
        finally:
            database.run("mail", f"UPDATE mailbox SET password = '{ssha256(PASSWORD)}' WHERE address = 'ann@shop.test'")


def test_mail_is_read(server):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for user in ("ann@shop.test", "carl@staff.test"):
        reader = poplib.POP3_SSL("127.0.0.1", server.ports["pop3s"], context=context, timeout=60)
        reader.user(user)
        reader.pass_(PASSWORD)
        assert reader.stat()[0] == len(server.messages(user))
        reader.quit()


CASES = [("shop", "ann@shop.test", "nobody@shop.test"), ("staff", "carl@staff.test", "nobody@staff.test")]


def assert_only_later(server, user: str, nobody: str):
    """Nothing is refused for good, by whatever question; and everybody else notices nothing."""
    wait_until(lambda: rcpt(server, user, nobody) == [451, 451], what="what was known of the accounts to be forgotten")
    assert rcpt(server, nobody, user, "u@l.test") == [451, 451, 250]
    assert login(server, user, PASSWORD) == 454
    assert login(server, user, "wrong") == 454
    assert login(server, "eve@l.test", PASSWORD) == 235
    with server.client() as client:
        client.deliver(b"Subject: meanwhile\r\n\r\nhello\r\n", "a@s.test", "u@l.test")


@pytest.mark.parametrize("how", ["hangs", "dies"])
@pytest.mark.parametrize("name,user,nobody", CASES)
def test_while_one_is_away_all_is_for_later(server, database, ldap, name, user, nobody, how):
    source = {"shop": database, "staff": ldap}[name]
    other = next(one for one in CASES if one[0] != name)
    before = len(server.messages(user))
    session = open_submission(server)
    assert session.say("AUTH PLAIN " + plain(user, PASSWORD))[0] == 235
    server.run("pause", "local")
    with server.client() as client:
        client.begin("a@s.test", user)
        client.say("DATA")
        waiting = queue_id(client.say(b"Subject: accepted before\r\n\r\nhello\r\n.")[1])
    source.hang() if how == "hangs" else source.kill()
    try:
        assert_only_later(server, user, nobody)
        assert rcpt(server, other[1], other[2]) == [250, 550], "the other one answers"
        assert login(server, other[1], PASSWORD) == 235
        assert session.say(f"MAIL FROM:<{user}>")[0] == 451
        server.run("continue", "local")
        wait_until(lambda: events(server, "deferred", id=waiting), what="the delivery to be deferred")
        assert not events(server, "failed", id=waiting)
        assert len(server.messages(user)) == before
    finally:
        source.go_on() if how == "hangs" else source.start()
        server.run("continue", "local", check=False)
    wait_until(lambda: rcpt(server, user, nobody) == [250, 550], what="the source to be asked again")
    wait_until(lambda: login(server, user, PASSWORD) == 235, what="logins")
    wait_until(lambda: session.say(f"MAIL FROM:<{user}>")[0] == 250, what="the session that lasted")
    session.socket.close()
    server.run("flush")
    wait_until(lambda: len(server.messages(user)) == before + 1, what="the message that waited")
    told = [event["reason"] for event in events(server, "warning")]
    assert any(f"accounts of {name} cannot be looked up" in reason for reason in told), told
    assert f"accounts of {name} can be looked up again" in told


def test_explain_names_the_source(server):
    explained = server.run("explain", "--to", "sales@shop.test").stdout
    assert "[shop: alias sales@shop.test]" in explained and "[shop: account ann@shop.test]" in explained
    assert "[staff: account carl@staff.test]" in server.run("explain", "--to", "carl@staff.test").stdout
    assert "No such mailbox" in server.run("explain", "--to", "nobody@staff.test", check=False).stdout


def test_check_looks_at_the_settings(server, tmp_path):
    text = server.config.read_text()
    for find, put, problem in [
            ("(mail={address})", "(mail={user})", "there is no field {user}"),
            ("address = {address}", "address = '{address}'", "in quotes"),
            ('base = "ou=people', 'baze = "ou=people', "baze"),
            ('database = "mail"', "", "needs a database"),
            (f'{server.folder}/password"\ndatabase', f'{tmp_path}/open"\ndatabase', "chmod 0600"),
            (f'{server.folder}/password"\ndatabase', f'{tmp_path}/none"\ndatabase', "No such file"),
            ('kind = "ldap"', 'kind = "nis"', "nis")]:
        assert find in text, find
        (tmp_path / "open").write_text("x\n")
        (tmp_path / "open").chmod(0o644)
        (tmp_path / "hermod.toml").write_text(text.replace(find, put, 1))
        done = subprocess.run([str(BINARY), "check", "--config", str(tmp_path / "hermod.toml")],
                              capture_output=True, text=True)
        assert done.returncode == 2 and problem in done.stderr, (find, done.stderr)


def test_check_warns_of_domains_that_are_not_ours(server, tmp_path):
    text = server.config.read_text().replace('[domains."shop.test"]\nusers = false\n', "")
    (tmp_path / "hermod.toml").write_text(text)
    done = subprocess.run([str(BINARY), "check", "--config", str(tmp_path / "hermod.toml")], capture_output=True, text=True)
    assert done.returncode == 0 and '"shop.test" is no domain of ours' in done.stderr, done.stderr
    assert '"staff.test"' not in done.stderr


def test_certificates_are_verified(server, issuer, tmp_path):
    """Another issuer, and the name of another host: as if it were down."""
    others = Issuer(tmp_path / "others")
    text = server.config.read_text()
    for find, put in [(str(issuer.certificate), str(others.certificate)), ('hosts = ["localhost:', 'hosts = ["127.0.0.1:')]:
        (tmp_path / "hermod.toml").write_text(text.replace(find, put))
        for user in ("ann@shop.test", "carl@staff.test"):
            done = subprocess.run([str(BINARY), "explain", "--to", user, "--config", str(tmp_path / "hermod.toml")],
                                  capture_output=True, text=True)
            assert "451" in done.stdout, (find, user, done.stdout, done.stderr)


@pytest.mark.skipif(not is_installed() or os.geteuid() != 0, reason="there are no name servers here, or no root to bind their port")
def test_a_name_that_nobody_knows_yet(issuer, database, tmp_path):
    """The start does not wait for it, mail does; and it is found once it is there. Over TCP: no datagram leaves directory."""
    (tmp_path / "password").write_text(DATABASE_PASSWORD + "\n")
    (tmp_path / "password").chmod(0o600)
    resolvers = tmp_path / "resolv.conf"
    resolvers.write_text("nameserver 127.0.13.53\n")
    resolvers.chmod(0o644)
    sources = SOURCES.format(database_port=database.port, ldap_port=1, issuer=issuer.certificate, folder=tmp_path, suffix=SUFFIX)
    sources = sources.replace("localhost", "db.late.example").replace('timeout = "1s"', 'timeout = "1s"\ntls = "required"')
    with Hermod(extra=sources, folder=tmp_path, wrapper=("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"',
                                                        str(resolvers))) as hermod:
        assert rcpt(hermod, "ann@shop.test", "u@l.test") == [451, 250]
        wait_until(lambda: [e for e in events(hermod, "warning") if "shop: db.late.example is not known now" in e["reason"]], what="a word about it")
        with Names({"late.example": "db A 127.0.0.1\n"}, address="127.0.13.53", port=53, probe=("db.late.example", "A")):
            wait_until(lambda: rcpt(hermod, "ann@shop.test", "nobody@shop.test") == [250, 550], what="the name to be looked up again")
            assert any("shop: db.late.example is known again" in e["reason"] for e in events(hermod, "warning"))
        assert rcpt(hermod, "ann@shop.test") == [250], "where it led before counts"


def test_many_strangers_at_once(server):
    """Each hears that there is nobody, until the server has heard enough of it (421, and it hangs up)."""
    with server.client() as client:
        client.hello()
        client.say("MAIL FROM:<a@s.test>")
        names = [f"stranger{i}@{domain}" for i in range(200) for domain in ("shop.test", "staff.test")]
        client.send(b"".join(f"RCPT TO:<{name}>\r\n".encode() for name in names))
        codes = {client.reply()[0] for _ in names}
        assert 550 in codes and codes <= {550, 421, 0}, codes
