"""Runs a correlation in KQL on streaming-kql, which has `prev` and `mv-apply`.

The engine runs a query for each row of its source, and knows other tables only as literal rows. So a query is run in
steps: a table is at the head of a query as a `range` of its name, whose rows are put in its place; what a `let` says
becomes such a table; the branches of a `union` are run by themselves.
"""

import functools
import re
from datetime import datetime, timezone

import streaming_kql
from streaming_kql import evaluator, parser

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@streaming_kql.function("bin")
def bin_of_time(at, span):
    """The engine has it of numbers alone."""
    return at - (at - EPOCH) % span


TABLES = {}
materialize = evaluator._materialize_table


def rows_of(node, options):
    """The rows of a table by the name of the range that stands for it."""
    name = getattr(node, "name", None)
    return TABLES[name] if name in TABLES else materialize(node, options)


evaluator._materialize_table = rows_of
summarized = evaluator._compile_summarize


def of_nothing(operator, options):
    """By Microsoft's page of `summarize`, no rows without groups give one row; the engine gives none."""
    run = summarized(operator, options)

    def rows(found, context):
        if found or operator.by_keys:
            return run(found, context)
        return [{name: evaluator._compile_aggregate(call, options)([]) for name, call in operator.aggregates}]

    return rows


def every_step(steps, rows, context):
    """The engine stops where no rows are left."""
    for is_batch, step in steps:
        rows = step(rows, context) if is_batch else [made for row in rows for made in step(row)]
    return rows


evaluator._compile_summarize = of_nothing
evaluator._run_steps = every_step


def closing(text, at):
    """The place of the bracket that closes the one at a place."""
    depth = 0
    for found in re.compile(r'"(?:[^"\\]|\\.)*"|[()]').finditer(text, at):
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
        if depth == 0:
            return found.start()
    raise ValueError("a bracket is open")


def spelt(query):
    """What the engine spells otherwise: `prev` is under `serialize`, `not()` is an `iff`, an aggregate cannot be an argument,
    and a row has no types."""
    query = re.sub(r"\bextend\b(?=[^|]*\bprev\()", "serialize", query)
    query = re.sub(r"\b(min|max)if\(([^,()]+), ([^()]+)\)", r"\1(iff(\3, \2, todatetime('')))", query)
    sorted_list = r"(summarize _values = )array_sort_asc\((make_list\(_value\))\)([^|]*)"
    query = re.sub(sorted_list, r"\1\2\3 | extend _values = array_sort_asc(_values) ", query)
    while found := re.search(r"\bnot\(", query):
        end = closing(query, found.end() - 1)
        query = f"{query[: found.start()]}iff({query[found.end() : end]}, false, true){query[end + 1 :]}"
    return re.sub(r" to typeof\(\w+\)", "", query)


@functools.cache
def parsed(query, names):
    for name in names:
        query = re.sub(rf"(^|\()(\s*){name}\b", rf"\1\2range {name} from 0 to 0 step 1", query)
    return parser.parse(spelt(query))


def columns(rows):
    """Each row with all columns, in one order."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in names} for row in rows]


def body(query):
    query = query.strip()
    if not query.startswith("union"):
        return head(query)
    rows, at = [], len("union")
    while branch := re.compile(r"[\s,]*\(").match(query, at):
        end = closing(query, branch.end() - 1)
        rows += body(query[branch.end() : end])
        at = end + 1
    TABLES["_rows"] = columns(rows)
    return head("_rows" + query[at:])


def head(query):
    tree = parsed(query, tuple(TABLES))
    return list(evaluator.CompiledQuery(tree, evaluator.Options()).stream([{}]))


def run(query, rows):
    """The rows that a query gives over the rows of its table."""
    rows = [dict(row) for row in rows]
    for row in rows:
        row["TimeGenerated"] = datetime.fromisoformat(row["TimeGenerated"].replace("Z", "+00:00"))
    TABLES.clear()
    TABLES["AWSCloudTrail"] = rows
    query = "\n".join(line for line in query.split("\n") if not line.startswith("//"))
    while found := re.match(r"\s*let (\w+) =([^;]*);", query):
        TABLES[found.group(1)] = body(found.group(2))
        query = query[found.end() :]
    return body(query)
