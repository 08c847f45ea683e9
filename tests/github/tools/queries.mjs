// Validates GraphQL queries against GitHub's public schema.
//
//   node queries.mjs FILE...     prints `FILE:LINE:COLUMN: what is wrong` for each finding; status 1 if there is one
import fs from 'node:fs';
import { problems } from './schema.mjs';

let found = 0;
for (const name of process.argv.slice(2)) {
  for (const problem of problems(fs.readFileSync(name, 'utf8'))) {
    console.log(`${name}:${problem}`);
    found += 1;
  }
}
process.exitCode = found ? 1 : 0;
