"""Runs the cases of tests/kql/engines.rs on two engines that execute KQL, and compares with the evaluator."""

import collections
import json
import re
import sys

import duckdb
import duckdb_kql
import streaming_kql

TYPES = {
    "String": "VARCHAR", "Integer": "BIGINT", "Real": "DOUBLE", "Boolean": "BOOLEAN",
    "DateTime": "TIMESTAMP", "Guid": "UUID", "Dynamic": "JSON",
}

# What an engine does otherwise than Microsoft's documentation says; such a query is counted, not judged.
DEVIATIONS = {
    "duckdb-kql": [
        (r"\.1234567Z", "keeps microseconds, not ticks"),
    ],
    "streaming-kql": [
        # Microsoft's binder resolves them, and its documentation repeats the columns that are not expanded.
        (r"countif\(.*\b(Object|Name|Agent)\b|_e0\.\w+\) =~ tostring\(_e1", "sees no column of the row inside mv-apply"),
        (r"_e1\.\w+\) =~ tostring\(_e0", "sees no column of the row inside mv-apply"),
    ],
}


def without_null(name, value, kind):
    """The engine takes a JSON null for a value; Kusto for none, like a missing member, which is stored instead."""
    def drop(value):
        if isinstance(value, dict):
            return {key: drop(member) for key, member in value.items() if member is not None}
        return [drop(element) for element in value] if isinstance(value, list) else value

    if kind == "Dynamic" and value is not None:
        return json.dumps(drop(value))
    if name == "Parameters" and value:
        return json.dumps(drop(json.loads(value)))
    return value


class DuckDb:
    name = "duckdb-kql"

    def __init__(self, columns, rows):
        self.connection = duckdb_kql.connect()
        names = list(columns) + ["_id"]
        types = ", ".join(f'"{name}" {TYPES[columns[name]]}' for name in columns)
        self.connection.execute(f'CREATE TABLE Log ({types}, "_id" BIGINT)')
        marks = ", ".join("?" for _ in names)
        for row in rows:
            values = [row.get(name) for name in names]
            values = [
                without_null(name, value, columns.get(name))
                for name, value in zip(names, values)
            ]
            self.connection.execute(f"INSERT INTO Log VALUES ({marks})", values)

    def run(self, case):
        rows = duckdb_kql.kql(self.connection, case["query"] + "\n| project _id").fetchall()
        return [row[0] for row in rows]


class Streaming:
    name = "streaming-kql"

    def __init__(self, columns, rows):
        self.rows = rows

    def run(self, case):
        query = re.sub(r"\ALog\b", "source", case["plain"])
        compiled = streaming_kql.compile(query)
        return [row["_id"] for row in self.rows for _ in compiled.stream([row])]


def main():
    lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    data, cases = lines[0], lines[1:]
    failures = 0
    for engine in (DuckDb(data["columns"], data["rows"]), Streaming(data["columns"], data["rows"])):
        counts = collections.Counter()
        reasons = collections.Counter()
        for case in cases:
            deviation = next((why for part, why in DEVIATIONS[engine.name] if re.search(part, case["query"])), None)
            if deviation:
                counts["deviates"] += 1
                reasons[deviation] += 1
                continue
            try:
                found = engine.run(case)
            except Exception as error:
                counts["cannot run"] += 1
                reasons[f"{type(error).__name__}: {str(error).splitlines()[0][:90]}"] += 1
                continue
            expected, notes = set(case["expected"]), set(case["notes"])
            extra, lost = set(found) - expected, expected - set(found)
            may_widen = notes & {"wider", "either"}
            may_lose = notes & {"narrower", "either"}
            if len(found) != len(set(found)) or (extra and not may_widen) or (lost and not may_lose):
                failures += 1
                counts["wrong"] += 1
                print(f"{engine.name}: {case['formula']}\n{case['query']}")
                for kind, ids in (("extra", extra), ("lost", lost)):
                    for at in sorted(ids)[:2]:
                        print(f"  {kind}: {json.dumps(data['events'][at], ensure_ascii=False)}")
                print()
            else:
                counts["right"] += 1
                counts["right and some match"] += bool(expected)
        print(f"{engine.name}: {dict(counts)}")
        for reason, count in reasons.most_common(12):
            print(f"  {count} {reason}")
        if not counts["right"]:
            failures += 1
    sys.exit(1 if failures else 0)


main()
