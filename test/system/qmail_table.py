"""What qmail does with mail for its users, as a table: files, an address, a message, and what must come of it. Each case is
carried out by Hermod and, where the machine has it, by notqmail, over the same files (test_qmail_table.py).

Where the two differ the case says what qmail does (`qmail`) and why Hermod does something else (`because`)."""
from dataclasses import dataclass, field

from users import UID

U, W, A = "u@l.test", "w@l.test", "a@s.test"


@dataclass(frozen=True)
class Case:
    name: str
    files: dict                  # in joe's home: name → text, or (text, mode); "{home}" is his home
    want: str = "delivered"      # or "failed", "deferred"
    to: str = "joe@q.test"
    sender: str = A
    header: str = ""             # of the message, beside its own
    home_mode: int = 0o755
    site: str = "plain"          # whose configuration it is: a name in SITES
    has: dict = field(default_factory=dict)        # in joe's home: Maildir or file (a name that ends in "box") → messages
    text: dict = field(default_factory=dict)       # name of a file → what stands in it
    forwards: dict = field(default_factory=dict)   # recipient at another server → the reverse-paths of what came there
    delivered_to: dict = field(default_factory=dict)  # Maildir → the Delivered-To field of its message
    absent: tuple = ()           # Maildirs that are not there beforehand
    reason: str = ""             # a name in REASONS
    code: str = ""               # the enhanced status code that Hermod gives it
    says: str = ""               # in the report of the outcome
    qmail: dict | None = None    # what is otherwise with qmail: the fields of Case by name
    because: str = ""            # why


# By what words each of the two gives the reason: Hermod in its reply or its log, qmail in its log.
REASONS = {
    "nobody": (r"no mailbox here by that name|[Nn]o such (user|mailbox|recipient)", "no mailbox here by that name"),
    "looping": (r"5\.4\.6", "already has my Delivered-To line"),
    "blank": ("first line", "first line of .qmail file is blank"),
    "writable file": ("others may write to it", ".qmail file is writable"),
    "writable home": ("others may write to it", "home directory is writable"),
    "sticky": ("sticky", "Home directory is sticky"),
    "forwards only": ("may only forward", "x bit set"),
    "refused by a program": ("program refuses the message", ""),
    "crashed": ("died of signal", "child crashed"),
}

# The configurations, as /var/qmail has them. Whatever is of no local or virtual domain goes to a server of the test's.
LOCAL = {"control/me": "mx.l.test\n", "control/locals": "mx.l.test\nq.test\n", "control/defaultdelivery": "./Maildir/\n",
         "control/smtproutes": ":127.0.0.1:{port}\n", "control/concurrencylocal": "5\n", "control/concurrencyremote": "5\n"}
ACCEPTED = "mx.l.test\nq.test\n"
SITES = {
    "plain": LOCAL | {
        "control/rcpthosts": ACCEPTED + "owned.test\nsub.test\n.wild.test\nsingle.test\nshop.test\nUpper.test\ngone.test\n",
        "control/virtualdomains": "owned.test:joe\nsub.test:joe-sub\n.wild.test:joe-wild\nfar.wild.test:\n"
                                  ".deep.wild.test:joe-deep\ninfo@single.test:joe-single\nshop.test:alias-shop\n"
                                  "UPPER.test:joe-upper\nq.test:joe-never\n# no.test:joe\n",
        "alias/.qmail-postmaster": "&joe\n",
        "alias/.qmail-team": "# the team\n&joe\n&u@l.test\n",
        "alias/.qmail-first:last": "&w@l.test\n",
        "alias/.qmail-shop-sales": "&joe@q.test\n&w@l.test\n",
        "alias/.qmail-shop-default": "&u@l.test\n",
    },
    "assigned": LOCAL | {
        "control/rcpthosts": ACCEPTED + "owned.test\n",
        "control/virtualdomains": "owned.test:list\n",
        "users/assign": "=webmaster:joe:{uid}:{uid}:{home}:::\n"
                        "=sales:joe:{uid}:{uid}:{home}:-:shop:\n"
                        "+list-:joe:{uid}:{uid}:{home}:-:lists-:\n"
                        "=list-exact:joe:{uid}:{uid}:{home}:-:exact:\n"
                        "+list-long-:joe:{uid}:{uid}:{home}:-:long-:\n"
                        "=Upper:joe:{uid}:{uid}:{home}:-:upper:\n"
                        "=joe-own:joe:{uid}:{uid}:{home}:-:other:\n"
                        ".\n",
    },
    "everything": LOCAL | {
        "control/rcpthosts": ACCEPTED + "rest.test\nnot.test\n",
        "control/virtualdomains": ":joe-rest\nnot.test:\nl.test:\ns.test:\n",
        "alias/.qmail-default": "&u@l.test\n",
    },
}


def exits(status: int) -> dict:
    return {".qmail": f"|exit {status}\n./Maildir/\n"}


HARD = [100, 64, 65, 70, 76, 77, 78, 112]
SOFT = [1, 2, 63, 66, 67, 69, 71, 73, 75, 79, 98, 101, 110, 111, 113, 126, 127, 255]
NOBODY = {"want": "failed", "reason": "nobody", "code": "5.1.1"}

LOOKUP = [
    Case("no file: the standard mailbox", {}, has={"Maildir": 1}, says="1+0+0"),
    Case("an empty file: the standard mailbox", {".qmail": ""}, has={"Maildir": 1}),
    Case("only a comment: nowhere", {".qmail": "# nothing\n"}, has={"Maildir": 0}, says="0+0+0"),
    Case("an extension without a file", {}, to="joe-x@q.test", **NOBODY),
    Case("an extension, and .qmail alone", {".qmail": "./in/\n"}, to="joe-x@q.test", has={"in": 0}, **NOBODY),
    Case("an extension with its file", {".qmail-x": "./x/\n"}, to="joe-x@q.test", has={"x": 1}),
    Case("an empty file of an extension", {".qmail-x": ""}, to="joe-x@q.test", has={"Maildir": 1}),
    Case("an empty extension", {".qmail-": "./e/\n"}, to="joe-@q.test", has={"e": 1}),
    Case("an empty extension by default", {".qmail-default": "./d/\n"}, to="joe-@q.test", has={"d": 1}),
    Case("an empty extension without a file", {".qmail": "./in/\n"}, to="joe-@q.test", **NOBODY),
    Case("default", {".qmail-default": "./d/\n"}, to="joe-any-thing@q.test", has={"d": 1}),
    Case("default is not for the plain name", {".qmail-default": "./d/\n"}, has={"d": 0, "Maildir": 1}),
    Case("the longest name first", {".qmail-a-b-c": "./1/\n", ".qmail-a-b-default": "./2/\n"}, to="joe-a-b-c@q.test",
         has={"1": 1, "2": 0}),
    Case("then the longest default", {".qmail-a-b-default": "./2/\n", ".qmail-a-default": "./3/\n"},
         to="joe-a-b-c@q.test", has={"2": 1, "3": 0}),
    Case("then a shorter one", {".qmail-a-default": "./3/\n", ".qmail-default": "./4/\n"}, to="joe-a-b-c@q.test",
         has={"3": 1, "4": 0}),
    Case("then the shortest", {".qmail-a": "./1/\n", ".qmail-default": "./4/\n"}, to="joe-a-b-c@q.test",
         has={"1": 0, "4": 1}),
    Case("a default with an empty rest", {".qmail-a-default": "./1/\n", ".qmail-default": "./2/\n"},
         to="joe-a-@q.test", has={"1": 1, "2": 0}),
    Case("a default is not for its own name", {".qmail-a-default": "./1/\n", ".qmail-default": "./2/\n"},
         to="joe-a@q.test", has={"1": 0, "2": 1}),
    Case("upper case", {".qmail-list": "./l/\n"}, to="Joe-LIST@q.test", has={"l": 1}),
    Case("a file in upper case is none", {".qmail-LIST": "./l/\n"}, to="joe-LIST@q.test", has={"l": 0}, **NOBODY),
    Case("dots are colons", {".qmail-a:b": "./ab/\n"}, to="joe-a.b@q.test", has={"ab": 1}),
    Case("a file with a dot is none", {".qmail-a.b": "./ab/\n"}, to="joe-a.b@q.test", has={"ab": 0}, **NOBODY),
    Case("a plus is nothing special", {".qmail-a+b": "./ab/\n"}, to="joe-a+b@q.test", has={"ab": 1}),
    Case("an equals sign neither", {".qmail-a=b": "./ab/\n"}, to="joe-a=b@q.test", has={"ab": 1}),
    Case("two dashes", {".qmail--a": "./a/\n"}, to="joe--a@q.test", has={"a": 1}),
    Case("the name default itself", {".qmail-default": "./d/\n"}, to="joe-default@q.test", has={"d": 1}),
    Case("a folder of that name is no file", {".qmail-x/y": "", ".qmail-default": "./d/\n"}, to="joe-x@q.test",
         want="deferred", has={"d": 0}, qmail={"want": "delivered", "has": {"d": 1}},
         because="a folder where a file should be is a slip; the mail waits until it is mended"),
    Case("nobody of that name", {}, to="nobody-there@q.test", **NOBODY),
    Case("root never receives", {}, to="root@q.test", has={"Maildir": 1}, qmail={**NOBODY, "has": {"Maildir": 0}},
         because="what daemons write to root must be read by somebody: it goes to postmaster, where nothing else is said"),
]

LINES = [
    Case("a Maildir", {".qmail": "./M/\n"}, has={"M": 1}),
    Case("a Maildir by its full name", {".qmail": "{home}/M/\n"}, has={"M": 1}),
    Case("a Maildir below a folder", {".qmail": "./a/b/M/\n"}, has={"a/b/M": 1}),
    Case("a Maildir that is not there", {".qmail": "./M/\n"}, has={"M": 1}, absent=("M",),
         qmail={"want": "deferred", "has": {"M": 0}}, because="the owner wants it; it is made, for him alone"),
    Case("a Maildir named twice", {".qmail": "./M/\n./M/\n"}, has={"M": 1}, qmail={"has": {"M": 2}},
         because="the name of a delivery is its message and recipient, so that a repetition after a crash is none"),
    Case("an mbox", {".qmail": "./box\n"}, has={"box": 1}),
    Case("an mbox by its full name", {".qmail": "{home}/box\n"}, has={"box": 1}),
    Case("an mbox with a name after a dot", {".qmail": ".box\n"}, has={".box": 1}),
    Case("several", {".qmail": "./1/\n./2/\n./3box\n"}, has={"1": 1, "2": 1, "3box": 1}, says="3+0+0"),
    Case("blanks at the end", {".qmail": "./M/ \t\n"}, has={"M": 1}),
    Case("no line end at the end", {".qmail": "./M/"}, has={"M": 1}),
    Case("blank lines after the first", {".qmail": "#\n\n./M/\n"}, has={"M": 1}),
    Case("comments between", {".qmail": "# a\n./M/\n# ./N/\n"}, has={"M": 1, "N": 0}),
    Case("a forward", {".qmail": "&u@l.test\n"}, forwards={U: [A]}, says="0+1+0"),
    Case("a forward without its sign", {".qmail": "u@l.test\n"}, forwards={U: [A]}),
    Case("a forward that begins with a digit", {".qmail": "1@l.test\n"}, forwards={"1@l.test": [A]}),
    Case("two forwards", {".qmail": "&u@l.test\n&w@l.test\n"}, forwards={U: [A], W: [A]}, says="0+2+0"),
    Case("a forward named twice", {".qmail": "&u@l.test\n&u@l.test\n"}, forwards={U: [A]},
         qmail={"forwards": {U: [A, A]}}, because="nobody receives twice what he needs once"),
    Case("a forward and a Maildir", {".qmail": "&u@l.test\n./M/\n"}, has={"M": 1}, forwards={U: [A]}),
    Case("a forward of a bounce", {".qmail": "&u@l.test\n"}, sender="", forwards={U: [""]}),
    Case("a forward to another of his own addresses", {".qmail": "&joe-x@q.test\n", ".qmail-x": "&u@l.test\n"},
         forwards={U: [A]}),
    Case("a bare name is of this host", {".qmail": "&joe-x\n", ".qmail-x": "&u@l.test\n"}, forwards={U: [A]}),
    Case("no address", {".qmail": "&a b@c.test\n"}, want="deferred", code="4.7.0",
         qmail={"want": "delivered", "forwards": {'"a b"@c.test': [A]}},
         because="a line that is no address is a slip; the mail waits until it is mended"),
    Case("a file outside the home", {".qmail": "/etc/passwd\n"}, want="deferred", code="4.7.0"),
    Case("a folder outside the home", {".qmail": "/tmp/no-such/Maildir/\n"}, want="deferred", code="4.7.0"),
    Case("out of the home by dots", {".qmail": "./../x\n"}, want="deferred", code="4.7.0"),
    Case("out of the home by its name", {".qmail": "{home}/../x/\n"}, want="deferred", code="4.7.0"),
    Case("the home itself", {".qmail": "./\n"}, want="deferred", code="4.7.0"),
    Case("+list", {".qmail": "+list\n&u@l.test\n"}, forwards={U: [A]}),
    Case("+list and a program", {".qmail": "+list\n|true\n"}, want="deferred", code="4.7.0", reason="forwards only"),
    Case("another word behind a plus", {".qmail": "+other\n./M/\n"}, has={"M": 1}),
    Case("a failure stops the rest", {".qmail": "./1/\n/etc/x/\n./2/\n"}, want="deferred", has={"1": 1, "2": 0}),
    Case("a failure stops forwards before it", {".qmail": "&u@l.test\n/etc/x/\n"}, want="deferred"),
    Case("an mbox that is a folder", {".qmail": "./box\n", "box/x": ""}, want="deferred", code="4.3.0"),
    Case("a Maildir that is a file", {".qmail": "./M/\n", "M": "x"}, want="deferred", code="4.3.0"),
]

PROGRAMS = [
    Case("a program has the message", {".qmail": "|cat > got\n"}, says="0+0+1"),
    Case("without what a delivery puts on top", {".qmail": "|grep -c '^Delivered-To: joe@q.test$' > got; exit 0\n"},
         text={"got": "0\n"}),
    Case("without a shell", {".qmail": "|tee got\n"}),
    Case("two programs have it", {".qmail": "|grep -c '^Subject:' > 1\n|grep -c '^Subject:' > 2\n"},
         text={"1": "1\n", "2": "1\n"}, says="0+0+2"),
    Case("and its rest", {".qmail": "|cat > /dev/null\n./M/\n"}, has={"M": 1}, says="1+0+1"),
    Case("99 passes over what follows", {".qmail": "./1/\n|exit 99\n./2/\n"}, has={"1": 1, "2": 0}),
    Case("99 keeps earlier forwards", {".qmail": "&u@l.test\n|exit 99\n&w@l.test\n"}, forwards={U: [A]}),
    Case("100 stops forwards", {".qmail": "&u@l.test\n|exit 100\n"}, want="failed", code="5.3.0", reason="refused by a program"),
    Case("111 stops forwards", {".qmail": "&u@l.test\n|exit 111\n"}, want="deferred"),
    Case("what it says goes to the sender", {".qmail": "|echo no thanks; exit 100\n"}, want="failed", says="no thanks"),
    *[Case(f"exit {status}", exits(status), want="failed", has={"Maildir": 0}) for status in HARD],
    *[Case(f"exit {status}", exits(status), want="deferred", has={"Maildir": 0}) for status in SOFT],
    Case("a signal", {".qmail": "|kill -SEGV $$\n"}, want="deferred", code="4.3.0", reason="crashed"),
    Case("a program that is not there", {".qmail": "|/no/such/program\n"}, want="deferred", code="4.3.0"),
    Case("an own program", {".qmail": "|./prog a b\n", "prog": ("#!/bin/sh\necho $# $1 $2 > got\n", 0o700)},
         text={"got": "2 a b\n"}),
    Case("at home", {".qmail": "|pwd > got\n"}, text={"got": "{home}\n"}),
    Case("its mask", {".qmail": "|umask > got\n"}, text={"got": "0077\n"}),
    Case("who it is", {".qmail": "|id -u > got; id -G >> got\n"}, text={"got": f"{UID}\n{UID}\n"}),
    Case("output without end", {".qmail": "|head -c 100000000 /dev/zero; exit 100\n"}, want="failed"),
]

ENVIRONMENT = {
    "SENDER": A, "NEWSENDER": A, "RECIPIENT": "joe-a-b-c-d@q.test", "USER": "joe", "HOME": "{home}",
    "HOST": "q.test", "HOST2": "q", "HOST3": "q", "LOCAL": "joe-a-b-c-d", "EXT": "a-b-c-d", "EXT2": "b-c-d",
    "EXT3": "c-d", "EXT4": "d", "DEFAULT": "c-d", "DTLINE": "Delivered-To: joe-a-b-c-d@q.test\n",
    "RPLINE": f"Return-Path: <{A}>\n",
}
VARIABLES = [
    *[Case(f"${name}", {".qmail-a-b-default": f'|printf %s "${name}" > got\n'}, to="joe-a-b-c-d@q.test", text={"got": value})
      for name, value in ENVIRONMENT.items()],
    Case("$HOST4", {".qmail": '|printf %s "$HOST2,$HOST3,$HOST4" > got\n'}, to="joe@mx.l.test", text={"got": "mx.l,mx,mx"}),
    Case("$UFLINE", {".qmail": '|printf %s "$UFLINE" | cut -d" " -f1,2 > got\n'}, text={"got": f"From {A}\n"}),
    Case("$UFLINE of a bounce", {".qmail": '|printf %s "$UFLINE" | cut -d" " -f1,2 > got\n'}, sender="",
         text={"got": "From MAILER-DAEMON\n"}),
    Case("$EXT without an extension", {".qmail": '|printf %s "<$EXT$EXT2>" > got\n'}, text={"got": "<>"}),
    Case("$EXT of an address in capitals", {".qmail-default": '|printf %s "$EXT $LOCAL" > got\n'}, to="joe-ABc@q.test",
         text={"got": "abc joe-abc"}, qmail={"text": {"got": "ABc joe-ABc"}},
         because="a mailbox has one address, however it is written, so that a message comes once and a loop is seen"),
    Case("$DEFAULT of the name default itself", {".qmail-default": '|printf %s "$DEFAULT" > got\n'}, to="joe-default@q.test",
         text={"got": "default"}),
    Case("$DEFAULT of a file of its own", {".qmail-x": '|printf %s "<${DEFAULT-unset}>" > got\n'}, to="joe-x@q.test",
         text={"got": "<unset>"}),
    Case("$DEFAULT of a shorter default", {".qmail-default": '|printf %s "$DEFAULT" > got\n'}, to="joe-a-b@q.test",
         text={"got": "a-b"}),
    Case("$SENDER of a bounce", {".qmail": '|printf %s "<$SENDER>" > got\n'}, sender="", text={"got": "<>"}),
    Case("$RPLINE of a bounce", {".qmail": '|printf %s "$RPLINE" > got\n'}, sender="", text={"got": "Return-Path: <>\n"}),
]

OWNERS = [
    Case("an owner", {".qmail-l": "&u@l.test\n", ".qmail-l-owner": "#\n"}, to="joe-l@q.test",
         forwards={U: ["joe-l-owner@q.test"]}),
    Case("an owner, and a bounce", {".qmail-l": "&u@l.test\n", ".qmail-l-owner": "#\n"}, to="joe-l@q.test", sender="",
         forwards={U: [""]}),
    Case("VERP", {".qmail-l": "&u@l.test\n&w@l.test\n", ".qmail-l-owner": "#\n", ".qmail-l-owner-default": "#\n"},
         to="joe-l@q.test", forwards={U: ["joe-l-owner-u=l.test@q.test"], W: ["joe-l-owner-w=l.test@q.test"]}),
    Case("VERP, and a bounce", {".qmail-l": "&u@l.test\n", ".qmail-l-owner": "#\n", ".qmail-l-owner-default": "#\n"},
         to="joe-l@q.test", sender="", forwards={U: [""]}),
    Case("a default of owners alone", {".qmail-l": "&u@l.test\n", ".qmail-l-owner-default": "#\n"}, to="joe-l@q.test",
         forwards={U: [A]}),
    Case("of the plain name", {".qmail": "&u@l.test\n", ".qmail-owner": "#\n"}, forwards={U: ["joe-owner@q.test"]}),
    Case("of a default's own name", {".qmail-default": "&u@l.test\n", ".qmail-l-owner": "#\n"}, to="joe-l@q.test",
         forwards={U: ["joe-l-owner@q.test"]}),
    Case("$NEWSENDER", {".qmail-l": '|printf %s "$NEWSENDER" > got\n', ".qmail-l-owner": "#\n"}, to="joe-l@q.test",
         text={"got": "joe-l-owner@q.test"}),
    Case("$NEWSENDER of VERP", {".qmail-l": '|printf %s "$NEWSENDER" > got\n', ".qmail-l-owner": "#\n",
                                ".qmail-l-owner-default": "#\n"}, to="joe-l@q.test", text={"got": "joe-l-owner-@q.test-@[]"}),
    Case("a bounce to the owner", {".qmail-l-owner-default": "./b/\n"}, to="joe-l-owner-u=l.test@q.test", sender="",
         has={"b": 1}),
    Case("of a virtual domain", {".qmail-l": "&u@l.test\n", ".qmail-l-owner": "#\n"}, to="l@owned.test",
         forwards={U: ["joe-l-owner@owned.test"]}),
]

SAFETY = [
    Case("the first line is blank", {".qmail": "\n./M/\n"}, want="deferred", code="4.7.0", has={"M": 0}, reason="blank"),
    Case("or has blanks", {".qmail": " \t\n./M/\n"}, want="deferred", code="4.7.0", has={"M": 0}, reason="blank"),
    Case("a file that all may write to", {".qmail": ("./M/\n", 0o602)}, want="deferred", code="4.7.0", has={"M": 0}, reason="writable file"),
    Case("a file that his group may write to", {".qmail": ("./M/\n", 0o660)}, has={"M": 1}),
    Case("a home that all may write to", {".qmail": "./M/\n"}, want="deferred", code="4.3.0", home_mode=0o757, has={"M": 0},
         reason="writable home"),
    Case("a home that his group may write to", {".qmail": "./M/\n"}, want="deferred", code="4.3.0", home_mode=0o775, has={"M": 0},
         reason="writable home", qmail={"want": "delivered", "has": {"M": 1}, "reason": ""},
         because="whoever may write to a home may replace what stands in it; qmail can be built either way (conf-patrn)"),
    Case("a sticky home", {".qmail": "./M/\n"}, want="deferred", code="4.3.0", home_mode=0o1755, has={"M": 0}, reason="sticky"),
    Case("the x bit, and forwards", {".qmail": ("&u@l.test\n", 0o700)}, forwards={U: [A]}),
    Case("the x bit, and a program", {".qmail": ("&u@l.test\n|true\n", 0o700)}, want="deferred", code="4.7.0", reason="forwards only"),
    Case("the x bit, and a Maildir", {".qmail": ("./M/\n", 0o700)}, want="deferred", code="4.7.0", has={"M": 0}, reason="forwards only"),
    Case("the x bit, and nothing in it", {".qmail": ("", 0o700)}, has={"Maildir": 1}),
    Case("a file too long", {".qmail": "#" * 300_000}, want="deferred", code="4.7.0", qmail={"want": "delivered"},
         because="no process holds in memory whatever a user writes"),
    Case("a NUL", {".qmail": "./M/\0\n"}, want="deferred", code="4.7.0"),
    Case("a file he may not read", {".qmail": ("./M/\n", 0)}, want="deferred", code="4.7.0", has={"M": 0}),
    Case("it has been here", {".qmail": "./M/\n"}, want="failed", code="5.4.6", header="Delivered-To: joe@q.test\n", has={"M": 0},
         reason="looping"),
    Case("it has been at another extension", {".qmail": "./M/\n"}, header="Delivered-To: joe-x@q.test\n", has={"M": 1}),
    Case("it says so in its body", {".qmail": "./M/\n"}, header="\nDelivered-To: joe@q.test\n", has={"M": 1}),
]

VIRTUAL = [
    Case("a domain of its owner", {".qmail-info": "./i/\n"}, to="info@owned.test", has={"i": 1},
         delivered_to={"i": "joe-info@owned.test"}),
    Case("its default", {".qmail-default": "./d/\n"}, to="any@owned.test", has={"d": 1}),
    Case("its extensions", {".qmail-info-default": "./d/\n"}, to="info-x@owned.test", has={"d": 1}),
    Case("its unknown", {".qmail-info": "./i/\n"}, to="sales@owned.test", has={"i": 0}, **NOBODY),
    Case("it is called by the domain's name", {".qmail-info": '|printf %s "$HOST $RECIPIENT" > got\n'}, to="info@owned.test",
         text={"got": "owned.test joe-info@owned.test"}),
    Case("it has been here, by that name", {".qmail-info": "./i/\n"}, to="info@owned.test", want="failed", code="5.4.6",
         header="Delivered-To: joe-info@owned.test\n", has={"i": 0}, reason="looping"),
    Case("its host", {".qmail-default": '|printf %s "$HOST $LOCAL $RECIPIENT $EXT" > got\n'}, to="a-b@owned.test",
         text={"got": "owned.test joe-a-b joe-a-b@owned.test a-b"}),
    Case("its $DTLINE", {".qmail-default": '|printf %s "$DTLINE" > got\n'}, to="a@owned.test",
         text={"got": "Delivered-To: joe-a@owned.test\n"}),
    Case("a domain of an extension", {".qmail-sub-info": "./i/\n"}, to="info@sub.test", has={"i": 1},
         delivered_to={"i": "joe-sub-info@sub.test"}),
    Case("its default of an extension", {".qmail-sub-default": "./d/\n", ".qmail-default": "./e/\n"}, to="a@sub.test",
         has={"d": 1, "e": 0}),
    Case("a wildcard", {".qmail-wild-default": "./w/\n"}, to="x@a.wild.test", has={"w": 1},
         delivered_to={"w": "joe-wild-x@a.wild.test"}),
    Case("a wildcard, far below", {".qmail-wild-default": "./w/\n"}, to="x@a.b.wild.test", has={"w": 1}),
    Case("the longest wildcard", {".qmail-wild-default": "./w/\n", ".qmail-deep-default": "./d/\n"}, to="x@a.deep.wild.test",
         has={"d": 1, "w": 0}),
    Case("what it is a wildcard below", {".qmail-wild-default": "./w/\n", ".qmail-deep-default": "./d/\n"},
         to="x@deep.wild.test", has={"w": 1, "d": 0}),
    Case("an exception", {".qmail-wild-default": "./w/\n"}, to="x@far.wild.test", has={"w": 0},
         forwards={"x@far.wild.test": [A]}),
    Case("a single address", {".qmail-single-info": "./i/\n"}, to="info@single.test", has={"i": 1},
         delivered_to={"i": "joe-single-info@mx.l.test"},
         qmail={"delivered_to": {"i": "joe-single-info@single.test"}},
         because="an address by itself becomes an alias, and an alias leads to the user by this host's name"),
    Case("another address of its domain", {".qmail-single-default": "./i/\n"}, to="other@single.test", has={"i": 0},
         forwards={"other@single.test": [A]}),
    Case("capitals in the domain", {".qmail-upper-x": "./x/\n"}, to="x@uPPer.TEST", has={"x": 1}),
    Case("a local domain is not virtual", {".qmail-never-default": "./n/\n"}, has={"n": 0, "Maildir": 1}),
    Case("a domain of nobody: away", {}, to="x@gone.test", forwards={"x@gone.test": [A]}),
    Case("a domain in ~alias", {".qmail": "./M/\n"}, to="sales@shop.test", has={"M": 1}, forwards={W: [A]}),
    Case("its default in ~alias", {}, to="any@shop.test", forwards={U: [A]}),
    Case("all the rest", {".qmail-rest-default": "./r/\n"}, to="x@rest.test", site="everything", has={"r": 1},
         delivered_to={"r": "joe-rest-x@rest.test"}),
    Case("an exception to all the rest", {".qmail-rest-default": "./r/\n"}, to="x@not.test", site="everything", has={"r": 0},
         forwards={"x@not.test": [A]}),
    Case("no exception for local domains", {".qmail-rest-default": "./r/\n"}, site="everything", has={"r": 0, "Maildir": 1}),
]

ALIASES = [
    Case("postmaster", {}, to="postmaster@q.test", has={"Maildir": 1}),
    Case("several", {}, to="team@q.test", has={"Maildir": 1}, forwards={U: [A]}),
    Case("with a dot", {}, to="first.last@q.test", forwards={W: [A]}),
    Case("with capitals", {}, to="First.LAST@q.test", forwards={W: [A]}),
    Case("its extensions", {}, to="team-x@q.test", has={"Maildir": 1}, forwards={U: [A]},
         qmail={**NOBODY, "has": {"Maildir": 0}, "forwards": {}},
         because="an alias has the extensions of its domain, as its users have; a pattern (alias_pattern) has none"),
    Case("of all local domains", {}, to="first.last@mx.l.test", forwards={W: [A]}),
    Case("whoever is nobody", {}, to="someone@q.test", site="everything", forwards={U: [A]}),
    Case("users come before the default", {}, site="everything", has={"Maildir": 1}),
    Case("a user's extension does not come to it", {}, to="joe-x@q.test", site="everything", **NOBODY),
]

ASSIGNED = [
    Case("an address", {".qmail": "./M/\n"}, to="webmaster@q.test", site="assigned", has={"M": 1}),
    Case("its extensions", {".qmail-default": "./M/\n"}, to="webmaster-x@q.test", site="assigned", has={"M": 0, "Maildir": 1},
         qmail={**NOBODY, "has": {"M": 0, "Maildir": 0}}, because="it is an alias, and has the extensions of its domain"),
    Case("an address with an extension", {".qmail-shop": "./s/\n"}, to="sales@q.test", site="assigned", has={"s": 1}),
    Case("and a default", {".qmail-default": "./d/\n"}, to="sales@q.test", site="assigned", has={"d": 1}),
    Case("and nobody", {}, to="sales@q.test", site="assigned", **NOBODY),
    Case("a prefix", {".qmail-lists-a": "./a/\n"}, to="list-a@q.test", site="assigned", has={"a": 1}),
    Case("a prefix and a default", {".qmail-lists-default": "./d/\n"}, to="list-a-b@q.test", site="assigned", has={"d": 1}),
    Case("a prefix is not for what is shorter", {".qmail-lists-default": "./d/\n"}, to="list@q.test", site="assigned",
         has={"d": 0}, **NOBODY),
    Case("an address before a prefix", {".qmail-exact": "./e/\n", ".qmail-lists-default": "./d/\n"}, to="list-exact@q.test",
         site="assigned", has={"e": 1, "d": 0}),
    Case("the longest prefix", {".qmail-long-default": "./l/\n", ".qmail-lists-default": "./d/\n"}, to="list-long-x@q.test",
         site="assigned", has={"l": 1, "d": 0}),
    Case("capitals in the file", {".qmail-upper": "./u/\n"}, to="upper@q.test", site="assigned", has={"u": 1}),
    Case("capitals in the address", {".qmail-shop": "./s/\n"}, to="SALES@q.test", site="assigned", has={"s": 1}),
    Case("before a user's own extension", {".qmail-other": "./o/\n", ".qmail-own": "./n/\n"}, to="joe-own@q.test",
         site="assigned", has={"o": 1, "n": 0}),
    Case("users beside it", {".qmail-x": "./x/\n"}, to="joe-x@q.test", site="assigned", has={"x": 1}),
    Case("in a virtual domain", {".qmail-lists-a": "./a/\n"}, to="a@owned.test", site="assigned", has={"a": 1}),
    Case("$EXT", {".qmail-lists-default": '|printf %s "$EXT $USER $DEFAULT" > got\n'}, to="list-x@q.test", site="assigned",
         text={"got": "lists-x joe x"}),
    Case("$LOCAL", {".qmail-lists-default": '|printf %s "$LOCAL" > got\n'}, to="list-x@q.test", site="assigned",
         text={"got": "joe-lists-x"}, qmail={"text": {"got": "list-x"}},
         because="it is an alias, and followed when the recipient is accepted; Delivered-To has the user's own address"),
]

TABLE = {"lookup": LOOKUP, "lines": LINES, "programs": PROGRAMS, "environment": VARIABLES, "owners": OWNERS, "safety": SAFETY,
         "virtualdomains": VIRTUAL, "alias": ALIASES, "assign": ASSIGNED}
