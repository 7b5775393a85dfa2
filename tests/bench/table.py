"""What the work of sigmata costs, as the table of docs/performance.md, or how that grows with its input.

usage: table.py [--corpus FOLDER] [--events FILE] [--old BINARY] [--peers] [--large]
       table.py scaling

Run it at the root of the repository after `cargo build --release`. Instructions are those that `valgrind` counts for one
thread, so that a busy machine changes nothing; memory is the highest of the process.

  --corpus FOLDER  rules of all kinds of logs, such as the public repository of Sigma
  --events FILE    recorded events of CloudTrail, one a line; those of the tests otherwise
  --old BINARY     another build of sigmata in a column of its own
  --peers          rsigma's libraries, and reading alone, in a column of their own (tests/bench/peers is built)
  --large          also 50,000 rules and 10^6 events, by time and memory

`scaling` ends with 1 where four times the input costs more than linear work may.
"""

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIGMATA = ROOT / "target/release/sigmata"
PEERS = ROOT / "target/peers"
ONE_THREAD = {**os.environ, "RAYON_NUM_THREADS": "1", "NO_COLOR": "1"}

# The exponent that a growth by four may have: linear work in sorted tables is a little above 1.
LINEAR = 1.15


def instructions(command):
    """How many instructions a command takes, whatever its exit code says of findings."""
    counted = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *map(str, command)]
    run = subprocess.run(counted, env=ONE_THREAD, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode not in (0, 1) or not found:
        sys.exit(f"{' '.join(map(str, command))} ended with {run.returncode}:\n{run.stderr[-600:]}")
    return int(found[1])


def cost(command):
    """The CPU time in seconds and the highest memory in MiB of a command, on one core."""
    with subprocess.Popen(list(map(str, command)), env=ONE_THREAD, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))} ended with {run.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def human(count):
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.{2 if count < 10 * size else 1}f} {unit}"
    return str(round(count))


def rule(number, detection, extra=""):
    """A rule over CloudTrail whose selections are given as lines of YAML."""
    body = "".join(f"  {line}\n" for line in detection.splitlines())
    return (
        f"title: Rule {number}\nid: {number:08}-1111-4111-8111-111111111111\nstatus: test\ndescription: d{extra}\nauthor: a\n"
        f"date: 2026-01-01\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n{body}level: low\n"
    )


CREATED = "a:\n  eventSource: iam.amazonaws.com\n  eventName: CreateUser\n{}condition: a\n"


# --- the table ---


class Table:
    """Rows of a figure of sigmata beside a budget, another build, and a peer or floor."""

    def __init__(self, options):
        self.old = options.old
        columns = ["work", "budget", "now"]
        if self.old:
            columns += ["old"]
        if options.peers:
            columns += ["beside", "ratio"]
        self.peers = options.peers
        self.print(columns)
        self.print(["---"] * len(columns))

    @staticmethod
    def print(cells):
        print("| " + " | ".join(cells) + " |", flush=True)

    def row(self, work, budget, count, beside=None):
        """`count` gives the figure for a binary; `beside` is the name and the figure of another."""
        now = count(SIGMATA)
        cells = [work, budget, human(now)]
        if self.old:
            cells.append(human(count(self.old)))
        if self.peers:
            cells += [f"{beside[0]}: {human(beside[1])}", f"{now / beside[1]:.2f}"] if beside else ["", ""]
        self.print(cells)
        return now


def peer(*arguments):
    return instructions([PEERS, *arguments])


def build_peers():
    """The other libraries; they ask for a newer compiler than they need."""
    manifest = ROOT / "tests/bench/peers/Cargo.toml"
    target = ROOT / "target/bench-peers"
    command = ["cargo", "build", "--release", "--locked", "--ignore-rust-version", "--manifest-path", manifest]
    subprocess.run([*map(str, command), "--target-dir", str(target)], check=True)
    PEERS.unlink(missing_ok=True)
    PEERS.symlink_to(target / "release/peers")


def repeated(scratch, name, recorded, count):
    """A file of `count` events, made of recorded ones."""
    path = scratch / name
    with open(path, "w") as out:
        subprocess.run([sys.executable, ROOT / "tests/bench/events.py", str(count), recorded], stdout=out, check=True)
    return path


def table(options, scratch):
    if options.peers:
        build_peers()
    rows = Table(options)
    one = ROOT / "rules/aws/iam_user_created.yml"
    for path in (one, ROOT / "rules/entra/owner_added_to_application.yml", ROOT / "rules/m365/application_password_created.yml"):
        rows.row(f"`{path.relative_to(ROOT)}`, three languages", "8 M", lambda binary: instructions([binary, "compile", path]))
    clean, wrong = scratch / "clean.yml", scratch / "wrong.yml"
    clean.write_text(rule(1, CREATED.format("  awsRegion: us-east-1\n")))
    wrong.write_text(rule(1, CREATED.format("  awsRegoin: us-east-1\n")))
    base = rows.row("a small rule, checked", "", lambda binary: instructions([binary, "check", clean]))
    now = rows.row("the same with an unknown name", f"1.3 times: {human(1.3 * base)}", lambda binary: instructions([binary, "check", wrong]))
    print(f"| | 1.3 | {now / base:.2f} times |")

    folders = [("`rules`", ROOT / "rules", "")] + ([("the corpus", options.corpus, "1.06 G")] if options.corpus else [])
    for name, folder, budget in folders:
        tokens = ("tokens of its YAML", peer("tokens", folder)) if options.peers else None
        lint = ("rsigma's lint", peer("lint", folder)) if options.peers else None
        rows.row(f"{name}, checked", "2.2 times tokens" if tokens else "", lambda binary: instructions([binary, "check", folder]), tokens)
        rows.row(f"{name}, checked, beside a lint", "", lambda binary: instructions([binary, "check", folder]), lint) if lint else None
        compiled = lambda binary: instructions([binary, "compile", folder, "--format", "json"])  # noqa: E731
        rows.row(f"{name}, three languages as JSON", budget, compiled, ("rsigma, read and ready", peer("load", folder)) if options.peers else None)
        for words, form, limit in (("a summary", ["--summary"], 40), ("JSON", ["--format", "json"], 50)):
            time_, memory = cost([SIGMATA, "compile", folder, *form])
            print(f"| {name}, three languages, {words}: CPU, memory | {limit} MiB | {time_:.2f} s, {memory:.0f} MiB |", flush=True)

    few, more = (repeated(scratch, f"{count}.jsonl", options.events, count) for count in (100, 1100))
    size = (more.stat().st_size - few.stat().st_size) / 1000

    def per_event(command):
        return (instructions([*command, more]) - instructions([*command, few])) / 1000

    for name, folder, budget in [("`rules`", ROOT / "rules", "21 k")] + ([("the corpus", options.corpus, "")] if options.corpus else []):
        beside = ("rsigma", per_event([PEERS, "eval", folder])) if options.peers else None
        rows.row(f"an event of {human(size)}B, {name}", budget, lambda binary: per_event([binary, "eval", folder, "--events"]), beside)
    if options.peers:
        print(f"| reading its JSON alone (serde_json) | | {human(per_event([PEERS, 'json']))} |")
    if options.large:
        large(options, scratch)


def large(options, scratch):
    many = scratch / "many"
    many.mkdir()
    for number in range(50_000):
        (many / f"{number}.yml").write_text(rule(number, CREATED.format(f"  sourceIPAddress: 10.{number % 250}.0.1\n")))
    time_, memory = cost([SIGMATA, "check", many])
    print(f"| 50,000 rules, checked: CPU, memory | 100 MiB | {time_:.1f} s, {memory:.0f} MiB |", flush=True)
    events = repeated(scratch, "million.jsonl", options.events, 1_000_000)
    time_, memory = cost([SIGMATA, "eval", ROOT / "rules", "--events", events, "--format", "jsonl"])
    words = f"10^6 events ({events.stat().st_size / 1e6:.0f} MB), `rules`: CPU, memory"
    print(f"| {words} | 15 s, 256 MiB | {time_:.1f} s, {memory:.0f} MiB |", flush=True)


# --- growth ---


def values(modifier, text):
    """A list of so many values under a modifier."""
    return lambda n: rule(1, CREATED.format(f"  userAgent{modifier}:\n" + "".join(f"    - '{text.format(i)}'\n" for i in range(n))))


def selections(condition, text="xq{0}y"):
    return lambda n: rule(
        1,
        "".join(f"s_{i}:\n  userAgent|contains: {text.format(i)}\n" for i in range(n))
        + f"a:\n  eventSource: iam.amazonaws.com\ncondition: a and {condition}\n",
    )


def joined(word):
    return lambda n: rule(
        1,
        "".join(f"s_{i}:\n  userAgent|contains: xq{i}y\n" for i in range(n))
        + "condition: " + f" {word} ".join(f"s_{i}" for i in range(n)) + "\n",
    )


def documents(n):
    return "---\n".join(rule(i, CREATED.format(f"  userAgent: x{i}\n")) for i in range(n))


MAP = "  - eventName: CreateUser\n    userAgent: x{0}\n"


def networks(n):
    return "  sourceIPAddress|cidr:\n" + "".join(f"    - 10.{i // 250}.{i % 250}.0/24\n" for i in range(n))


def nested(n):
    """Chains of ten values, each the beginning of the next."""
    return "  userAgent|startswith:\n" + "".join(f"    - x{i // 10}y{'ab' * (i % 10)}\n" for i in range(n))


def groups(n):
    """Selections of which each is the only one of its pattern."""
    made = "".join(f"s_{i}_x:\n  userAgent: xq{i}y\n" for i in range(n))
    return made + "condition: " + " or ".join(f"1 of s_{i}_*" for i in range(n)) + "\n"


def correlated(n):
    names = ", ".join(f"{i:08}-1111-4111-8111-111111111111" for i in range(n))
    return documents(n) + (
        "---\ntitle: All\nid: 99999999-1111-4111-8111-111111111111\nstatus: test\ndescription: d\nauthor: a\ndate: 2026-01-01\n"
        f"correlation:\n  type: temporal\n  rules: [{names}]\n  group-by: [recipientAccountId]\n  timespan: 1h\nlevel: low\n"
    )


def filtered(n):
    return rule(0, CREATED.format("")) + "".join(
        f"---\ntitle: Filter {i}\nid: {i + 1:08}-1111-4111-8111-111111111111\nlogsource:\n  product: aws\n  service: cloudtrail\n"
        f"filter:\n  rules: [00000000-1111-4111-8111-111111111111]\n  f:\n    userAgent: x{i}\n  condition: not f\n"
        for i in range(n)
    )


def folder_of(n, into, detection=lambda i: CREATED.format(f"  userAgent: x{i}\n")):
    into.mkdir()
    for number in range(n):
        (into / f"{number}.yml").write_text(rule(number, detection(number)))
    return into


# What grows: its name, the size of the smaller one, and the text for a size.
TEXTS = [
    ("values, exact", 500, values("", "x{0}")),
    ("values, contains", 250, values("|contains", "xq{0}y")),
    ("values, contains and all", 250, values("|contains|all", "xq{0}y")),
    ("values, patterns", 250, values("", "x{0}*y")),
    ("values, regular expressions", 60, values("|re", "^x{0}[a-z]+$")),
    ("selections, 1 of", 150, selections("1 of s_*")),
    ("selections, all of", 150, selections("all of s_*")),
    ("selections, not 1 of", 150, selections("not 1 of s_*")),
    ("a condition of `or`", 150, joined("or")),
    ("a condition of `and`", 150, joined("and")),
    ("a long description", 20_000, lambda n: rule(1, CREATED.format(""), " word" * n)),
    ("documents of one file", 100, documents),
    ("values, networks", 250, lambda n: rule(1, CREATED.format(networks(n)))),
    ("values, one within the other", 100, lambda n: rule(1, CREATED.format(nested(n)))),
    ("keywords", 500, lambda n: rule(1, "a:\n" + "".join(f"  - xq{i}y\n" for i in range(n)) + "condition: a\n")),
    ("maps of one selection", 100, lambda n: rule(1, "a:\n" + "".join(MAP.format(i) for i in range(n)) + "condition: a\n")),
    ("groups of selections", 100, lambda n: rule(1, groups(n))),
    ("brackets in brackets", 20, lambda n: rule(1, "a:\n  eventName: CreateUser\ncondition: " + "(" * n + "a" + ")" * n + "\n")),
    ("tags", 200, lambda n: rule(1, CREATED.format("")) + "tags:\n" + "".join(f"  - x.{i}\n" for i in range(n))),
    ("fields", 100, lambda n: rule(1, CREATED.format("")) + "fields:\n" + "".join(f"  - requestParameters.x{i}\n" for i in range(n))),
    ("comments that allow", 200, lambda n: rule(1, CREATED.format("")) + "".join(f"# sigmata: allow(S0206): {i}\n" for i in range(n))),
    ("rules that a correlation counts", 50, correlated),
    ("filters of one rule", 50, filtered),
    ("unknown names", 100, lambda n: rule(1, CREATED.format("".join(f"  awsRegoin{i}: x\n" for i in range(n))))),
]


def exponents(scratch):
    """Each kind of input with the exponent of its growth, less what a start costs."""
    base = scratch / "base.yml"
    base.write_text(rule(1, CREATED.format("")))
    start = {command: instructions([SIGMATA, command, base]) for command in ("check", "compile")}
    for kind, n, text in TEXTS:
        for command in start:
            costs, path = [], scratch / "grows.yml"
            for size in (n, 4 * n):
                path.write_text(text(size))
                costs.append(max(instructions([SIGMATA, command, path]) - start[command], 1))
            yield f"{command}: {kind}", n, costs
    commands = {"check": ["check"], "compile": ["compile"], "overlap": ["overlap"], "fmt": ["fmt", "--check"]}
    for name, arguments in commands.items():
        costs = [instructions([SIGMATA, *arguments, folder_of(n, scratch / f"{name}{n}")]) for n in (1, 101, 401)]
        yield f"{name}: rules of a folder", 100, [cost - costs[0] for cost in costs[1:]]
    costs = []
    for n in (1, 101, 401):
        old, new = folder_of(n, scratch / f"old{n}"), folder_of(n, scratch / f"new{n}", lambda i: CREATED.format(f"  userAgent: y{i}\n"))
        costs.append(instructions([SIGMATA, "diff", old, new]))
    yield "diff: rules of a folder", 100, [cost - costs[0] for cost in costs[1:]]
    recorded = ROOT / "tests/schemas/events/aws.jsonl"
    costs = [
        instructions([SIGMATA, "eval", base, "--events", repeated(scratch, f"e{n}.jsonl", recorded, n)]) for n in (1, 500, 2000)
    ]
    yield "eval: events", 500, [cost - costs[0] for cost in costs[1:]]
    event = repeated(scratch, "event.jsonl", recorded, 50)
    costs = []
    for n in (1, 101, 401):
        folder = folder_of(n, scratch / f"rules{n}")
        costs.append(instructions([SIGMATA, "eval", folder, "--events", event]))
    yield "eval: rules", 100, [cost - costs[0] for cost in costs[1:]]


def scaling(scratch):
    print("| work | size | four times the size costs | exponent |")
    print("|---|---|---|---|")
    worse = []
    for name, n, (less, more) in exponents(scratch):
        exponent = math.log(more / less, 4)
        print(f"| {name} | {n} | {human(less)} to {human(more)} | {exponent:.2f} |", flush=True)
        if exponent > LINEAR:
            worse.append(name)
    if worse:
        sys.exit(f"more than linear: {', '.join(worse)}")


def main():
    reader = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0], add_help=True)
    reader.add_argument("what", nargs="?", choices=["table", "scaling"], default="table")
    reader.add_argument("--corpus", type=Path)
    reader.add_argument("--events", type=Path, default=ROOT / "tests/schemas/events/aws.jsonl")
    reader.add_argument("--old", type=Path)
    reader.add_argument("--peers", action="store_true")
    reader.add_argument("--large", action="store_true")
    options = reader.parse_args()
    if not SIGMATA.exists():
        sys.exit("build it first: cargo build --release")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        scaling(Path(scratch)) if options.what == "scaling" else table(options, Path(scratch))
    print(f"\n{time.monotonic() - began:.0f} s", file=sys.stderr)


main()
