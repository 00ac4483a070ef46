/**
 * Writes what the package has beside the command, made from the command itself: the manual page, the
 * completion scripts, and the modules that programs import. Part of the build; nothing of it is kept in the
 * repository.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeApi } from './api.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cli = (file) => import(pathToFileURL(join(root, 'packages/cli/dist', file)).href);

const [{ makeProgram }, { completionScript }, { manualPage }] = await Promise.all(
  ['main.js', 'completion.js', 'manual.js'].map(cli),
);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const program = await makeProgram();

function put(path, text) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

put('man/trap12.1', manualPage(program, version));
put('completions/trap12.bash', completionScript('bash', program));
put('completions/_trap12', completionScript('zsh', program));
put('completions/trap12.fish', completionScript('fish', program));
writeApi(join(root, 'api'));
