"""Runs correlations in KQL over sequences of events on duckdb-kql and streaming-kql, and compares with what the definition
says fires.

usage: run.py CASES    a line with `queries`, then lines with the `rows` of a sequence and what is `expected` of each query.
"""

import collections
import json
import re
import sys

import duckdb_kql
import streaming

# What an engine lacks; a query that needs it is counted, not judged.
LACKS = {
    r"\bprev\(": "no `prev`",
    r"\bmv-apply\b": "no `mv-apply`",
    r"\btostring\(pack_array\(": "takes a text that holds a list for the list",
    r"\barray_sort_asc\(": "sorts numbers in JSON as texts",
}
TYPES = {"TimeGenerated": "TIMESTAMP"}


def spelt(query):
    """The engine has neither `minif` nor `maxif`: the aggregate of a value that is null elsewhere takes their place."""
    query = re.sub(r"\b(min|max)if\(([^,()]+), ([^()]+)\)", r"\1(iff(\3, \2, datetime(null)))", query)
    return "\n".join(line for line in query.split("\n") if not line.startswith("//"))


def load(connection, rows, columns):
    kinds = ", ".join(f'"{name}" {TYPES.get(name, "VARCHAR")}' for name in columns)
    connection.execute(f"CREATE OR REPLACE TABLE AWSCloudTrail ({kinds})")
    marks = ", ".join("?" for _ in columns)
    connection.executemany(
        f"INSERT INTO AWSCloudTrail VALUES ({marks})", [[row[name] for name in columns] for row in rows]
    )


class DuckDb:
    name = "duckdb-kql"
    lacks = LACKS
    # It takes some 30 ms for a query.
    every = 4

    def __init__(self):
        self.connection = duckdb_kql.connect()

    def load(self, rows, columns):
        load(self.connection, rows, columns)

    def run(self, query):
        rows = duckdb_kql.kql(self.connection, spelt(query)).fetchall()
        return {("|".join(row[1:]), round(row[0].timestamp())) for row in map(utc, rows)}


class Streaming:
    name = "streaming-kql"
    lacks = {}
    every = 1

    def load(self, rows, columns):
        self.rows = rows

    def run(self, query):
        rows = streaming.run(query, self.rows)
        return {("|".join(list(row.values())[1:]), round(row["TimeGenerated"].timestamp())) for row in rows}


class Tally:
    def __init__(self):
        self.lacking, self.judged = collections.Counter(), collections.Counter()
        self.wrong, self.firing = [], 0


def agrees(query, expected, found):
    """Where one event can take two places in an order, the query says that it finds more."""
    return found >= expected if query["wider"] else found == expected


def main(path):
    engines = [DuckDb(), Streaming()]
    tallies = {engine.name: Tally() for engine in engines}
    with open(path) as lines:
        head = json.loads(next(lines))
        queries, columns = head["queries"], head["columns"]
        cases = [json.loads(line) for line in lines]
    for engine in engines:
        tally = tallies[engine.name]
        runs = []
        for at, query in enumerate(queries):
            reason = next((why for sign, why in engine.lacks.items() if re.search(sign, query["query"])), None)
            if reason:
                tally.lacking[reason] += 1
                continue
            shown = ", ".join(["TimeGenerated"] + ([query["group"]] if query["group"] else []))
            runs.append((at, query, f"{query['query']}\n| project {shown}"))
        for case in cases[:: engine.every]:
            engine.load(case["rows"], columns)
            for at, query, text in runs:
                expected = {(group, time) for group, time in case["expected"][at]}
                found = engine.run(text)
                tally.judged[query["kind"]] += 1
                tally.firing += bool(expected)
                if not agrees(query, expected, found):
                    tally.wrong.append((query, case["rows"], sorted(expected), sorted(found)))
    for name, tally in tallies.items():
        for kind, count in sorted(tally.judged.items()):
            print(f"{name}: {count} pairs of a sequence and a query of `{kind}`")
        for reason, count in sorted(tally.lacking.items()):
            print(f"{name}: {count} queries not run: {reason}")
        pairs = sum(tally.judged.values())
        print(f"{name}: {pairs} pairs, {tally.firing} of which fire, {len(tally.wrong)} disagreements")
        for query, rows, expected, found in tally.wrong[:3]:
            print(query["query"], json.dumps(rows, indent=1), "expected", expected, "found", found, sep="\n")
    return 1 if any(tally.wrong or not tally.judged for tally in tallies.values()) else 0


def utc(row):
    """Times without a zone are those of UTC."""
    import datetime

    return (row[0].replace(tzinfo=datetime.timezone.utc), *row[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
