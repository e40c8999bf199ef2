"""Circles found before any mail is in them: `hermod check` names every edge of every circle that is planted, and none where
there is none."""
import os
import re
import subprocess

import pytest
from hermod import BINARY, Hermod
from users import Home, UID, can_have_users

RULES = """
[local]
least_uid = 1000
[aliases]
"a@l.test" = ["b@l.test"]
"b@l.test" = ["info@owned.test"]
"one@l.test" = ["two@l.test"]
"two@l.test" = ["three@l.test"]
"three@l.test" = ["one@same.test"]
"members@l.test" = [":include:{folder}/members"]
"away@l.test" = ["x@back.test"]
"named@l.test" = ["x@byname.test"]
"owner-team@l.test" = ["team@l.test"]
"team@l.test" = ["owner-team@l.test"]
[domains."l.test"]
users = false
[domains."q.test"]
instructions = "qmail"
delimiters = "-"
[domains."mx.l.test"]
instructions = "qmail"
delimiters = "-"
[domains."owned.test"]
owner = "joe"
[domains."same.test"]
same_as = "l.test"
[domains."all.test"]
users = false
catch_all = "any@every.test"
[domains."every.test"]
users = false
catch_all = "any@all.test"
[domains."s1.test"]
same_as = "s2.test"
[domains."s2.test"]
same_as = "s1.test"
[[route]]
domain = "back.test"
next_hop = "127.0.0.1:{port}"
[[route]]
domain = "byname.test"
next_hop = "mx.l.test:{port}"
[[route]]
domain = "fine.test"
next_hop = "127.0.0.1:1"
"""


class Site(Home):
    """A configuration, and joe at home with what he says of his mail."""

    def __init__(self, rules: str):
        self.server = Hermod(domains=(), extra="")
        Home.__init__(self, self.server.folder)
        self.empty()
        self.server.config.write_text(self.server.config.read_text() + rules.replace("{folder}", str(self.server.folder))
                                      .replace("{port}", str(self.server.port)))

    def check(self) -> tuple[int, str]:
        return self.run("check")

    def run(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(["unshare", "-m", "sh", "-c", f'mount --bind {self.passwd} /etc/passwd && exec "$@"', "sh", str(BINARY),
                               *words, "--config", str(self.server.config)], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr.replace(str(self.server.folder) + "/", "")

    def line(self, text: str) -> str:
        """Where that stands in the configuration."""
        lines = self.server.config.read_text().splitlines()
        return f"hermod.toml:{next(i for i, line in enumerate(lines, 1) if line.startswith(text))}"


@pytest.fixture()
def site():
    made = Site(RULES)
    yield made
    made.server.__exit__()


@pytest.mark.skipif(not can_have_users(), reason="a user for one process needs root, and a mount namespace")
def test_every_planted_circle_is_named_edge_by_edge(site):
    folder = site.server.folder
    (folder / "members").write_text("ann@far.test\nmembers@l.test\n")
    site.write(".qmail-info", "# to the team\n&a@l.test\n")
    site.write(".qmail", "&joe-self@q.test\n")
    site.write(".qmail-self", "./Maildir/\n&joe@q.test\n")
    site.write(".qmail-fine", "&ann@far.test\n|forward joe-fine@q.test\n")
    status, text = site.check()
    assert status == 2
    circles = [line.split("goes round: ", 1)[1] for line in text.splitlines() if "mail goes round: " in line]
    edges = [re.findall(r"(\S+) \(([^)]*)\) leads to", circle) for circle in circles]

    def place(name: str) -> str:
        return site.line(f'"{name}" = ')

    def has(*wanted):
        """A circle with exactly these edges, wherever it begins."""
        return any(set(found) == set(wanted) and len(found) == len(wanted) for found in edges)
    home = str(site.home).replace(str(folder) + "/", "")
    # alias → alias, by way of a domain that is the same as another
    assert has(("one@l.test", place("one@l.test")), ("two@l.test", place("two@l.test")), ("three@l.test", place("three@l.test")),
               ("one@same.test", site.line('[domains."same.test"]'))), text
    # alias → virtual domain → .qmail
    assert has(("a@l.test", place("a@l.test")), ("b@l.test", place("b@l.test")), ("info@owned.test", site.line('[domains."owned.test"]')),
               ("joe-info@owned.test", f"{home}/.qmail-info:2")), text
    # two files of one user
    assert has(("joe@q.test", f"{home}/.qmail:1"), ("joe-self@q.test", f"{home}/.qmail-self:2")), text
    # forwards to ourselves through a route, by address and by name
    assert has(("x@back.test", site.line('domain = "back.test"'))) or has(("x@back.test", route(site, "back.test"))), text
    assert has(("x@byname.test", route(site, "byname.test"))), text
    # a list that contains itself; an owner who is the list
    assert has(("members@l.test", "members")), text
    assert has(("team@l.test", place("team@l.test")), ("owner-team@l.test", place("owner-team@l.test"))), text
    # catch-alls, same_as
    assert has(("any@all.test", site.line('[domains."all.test"]')), ("any@every.test", site.line('[domains."every.test"]'))) or \
        has(("anybody@all.test", site.line('[domains."all.test"]'))), text
    assert has(("anybody@s1.test", site.line('[domains."s1.test"]')), ("anybody@s2.test", site.line('[domains."s2.test"]'))), text
    assert len(circles) == 9, text


def route(site, domain: str) -> str:
    """The line of the [[route]] table."""
    return f"hermod.toml:{int(site.line(f'domain = {chr(34)}{domain}').split(':')[1]) - 1}"


def test_a_large_clean_configuration_raises_no_alarm():
    site = Site("\n".join(f'[domains."d{i}.test"]\ncatch_all = "a{i}@l.test"' for i in range(300))
                + '\n[domains."l.test"]\ninstructions = "qmail"\ndelimiters = "-"\n'
                + '[aliases]\n"top@l.test" = ["a0@l.test"]\n')
    try:
        aliases = site.server.folder / "aliases"
        aliases.write_text("".join(f"a{i}@l.test: a{i}@l.test, \\joe, m{i}@far.test, joe-x{i}@l.test, b{i // 2}@l.test\n"
                                   f"b{i}@l.test: c{i}@d{i % 300}.test, far{i}@far.test\n"
                                   f"c{i}@d{i % 300}.test: joe@l.test\n" for i in range(3400)))
        site.server.config.write_text(f'alias_files = ["{aliases}"]\n' + site.server.config.read_text())
        site.write(".qmail-default", "&joe@l.test\n&u@far.test\n")
        if can_have_users():
            assert site.check() == (0, "")
        else:
            assert site.server.run("check").returncode == 0
    finally:
        site.server.__exit__()


@pytest.mark.skipif(not can_have_users(), reason="a user for one process needs root, and a mount namespace")
def test_a_command_warns_of_what_check_would_find(site):
    """A circle through what joe says at home, and one through a route: the directory itself sees neither."""
    (site.server.folder / "members").write_text("ann@far.test\n")
    site.write(".qmail-news", "&made@l.test\n")
    for name, target, edges in (("made", "joe-news@q.test", ("made@l.test", "joe-news@q.test", ".qmail-news:1")),
                                ("sent", "x@back.test", None), ("fine", "ann@far.test", None)):
        status, text = site.run("alias", "add", f"{name}@l.test", target)
        assert status == 0, text
        if edges:
            assert "hermod alias: warning: mail goes round: " in text and all(edge in text for edge in edges), text
        elif name == "fine":
            assert "goes round" not in text, text
    status, text = site.check()
    assert status == 2 and "made@l.test" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="the processes run under users of their own only where root starts them")
def test_a_closed_folder_above_is_named(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    server = Hermod(folder=tmp_path)
    server.config.write_text(server.config.read_text().replace(f'data_directory = "{tmp_path}/data"', f'data_directory = "{closed}/data"'))
    assert server.run("check").returncode == 0
    closed.chmod(0o700)
    done = server.run("check", check=False)
    assert done.returncode == 2 and f'"{closed}" is closed to others' in done.stderr and f"chmod o+x {closed}" in done.stderr, done.stderr
