// usage: node exported.js FOLDER    the folder of `sigmata export`
//
// Prints the queries of Sentinel's templates as NDJSON of {id, query}, for `run`.
"use strict";
const fs = require("fs");
const path = require("path");

function* below(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* below(file);
    else if (entry.name.endsWith(".json")) yield file;
  }
}

for (const file of below(path.join(process.argv[2], "sentinel", "arm"))) {
  const [resource] = JSON.parse(fs.readFileSync(file, "utf8")).resources;
  console.log(JSON.stringify({ id: path.relative(process.argv[2], file), query: resource.properties.query }));
}
