// Starts the emulator of GitHub's REST API, and beside it GraphQL on GitHub's own schema, answered from that emulator.
// Prints one line of JSON, {"rest": URL, "graphql": URL}, when both are ready; ends when its input ends, so that
// nothing stays behind a test that was killed.
//
//   node emulator.mjs SEED.json         ORCH_TEST_GITHUB_TOOLS says where the packages are
import fs from 'node:fs';
import http from 'node:http';
import { load } from './packages.mjs';
import { Double } from './graphql.mjs';

const { createEmulator } = await load('emulate');
const seed = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const emulator = await createEmulator({ service: 'github', port: 0, hostname: '127.0.0.1', seed });
// It names itself `localhost`, which may be another address first.
const rest = emulator.url.replace('localhost', '127.0.0.1');
const double = new Double();

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    let answer;
    try {
      answer = await double.answer(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    } catch (error) {
      response.statusCode = 500;
      answer = { message: String(error.stack ?? error) };
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ rest, graphql: `http://127.0.0.1:${server.address().port}/` }));
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
