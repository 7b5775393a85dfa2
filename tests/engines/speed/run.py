"""The same question with and without regard to case, over a million rows: chdb reads KQL, duckdb-kql reads KQL.

Prints a table in Markdown, and ends with 1 when the exact operator is the slower one.
"""

import random
import sys
import time

import chdb.session
import duckdb_kql

ROWS = 1_000_000
PAIRS = [
    ("a member of a list of known values", 'EventName == "CreateUser"', 'EventName =~ "createuser"'),
    ("one of four members", 'EventName in ("CreateUser", "CreateRole", "Verb7Noun7", "Verb3Noun9")',
     'EventName in~ ("createuser", "createrole", "verb7noun7", "verb3noun9")'),
    ("two lists of known values", 'EventSource == "iam.amazonaws.com" and EventName == "CreateUser"',
     'EventSource =~ "iam.amazonaws.com" and EventName =~ "createuser"'),
    ("a cased part", 'UserAgent contains_cs "Boto3"', 'UserAgent contains "boto3"'),
    ("a cased start", 'UserAgent startswith_cs "aws-cli"', 'UserAgent startswith "AWS-CLI"'),
    ("a list as a regular expression", 'EventName in ("CreateUser", "CreateRole")',
     'EventName matches regex @"(?i)^(createuser|createrole)$"'),
]


def rows():
    dice = random.Random(7)
    names = ["CreateUser", "CreateRole"] + [f"Verb{a}Noun{b}" for a in range(20) for b in range(20)]
    sources = [f"{name}.amazonaws.com" for name in ("iam", "sts", "s3", "ec2", "kms", "lambda", "logs", "rds")]
    agents = ["aws-cli/2.17.0 md/Botocore", "Boto3/1.34 Python/3.12", "console.amazonaws.com",
              "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"]
    return [
        (dice.choice(names), dice.choice(sources), f"{dice.choice(agents)} #{dice.randrange(10**6)}") for _ in range(ROWS)
    ]


def best(run):
    times = []
    for _ in range(7):
        start = time.perf_counter()
        count = run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000, count


def main():
    data = rows()
    duck = duckdb_kql.connect()
    duck.execute("SET threads=1")
    duck.execute("CREATE TABLE Log (EventName VARCHAR, EventSource VARCHAR, UserAgent VARCHAR)")
    session = chdb.session.Session()
    session.query("CREATE DATABASE IF NOT EXISTS speed ENGINE = Memory")
    session.query("USE speed")
    session.query("CREATE TABLE Log (EventName String, EventSource String, UserAgent String) ENGINE = Memory")
    for at in range(0, ROWS, 50_000):
        part = data[at : at + 50_000]
        values = ",".join("('" + "','".join(row) + "')" for row in part)
        session.query(f"INSERT INTO Log VALUES {values}")
        duck.execute(f"INSERT INTO Log VALUES {values}")
    session.query("SET allow_experimental_kusto_dialect=1, max_threads=1")
    session.query("SET dialect='kusto'")
    engines = {
        "chdb": lambda where: int(str(session.query(f"Log | where {where} | count")).strip()),
        "duckdb-kql": lambda where: duckdb_kql.kql(duck, f"Log | where {where} | count").fetchall()[0][0],
    }
    slower = 0
    print("| engine | question | emitted, ms | ignoring case, ms | gain |\n|---|---|---|---|---|")
    for engine, run in engines.items():
        for what, emitted, folded in PAIRS:
            (fast, one), (slow, other) = best(lambda: run(emitted)), best(lambda: run(folded))
            assert one == other > 0, (what, one, other)
            slower += fast > slow * 1.15
            print(f"| {engine} | {what} | {fast:.1f} | {slow:.1f} | {slow / fast:.1f} |")
    sys.exit(1 if slower else 0)


main()
