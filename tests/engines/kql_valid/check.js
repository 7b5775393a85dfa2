// usage: run COMPILED.json…    the output of `sigmata compile --format json`, or NDJSON of {id, query}
//
// Every query of the target `kql` is parsed and bound. Tables in tables.json have those columns and no others.
// The columns of any other table are those that the query names, as dynamic values, which is how a rule without a
// schema reads them. Prints each finding and ends with 1 when there is one, or when there was no query at all.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const library = path.dirname(require.resolve("@kusto/language-service-next/package.json"));
// Both files are plain scripts that expect to share one global scope.
for (const name of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  const file = path.join(library, name);
  vm.runInThisContext(fs.readFileSync(file, "utf8"), { filename: file });
}
const { Symbols, KustoCode, GlobalState } = globalThis.Kusto.Language;
const kinds = new Map();
for (const [name, at] of Object.entries(globalThis.Kusto.Language.Syntax.SyntaxKind)) if (typeof at === "number") kinds.set(at, name);
const types = {
  string: Symbols.ScalarTypes.String,
  long: Symbols.ScalarTypes.Long,
  real: Symbols.ScalarTypes.Real,
  bool: Symbols.ScalarTypes.Bool,
  datetime: Symbols.ScalarTypes.DateTime,
  guid: Symbols.ScalarTypes.Guid,
  dynamic: Symbols.ScalarTypes.Dynamic,
};
const tables = JSON.parse(fs.readFileSync(path.join(__dirname, "tables.json"), "utf8"));

function globals(tables) {
  const symbols = Object.entries(tables).map(([table, columns]) => {
    const of = Object.entries(columns).map(([name, type]) => new Symbols.ColumnSymbol(name, types[type]));
    return new Symbols.TableSymbol.$ctor4(table, of);
  });
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("db", symbols));
}
let known = globals(tables);
// Two logs may share a table, of which each knows its own columns.
function declare(table, columns) {
  tables[table] = columns;
  known = globals(tables);
}

function diagnostics(query, within) {
  const code = KustoCode.ParseAndAnalyze(query, within);
  const found = code.GetDiagnostics();
  return [...Array.from({ length: found.Count }, (_, at) => found.getItem(at)), ...beyond(code, query)];
}

// Watchlists are functions of Sentinel, with the columns that queries take of them.
function withWatchlists(query) {
  const keys = [...query.matchAll(/_GetWatchlist\("[^"]*"\) \| summarize make_set\((\w+|\['(?:\\.|[^'\\])*'\])\)/g)];
  if (keys.length === 0) return query;
  const columns = [...new Set(keys.map(([, key]) => `${key}:string`))].join(", ");
  return `let _GetWatchlist = (alias:string) { datatable(${columns}) [] };\n${query}`;
}

function judge(asked) {
  const isHead = (line) => line.startsWith("//") || line.startsWith("let _list");
  const table = unquote(asked.split("\n").find((line) => !isHead(line)) ?? "");
  const query = withWatchlists(asked);
  if (table in tables) return diagnostics(query, known);
  // The table is unknown: declare it, with each column that the query names and the binder does not find.
  const columns = { TimeGenerated: "datetime" };
  for (const [, name] of query.matchAll(/\bto(?:string|long|real|datetime)\(([A-Za-z_]\w*|\['(?:\\.|[^'\\])*'\])/g)) {
    columns[unquote(name)] = "dynamic";
  }
  for (let round = 0; round < 50; round++) {
    const found = diagnostics(query, globals({ ...tables, [table]: columns }));
    const unresolved = found.filter((one) => one.Code === "KS142" || one.Code === "KS109");
    if (!unresolved.length) return found;
    const before = Object.keys(columns).length;
    for (const one of unresolved) columns[unquote(query.substr(one.Start, one.Length))] ??= "dynamic";
    if (Object.keys(columns).length === before) return found;
  }
  return diagnostics(query, globals({ ...tables, [table]: columns }));
}

function unquote(name) {
  const quoted = /^\[(['"])(.*)\1\]$/s.exec(name);
  return quoted ? quoted[2].replace(/\\u([0-9A-F]{4})|\\(.)/gs, (_, hex, one) =>
    hex ? String.fromCharCode(parseInt(hex, 16)) : { n: "\n", r: "\r", t: "\t" }[one] ?? one) : name;
}

// What the parser lets through, in its own syntax tree and with its own types.
function beyond(code, query) {
  const found = [];
  const say = (node, message) => found.push({ Start: node.TextStart ?? 0, Length: node.Width ?? 1, Code: "own", Message: message });
  const literal = (node) => node && /Literal/.test(kind(node)) && !/List/.test(kind(node));
  const type = (node) => node?.ResultType?.Name ?? "";
  const number = (name) => name === "long" || name === "int" || name === "real" || name === "bool";
  (function walk(node) {
    if (!node || node.IsToken) return;
    const name = kind(node);
    if (/^(Search|Find)Operator$/.test(name)) say(node, "searches every table");
    // A star inside a text is a star.
    const bare = (text) => text.replace(/@"[^"]*"|"(?:[^"\\]|\\.)*"/g, "");
    if (name === "UnionOperator" && /\*/.test(bare(node.toString()))) say(node, "reads every table");
    if (node.Left && node.Right && /Expression$/.test(name) && !/^(And|Or|Path|Element)/.test(name)) {
      if (literal(node.Left) && literal(node.Right)) say(node, "compares two literals");
      const [left, right] = [type(node.Left), type(node.Right)];
      if ((left === "string" && number(right)) || (right === "string" && number(left))) say(node, "compares text with a " + (left === "string" ? right : left));
    }
    if (name === "FunctionCallExpression" && /^is(not)?null$/.test(node.Name?.SimpleName ?? "")) {
      if (type(node.ArgumentList.Expressions.GetChild(0)?.GetChild(0)) === "string") say(node, "isnull of a text is always false");
    }
    for (let at = 0; at < node.ChildCount; at++) walk(node.GetChild(at));
  })(code.Syntax);
  return found;
}

function kind(node) {
  return kinds.get(node.Kind) ?? String(node.Kind);
}

// The syntax tree with every literal and name blanked.
function shape(query) {
  const walk = (node) => {
    if (!node) return "";
    if (node.IsToken || !node.ChildCount) return /String|Long|Real|Identifier/.test(kind(node)) ? kind(node) : `${kind(node)}:${node.Text ?? ""}`;
    const children = Array.from({ length: node.ChildCount }, (_, at) => walk(node.GetChild(at)));
    return `${kind(node)}(${children.join(" ")})`;
  };
  return walk(KustoCode.Parse(query).Syntax);
}

function queries(file) {
  const text = fs.readFileSync(file, "utf8");
  // A document of `compile` is one object over several lines; the cases of the tests are lines.
  const rows = /^\s*\{\s*"version"[^\n]*\n/.test(text)
    ? JSON.parse(text).queries
    : text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return rows.filter((row) => row.columns || (row.query && (row.target ?? "kql").startsWith("kql")))
    .map((row) => ({ ...row, id: row.id ?? row.formula ?? row.rule?.file ?? row.rule?.title ?? file }));
}

const types_of_rust = { String: "string", Integer: "long", Real: "real", Boolean: "bool", DateTime: "datetime", Guid: "guid", Dynamic: "dynamic" };
const rows = process.argv.slice(2).flatMap(queries);
const harmless = {};
for (const row of rows) if (row.harmless) (harmless[row.shape] ??= new Set()).add(shape(row.query));

let judged = 0;
let shaped = 0;
let bad = 0;
const faults = {};
for (const row of rows) {
  if (row.columns) {
    const columns = Object.entries(row.columns).map(([name, type]) => [name, types_of_rust[type] ?? type]);
    declare(row.table ?? "Log", Object.fromEntries(columns));
    continue;
  }
  const { id, query } = row;
  if (row.fault && !row.shape) continue;
  const found = judge(query);
  // A scheduled rule of Sentinel takes 10,000 characters; a longer query must say so in a note.
  const noted = [...(row.notes ?? []), ...(row.diagnostics ?? [])].some((one) => one.code === "S0809");
  if (query.length > 10000 && !noted) {
    found.push({ Start: 0, Length: 1, Code: "own", Message: "longer than 10,000 characters, without a note" });
  }
  const same = !row.shape || harmless[row.shape].has(shape(query));
  if (row.fault) {
    const count = (faults[row.fault] ??= { planted: 0, noticed: 0 });
    count.planted++;
    if (found.length || !same) count.noticed++;
    continue;
  }
  judged++;
  if (row.shape) shaped++;
  if (!same) found.push({ Start: 0, Length: 0, Code: "own", Message: `has another shape than a harmless ${row.shape}:\n${query}\n` });
  if (found.length) bad++;
  for (const one of found) {
    const line = query.slice(0, one.Start).split("\n").length;
    console.log(`${id}: line ${line} of the query: ${one.Code} ${one.Message}: ${query.substr(one.Start, one.Length)}`);
  }
}
for (const [fault, { planted, noticed }] of Object.entries(faults)) {
  console.log(`planted ${fault}: ${planted}, noticed ${noticed}`);
  if (!noticed) bad++;
}
console.log(`${judged} queries, ${bad} with findings${shaped ? `, ${shaped} compared in shape` : ""}`);
process.exitCode = bad || !judged ? 1 : 0;
