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
const known = globals(tables);

function diagnostics(query, within) {
  const found = KustoCode.ParseAndAnalyze(query, within).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, at) => found.getItem(at));
}

function judge(query) {
  const table = unquote(query.split("\n").find((line) => !line.startsWith("//")) ?? "");
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

function queries(file) {
  const text = fs.readFileSync(file, "utf8");
  const rows = text.trimStart().startsWith("[")
    ? JSON.parse(text)
    : text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return rows.filter((row) => row.query && (row.target ?? "kql").startsWith("kql"))
    .map((row) => ({ id: row.id ?? row.rule?.file ?? row.rule?.title ?? file, query: row.query }));
}

let judged = 0;
let bad = 0;
for (const { id, query } of process.argv.slice(2).flatMap(queries)) {
  judged++;
  const found = judge(query);
  if (found.length) bad++;
  for (const one of found) {
    const line = query.slice(0, one.Start).split("\n").length;
    console.log(`${id}: line ${line} of the query: ${one.Code} ${one.Message}: ${query.substr(one.Start, one.Length)}`);
  }
}
console.log(`${judged} queries, ${bad} with findings`);
process.exitCode = bad || !judged ? 1 : 0;
