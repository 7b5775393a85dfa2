"""Runs cases of KQL on engines that execute it, and compares with the evaluator.

usage: run.py CASES…    files of lines: a table (`columns`, `rows`, `events`), then queries over it with the rows that
each must select; a query with a `fault` has been made wrong, and some engine must notice each kind of fault.
"""

import collections
import json
import os
import re
import sys
import time

import chdb.session
import duckdb_kql
import streaming_kql

def has_ticks(data):
    """Whether a row has a time finer than a microsecond."""
    return re.search(r'\.\d{6}[1-9]Z"', json.dumps(data["rows"]))


# A time in an offset other than that of UTC, as JSON has it in a row: `14:00:59.5-08:00`.
OFFSET = r"\d\d:\d\d(:\d\d(\.\d+)?)? ?[+-](?!00:?00)\d\d:?\d\d"


# What an engine does otherwise than Microsoft's documentation says; such a query is counted, not judged.
DEVIATIONS = {
    "duckdb-kql": [
        (lambda case, data: re.search(r"\.1234567Z", case["query"]) or "datetime(" in case["query"] and has_ticks(data), "keeps microseconds, not ticks"),
        (lambda case, data: "İ" in case["query"], "folds İ into two characters"),
    ],
    "streaming-kql": [
        # Microsoft's binder resolves them, and its documentation repeats the columns that are not expanded.
        (lambda case, data: reads_row(case["query"], data), "sees no column of the row inside mv-apply"),
        # Python's `re` does; RE2, whose syntax Kusto documents, folds neither.
        (lambda case, data: "ı" in case["query"] and "(?i" in case["query"], "takes ı for an i"),
        (lambda case, data: "İ" in case["query"], "folds İ into two characters"),
        (lambda case, data: "todatetime(" in case["query"] and re.search(OFFSET, json.dumps(data["rows"])), "takes parts of a time in its own offset, not in UTC"),
        (lambda case, data: "tolong(" in case["query"] and "9007199254740993" in case["query"], "rounds a long integer"),
    ],
    "chdb": [
        (lambda case, data: re.search(r"to(long|real|datetime)\(", case["query"]), "a failed conversion is null under not()"),
    ],
}


def reads_row(query, data):
    """Whether a test inside `mv-apply` reads a column of the row, or the element of an outer array."""
    plain = re.sub(r'@"(?:[^"]|"")*"|"(?:[^"\\]|\\.)*"', '""', query)
    for start in re.finditer(r"\bon \(\s*(?=where|mv-apply)", plain):
        depth, at = 1, start.end()
        while depth and at < len(plain):
            depth += {"(": 1, ")": -1}.get(plain[at], 0)
            at += 1
        for test in re.findall(r"\bwhere ((?:(?!\| |\bmv-apply\b)[\s\S])*)", plain[start.end() : at]):
            names = set(re.findall(r"(?<![.\w])[A-Za-z]\w*(?!\w*\()", test))
            if names & set(data["columns"]) or len(set(re.findall(r"\b_e\d+\b", test))) > 1:
                return True
    for start in re.finditer(r"\bcountif\(", query):
        depth, at = 1, start.end()
        while depth and at < len(query):
            depth += {"(": 1, ")": -1}.get(query[at], 0)
            at += 1
        body = re.sub(r'@"(?:[^"]|"")*"|"(?:[^"\\]|\\.)*"', '""', query[start.end() : at])
        names = set(re.findall(r"(?<![.\w])[A-Za-z]\w*(?!\w*\()", body))
        if names & set(data["columns"]) or len(set(re.findall(r"\b_e\d+\b", body))) > 1:
            return True
    return False


def spelt(query):
    """Neither engine knows `\\uXXXX` in a string: the character itself takes its place."""
    return re.sub(r"(?<!\\)((?:\\\\)*)\\u([0-9A-F]{4})", lambda found: found[1] + chr(int(found[2], 16)), query)


def without_null(value, kind):
    """The engine takes a JSON null for a value; Kusto for none, like a missing member, which is stored instead."""
    def drop(value):
        if isinstance(value, dict):
            return {key: drop(member) for key, member in value.items() if member is not None}
        return [drop(element) for element in value] if isinstance(value, list) else value

    if kind == "Dynamic" and value is not None:
        return json.dumps(drop(value))
    # JSON that a column keeps as text.
    if kind == "String" and isinstance(value, str) and value[:1] in ("{", "["):
        try:
            parsed = json.loads(value)
        except ValueError:
            return value
        return value if drop(parsed) == parsed else json.dumps(drop(parsed))
    return value


class DuckDb:
    name = "duckdb-kql"
    types = {
        "String": "VARCHAR", "Integer": "BIGINT", "Real": "DOUBLE", "Boolean": "BOOLEAN",
        "DateTime": "TIMESTAMP", "Guid": "UUID", "Dynamic": "JSON",
    }

    def __init__(self):
        self.connection = duckdb_kql.connect()

    def load(self, data):
        columns = data["columns"]
        names = list(columns) + ["_id"]
        table = data.get("table", "Log")
        types = ", ".join(f'"{name}" {self.types[columns[name]]}' for name in columns)
        self.connection.execute(f'CREATE OR REPLACE TABLE "{table}" ({types}, "_id" BIGINT)')
        marks = ", ".join("?" for _ in names)
        rows = [
            [without_null(row.get(name), columns.get(name)) for name in names] for row in data["rows"]
        ]
        if rows:
            self.connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)

    def run(self, case):
        rows = duckdb_kql.kql(self.connection, spelt(cut(case["query"])) + "\n| project _id").fetchall()
        return [row[0] for row in rows]


class Streaming:
    name = "streaming-kql"

    def load(self, data):
        self.rows = data["rows"]

    def run(self, case):
        head, _, rest = spelt(cut(case["plain"])).partition("\n")
        compiled = streaming_kql.compile("source\n" + rest)
        return [row["_id"] for row in self.rows for _ in compiled.stream([row])]


def lines(query):
    """ClickHouse's `.` matches a line end unless it is told not to; Kusto's does not unless it is told to."""
    return re.sub(r'(matches regex @?")(?!\(\?[a-z]*s[a-z]*\))', r"\1(?-s)", query)


class Chdb:
    """ClickHouse reads KQL over flat columns: a third opinion on texts, numbers and times.

    Under `not()` it takes SQL's meaning of null, where Kusto's comparisons give false: rows whose numbers or times of
    the query are null are left to the others.
    """

    name = "chdb"
    types = {
        "String": "String", "Integer": "Nullable(Int64)", "Real": "Nullable(Float64)", "Boolean": "Nullable(Bool)",
        "DateTime": "Nullable(DateTime64(9, 'UTC'))", "Guid": "Nullable(UUID)",
    }

    def __init__(self):
        self.session = chdb.session.Session()
        self.session.query("CREATE DATABASE IF NOT EXISTS proof ENGINE = Memory")
        self.session.query("USE proof")
        self.session.query("SET allow_experimental_kusto_dialect=1")

    def load(self, data):
        self.columns = {name: kind for name, kind in data["columns"].items() if kind in self.types}
        self.others = [name for name, kind in data["columns"].items() if kind not in self.types]
        table = data.get("table", "Log")
        types = ", ".join(f"`{name}` {self.types[kind]}" for name, kind in self.columns.items())
        self.session.query(f"DROP TABLE IF EXISTS `{table}`")
        self.session.query(f"CREATE TABLE `{table}` ({types}, `_id` Int64) ENGINE = Memory")
        lines = []
        for row in data["rows"]:
            cells = {name: row.get(name) for name in list(self.columns) + ["_id"]}
            for name, kind in self.columns.items():
                if kind == "String" and cells[name] is None:
                    cells[name] = ""
            lines.append(json.dumps(cells))
        settings = "SETTINGS date_time_input_format='best_effort'"
        for at in range(0, len(lines), 200):
            self.session.query(
                f"INSERT INTO `{table}` {settings} FORMAT JSONEachRow " + "\n".join(lines[at : at + 200])
            )

    def unfit(self, case, data):
        names = [
            name for name, kind in self.columns.items()
            if kind != "String" and re.search(rf"\b{re.escape(name)}\b", case["query"])
        ]
        return {row["_id"] for row in data["rows"] if any(row.get(name) is None for name in names)}

    def run(self, case):
        query = lines(cut(case["query"]))
        if "parse_json(" in query or "mv-apply" in query or "tostring(" in query:
            raise NotImplementedError("no dynamic values")
        for name in self.others:
            if re.search(rf"\b{re.escape(name)}\b", query):
                raise NotImplementedError("no dynamic values")
        self.session.query("SET dialect='kusto'")
        try:
            found = self.session.query(query + "\n| project _id", "JSONEachRow")
        finally:
            self.session.query("SET dialect='clickhouse'")
        return [int(json.loads(line)["_id"]) for line in str(found).splitlines() if line]


def cut(query):
    """The query without its last `project`, which would hide the number of the row."""
    lines = query.split("\n")
    for at in range(len(lines) - 1, 0, -1):
        if lines[at].startswith("| "):
            return "\n".join(lines[:at]) if lines[at].startswith("| project") else query
    return query


def groups(files):
    """Tables with their queries."""
    data, cases = None, []
    for file in files:
        for line in open(file, encoding="utf-8"):
            row = json.loads(line)
            if "columns" in row:
                if data is not None:
                    yield data, cases
                data, cases = row, []
            else:
                cases.append(row)
    if data is not None:
        yield data, cases


class Tally:
    def __init__(self):
        self.counts = collections.Counter()
        self.reasons = collections.Counter()
        self.faults = collections.defaultdict(lambda: [0, 0])
        self.failures = 0
        self.seconds = 0.0


def judge(engine, tally, data, case):
    events, fault = data["events"], case.get("fault")
    unfit = engine.unfit(case, data) if hasattr(engine, "unfit") else set()
    if not fault:
        tally.counts["queries"] += 1
    deviation = next((why for part, why in DEVIATIONS[engine.name] if part(case, data)), None)
    if deviation:
        tally.counts["queries: the engine deviates"] += not fault
        tally.reasons[deviation] += not fault
        return
    try:
        found = engine.run(case)
    except Exception as error:  # whatever an engine throws
        if not fault:
            tally.counts["queries: cannot run"] += 1
            text = (str(error).splitlines() or [""])[0]
            text = re.sub(r" at \d+:\d+.*|, at line.*|\(.*|'<?kql-\d+.*", "", text)[:90]
            tally.reasons[f"{type(error).__name__}: {text}"] += 1
        return
    expected, notes = set(case["expected"]), set(case["notes"])
    if not data.get("explodes") and len(found) != len(set(found)):
        tally.failures += 1
        print(f"{engine.name}: a row twice: {case['formula']}\n{case['query']}")
    found, expected = set(found) - unfit, expected - unfit
    extra, lost = found - expected, expected - found
    if fault:
        tally.faults[fault][0] += 1
        tally.faults[fault][1] += bool(extra or lost)
        return
    pairs = len(events) - len(unfit)
    wrong = set() if notes & {"wider", "either"} else extra
    wrong = wrong | (set() if notes & {"narrower", "either"} else lost)
    tally.counts["queries run"] += 1
    tally.counts["pairs"] += pairs
    tally.counts["pairs that match"] += len(expected)
    tally.counts["agreements"] += pairs - len(extra) - len(lost)
    tally.counts["admitted by a note"] += len(extra) + len(lost) - len(wrong)
    tally.counts["disagreements"] += len(wrong)
    if wrong:
        tally.failures += 1
        if tally.failures <= 12:
            print(f"{engine.name}: {case['formula']}\n{case.get('rule', '')}\n{case['query']}")
            for kind, ids in (("extra", extra), ("lost", lost)):
                for at in sorted(ids)[:2]:
                    print(f"  {kind}: {json.dumps(events[at], ensure_ascii=False)}")
                    print(f"    row: {json.dumps(next(row for row in data['rows'] if row['_id'] == at), ensure_ascii=False)}"[:1500])
            print()


def main():
    wanted = os.environ.get("SIGMATA_ENGINES", "duckdb-kql,streaming-kql,chdb").split(",")
    engines = [make() for make in (DuckDb, Streaming, Chdb) if make.name in wanted]
    tallies = {engine.name: Tally() for engine in engines}
    for data, cases in groups(sys.argv[1:]):
        for engine in engines:
            tally, start = tallies[engine.name], time.monotonic()
            engine.load(data)
            for case in cases:
                judge(engine, tally, data, case)
            tally.seconds += time.monotonic() - start
    failed = False
    faults = collections.defaultdict(lambda: [0, 0])
    for name, tally in tallies.items():
        print(f"\n{name}: {tally.seconds:.0f} s")
        for what, count in sorted(tally.counts.items()):
            print(f"  {count} {what}")
        for reason, count in tally.reasons.most_common(20):
            print(f"    {count} {reason}")
        for fault, (planted, noticed) in sorted(tally.faults.items()):
            print(f"  planted {fault}: {planted}, noticed {noticed}")
            faults[fault][0] += planted
            faults[fault][1] += noticed
        failed |= tally.failures > 0 or tally.counts["pairs"] < 10_000
    for fault, (planted, noticed) in faults.items():
        if planted and not noticed:
            print(f"never noticed: {fault}")
            failed = True
    sys.exit(1 if failed else 0)


main()
