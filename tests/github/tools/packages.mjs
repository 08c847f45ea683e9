// Loads packages from where `install` has put them, which is not above this file.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const home = process.env.ORCH_TEST_GITHUB_TOOLS ?? path.resolve(import.meta.dirname, '../../../target/ci-tools/github');
const require = createRequire(pathToFileURL(path.join(home, 'node_modules/')));

export const file = (name) => path.join(home, 'node_modules', name);
export const load = async (name) => {
  const entry = name === 'emulate' ? file('emulate/dist/api.js') : require.resolve(name);
  const found = await import(pathToFileURL(entry));
  return found.default && !found.createEmulator ? { ...found.default, ...found } : found;
};
