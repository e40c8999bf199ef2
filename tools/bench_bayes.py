"""Which mail the Bayes filter takes for spam, measured by cross-validation on the public corpus of SpamAssassin (2,500 messages
of easy ham, 500 of spam), with bogofilter and SpamAssassin's Bayes trained and tested on the same folds; and how fast it is.

Message n of each kind belongs to fold n modulo 10. Each filter learns nine folds and judges the tenth, ten times. The constants
of ours were chosen on nine of these folds, by another division of them, among a few values of each (doc/subsystem/bayes.md).
"""
import os
import resource
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("HERMOD_CONFORMANCE", ROOT / ".." / "shared" / "conformance")) / "spam" / "spamassassin"
HERMOD = f"{os.environ.get('HERMOD_BUILD', ROOT / 'build' / 'release')}/bin/hermod"

# No rules but that which asks Bayes: what sa-learn and spamd would do, in one process for each fold.
SPAMASSASSIN = r"""
use strict; use warnings; use Mail::SpamAssassin;
my ($folder, $train, $test) = @ARGV;
my $sa = Mail::SpamAssassin->new({local_tests_only => 1, dont_copy_prefs => 1, site_rules_filename => "$folder/none",
  rules_filename => "$folder/none", userprefs_filename => "$folder/none", userstate_dir => $folder, config_text => qq{
    loadplugin Mail::SpamAssassin::Plugin::Check
    loadplugin Mail::SpamAssassin::Plugin::Bayes
    use_bayes 1
    bayes_path $folder/bayes
    bayes_auto_learn 0
    bayes_auto_expire 0
    bayes_learn_to_journal 0
    body BAYES_ANY eval:check_bayes('0.00','1.00')
    tflags BAYES_ANY learn
    score BAYES_ANY 1
  }});
$sa->init(1);
sub lines { open my $file, '<', shift or die; my @all = <$file>; chomp @all; @all }
sub message { open my $file, '<:raw', shift or die; local $/; $sa->parse(scalar <$file>) }
$sa->init_learner({caller_will_untie => 1, force_expire => 0, learn_to_journal => 0});
for (lines($train)) { my ($kind, $path) = split / /, $_, 2; my $mail = message($path); $sa->learn($mail, undef, $kind eq 'spam', 0); $mail->finish }
$sa->rebuild_learner_caches({verbose => 0});
$sa->finish_learner();
for (lines($test)) { my $mail = message($_); my $status = $sa->check($mail); my $p = $status->{bayes_score};
  printf "%.17g %s\n", defined $p ? $p : 0.5, $_; $status->finish; $mail->finish }
"""


def hermod(folder: Path, train: dict, test: list) -> dict:
    configuration = folder / "hermod.toml"
    configuration.write_text(f'hostname = "mx.example.org"\ndata_directory = "{folder}/data"\n')
    os.chmod(folder, 0o755)
    environment = os.environ | {"HERMOD_CONFIG": str(configuration)}
    for kind, paths in train.items():
        subprocess.run([HERMOD, "bayes", "learn", f"--{kind}", *paths], check=True, env=environment, stdout=subprocess.DEVNULL)
    told = subprocess.run([HERMOD, "bayes", "explain", "--brief", *test], check=True, env=environment, capture_output=True, text=True).stdout
    return {line.split()[1].split("#")[0]: float(line.split()[0]) for line in told.splitlines()}


def bogofilter(folder: Path, train: dict, test: list) -> dict:
    for kind, option in (("spam", "-s"), ("ham", "-n")):
        subprocess.run(["bogofilter", "-d", str(folder), option, "-b"], input="\n".join(train[kind]) + "\n", check=True, text=True)
    done = subprocess.run(["bogofilter", "-d", str(folder), "-b", "-TT"], input="\n".join(test) + "\n", capture_output=True, text=True)
    return {line.split()[0]: float(line.split()[1]) for line in done.stdout.splitlines()}


def spamassassin(folder: Path, train: dict, test: list) -> dict:
    (folder / "program.pl").write_text(SPAMASSASSIN)
    (folder / "train").write_text("".join(f"{kind} {path}\n" for kind, paths in train.items() for path in paths))
    (folder / "test").write_text("".join(f"{path}\n" for path in test))
    done = subprocess.run(["perl", folder / "program.pl", folder, folder / "train", folder / "test"], check=True, capture_output=True, text=True)
    return {line.split(" ", 1)[1]: float(line.split(" ", 1)[0]) for line in done.stdout.splitlines()}


# The cutoffs at which each takes a message for spam: ours by taken_for_spam, bogofilter's default, SpamAssassin's BAYES_95.
FILTERS = {"Hermod": (hermod, 0.6), "bogofilter": (bogofilter, 0.99), "SpamAssassin": (spamassassin, 0.95)}


def corpus(folder: Path) -> dict:
    messages = {}
    for kind, name in (("ham", "easy-ham-1"), ("spam", "spam-1")):
        with tarfile.open(CORPUS / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder)
        messages[kind] = sorted(str(path) for path in (folder / name).iterdir() if path.is_file())
    return messages


def validate(name: str, judge, messages: dict, folds: int) -> dict:
    scores = {"ham": [], "spam": []}
    for fold in range(folds):
        train = {kind: [path for n, path in enumerate(paths) if n % 10 != fold] for kind, paths in messages.items()}
        test = {kind: [path for n, path in enumerate(paths) if n % 10 == fold] for kind, paths in messages.items()}
        folder = Path(tempfile.mkdtemp(prefix="hermod-bayes-"))
        found = judge(folder, train, test["ham"] + test["spam"])
        for kind, paths in test.items():
            scores[kind] += [found[path] for path in paths]
        shutil.rmtree(folder)
    return scores


def tell(name: str, scores: dict, cutoff: float):
    ham, spam = sorted(scores["ham"], reverse=True), scores["spam"]

    def caught(passes) -> str:
        return f"{100 * sum(map(passes, spam)) / len(spam):6.2f} %"

    wrong = sum(score >= cutoff for score in ham)
    # At equal errors: the cutoff is where so many of the ham are above it.
    equal = "  ".join(f"{caught(lambda score: score > ham[errors])}" for errors in (0, 1, 2, 5, 10))
    print(f"{name:14}{wrong:5} of {len(ham):5}  {caught(lambda score: score >= cutoff)}     {equal}", flush=True)


def speed(messages: dict, count: int):
    """Messages of 4 KB: those of the corpus, cut or continued with their own text."""
    folder = Path(tempfile.mkdtemp(prefix="hermod-bayes-"))
    os.chmod(folder, 0o755)
    configuration = folder / "hermod.toml"
    configuration.write_text(f'hostname = "mx.example.org"\ndata_directory = "{folder}/data"\n')
    environment = os.environ | {"HERMOD_CONFIG": str(configuration)}
    for kind, paths in messages.items():
        subprocess.run([HERMOD, "bayes", "learn", f"--{kind}", *paths], check=True, env=environment, stdout=subprocess.DEVNULL)
    box = folder / "box"
    paths = messages["ham"][::5] + messages["spam"]
    with box.open("wb") as out:
        for n in range(count):
            octets = Path(paths[n % len(paths)]).read_bytes()
            octets = octets[octets.find(b"\n") + 1:] if octets.startswith(b"From ") else octets
            head, _, body = octets.partition(b"\n\n")
            while body and len(head) + len(body) < 4096:
                body += body
            out.write(b"From a@b.example Sat Jan  1 00:00:00 2026\n" + (head + b"\n\n" + body).replace(b"\nFrom ", b"\n>From ")[:4096] + b"\n\n")
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([HERMOD, "bayes", "explain", "--brief", box], check=True, env=environment, stdout=subprocess.DEVNULL)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begun
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(f"{count} messages of 4 KB read out of an mbox and judged: {count / used:.0f} a second of processor time, {count / seconds:.0f} a second by the clock")
    shutil.rmtree(folder)


def bench(options):
    if not CORPUS.exists():
        raise SystemExit(f"there is no corpus in {CORPUS}")
    folder = Path(tempfile.mkdtemp(prefix="hermod-corpus-"))
    os.chmod(folder, 0o755)
    messages = corpus(folder)
    speed(messages, options.messages)
    print(f"{'':14}ham as spam      spam caught    spam caught where so many of the ham are taken for it: 0, 1, 2, 5, 10")
    for name, (judge, cutoff) in FILTERS.items():
        if shutil.which({"Hermod": HERMOD, "bogofilter": "bogofilter", "SpamAssassin": "sa-learn"}[name]):
            tell(name, validate(name, judge, messages, 10), cutoff)
        else:
            print(f"{name:14}not installed")
    shutil.rmtree(folder)
