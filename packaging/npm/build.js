#!/usr/bin/env node
// Makes the packages for npm: one for each platform, which carries the binary, and `sigmata`, which finds it.
//     node packaging/npm/build.js DIR TARGET=BINARY...
// Each folder below DIR is ready for `npm pack` or `npm publish`, the platforms first.
"use strict";
const fs = require("fs");
const path = require("path");

// What npm calls the platforms of Rust's targets. Of Linux the static binary is taken, which runs with any C library.
const PLATFORMS = {
  "x86_64-unknown-linux-musl": ["linux", "x64"],
  "aarch64-unknown-linux-musl": ["linux", "arm64"],
  "x86_64-unknown-linux-gnu": ["linux", "x64"],
  "aarch64-unknown-linux-gnu": ["linux", "arm64"],
  "x86_64-apple-darwin": ["darwin", "x64"],
  "aarch64-apple-darwin": ["darwin", "arm64"],
  "x86_64-pc-windows-msvc": ["win32", "x64"],
};

const [out, ...given] = process.argv.slice(2);
if (!out || given.length === 0) {
  console.error("usage: node packaging/npm/build.js DIR TARGET=BINARY...");
  process.exit(2);
}
const root = path.join(__dirname, "..", "..");
const manifest = fs.readFileSync(path.join(root, "Cargo.toml"), "utf8");
const version = /^version = "(.*)"$/m.exec(manifest)[1];
const shared = {
  version,
  description: "A compiler for Sigma detection rules over cloud logs",
  license: "MIT OR Apache-2.0",
};

function write(folder, about, files) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(about, null, 2) + "\n");
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    fs.copyFileSync(path.join(root, name), path.join(folder, name));
  }
  for (const [from, to] of files) {
    fs.copyFileSync(from, path.join(folder, to));
    fs.chmodSync(path.join(folder, to), 0o755);
  }
}

const optional = {};
for (const pair of given) {
  const [target, binary] = pair.split("=");
  const platform = PLATFORMS[target];
  if (!platform) {
    console.error(`no platform of npm for ${target}`);
    process.exit(2);
  }
  const [os, cpu] = platform;
  const name = `sigmata-${os}-${cpu}`;
  const file = os === "win32" ? "sigmata.exe" : "sigmata";
  write(path.join(out, name), { name, ...shared, os: [os], cpu: [cpu], files: [file, "LICENSE-*"] }, [[binary, file]]);
  optional[name] = version;
}
write(
  path.join(out, "sigmata"),
  {
    name: "sigmata",
    ...shared,
    bin: { sigmata: "sigmata.js" },
    files: ["sigmata.js", "README.md", "LICENSE-*"],
    engines: { node: ">=16" },
    optionalDependencies: optional,
  },
  [
    [path.join(__dirname, "sigmata.js"), "sigmata.js"],
    [path.join(root, "README.md"), "README.md"],
  ],
);
