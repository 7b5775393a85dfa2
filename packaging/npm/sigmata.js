#!/usr/bin/env node
// Runs the binary that the package of this platform carries.
"use strict";
const { spawnSync } = require("child_process");

const name = `sigmata-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "sigmata.exe" : "sigmata";
let binary;
try {
  binary = require.resolve(`${name}/${file}`);
} catch {
  console.error(`sigmata: no binary for ${process.platform} ${process.arch}: the package ${name} is not installed`);
  process.exit(2);
}
const run = spawnSync(binary, process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`sigmata: ${run.error.message}`);
  process.exit(2);
}
if (run.signal) {
  process.kill(process.pid, run.signal);
}
process.exit(run.status);
