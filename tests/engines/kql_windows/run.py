"""Runs correlations in KQL over sequences of events on duckdb-kql, and compares with what the definition says fires.

usage: run.py CASES    a line with `queries`, then lines with the `rows` of a sequence and what is `expected` of each query.
"""

import collections
import json
import re
import sys

import duckdb_kql

# What the engine lacks; a query that needs it is counted, not judged.
LACKS = {
    r"\bprev\(": "no `prev`",
    r"\bmv-apply\b": "no `mv-apply`",
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


def main(path):
    connection = duckdb_kql.connect()
    lacking, judged, wrong, firing = collections.Counter(), collections.Counter(), [], 0
    with open(path) as lines:
        head = json.loads(next(lines))
        queries, columns = head["queries"], head["columns"]
        texts = []
        for query in queries:
            reason = next((reason for sign, reason in LACKS.items() if re.search(sign, query["query"])), None)
            shown = ", ".join(["TimeGenerated"] + ([query["group"]] if query["group"] else []))
            texts.append(None if reason else spelt(query["query"]) + f"\n| project {shown}")
            if reason:
                lacking[reason] += 1
        for line in lines:
            case = json.loads(line)
            load(connection, case["rows"], columns)
            for at, (text, expected) in enumerate(zip(texts, case["expected"])):
                if text is None:
                    continue
                rows = duckdb_kql.kql(connection, text).fetchall()
                found = {("|".join(row[1:]), round(row[0].timestamp())) for row in map(utc, rows)}
                judged[queries[at]["kind"]] += 1
                firing += bool(expected)
                if found != {(group, time) for group, time in expected}:
                    wrong.append((queries[at], case["rows"], expected, sorted(found)))
    for kind, count in sorted(judged.items()):
        print(f"duckdb-kql: {count} pairs of a sequence and a query of `{kind}`")
    for reason, count in sorted(lacking.items()):
        print(f"duckdb-kql: {count} queries not run: {reason}")
    print(f"duckdb-kql: {sum(judged.values())} pairs, {firing} of which fire, {len(wrong)} disagreements")
    for query, rows, expected, found in wrong[:3]:
        print(query["query"], json.dumps(rows, indent=1), "expected", expected, "found", found, sep="\n")
    return 1 if wrong or not judged else 0


def utc(row):
    """Times without a zone are those of UTC."""
    import datetime

    return (row[0].replace(tzinfo=datetime.timezone.utc), *row[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
