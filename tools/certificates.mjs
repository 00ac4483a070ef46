/**
 * A certificate of each panic of examples/panics (docs/panics.md): the failing schedule that `explore` finds,
 * with the cure as `verify` judges it. Each is certified by this Node and by the others that are named.
 *
 *     node tools/certificates.mjs [--schedules N] [--keep FOLDER] [--node NODE]... [NAME...]
 *
 *   --schedules  schedules that each cure has to survive, 300 by default
 *   --keep       a folder for the certificates; otherwise they are thrown away
 *   --node       the path of another Node (may be repeated)
 *
 * Prints a row for each. Exit code 1: one was not written, or somebody does not certify it. Needs a build.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAMS } from '../bench/sct/programs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const BIN = join(root, 'packages/cli/bin/trap12.js');
const PANICS = PROGRAMS.filter(({ suite }) => suite === 'panics').map(({ name }) => name);
/** Milliseconds after which a command is held to hang. */
const PATIENCE_MS = 1_800_000;

function usage(problem) {
  console.error(
    `${problem}\nusage: node tools/certificates.mjs [--schedules N] [--keep FOLDER] [--node NODE]... [NAME...]`,
  );
  process.exit(2);
}

function readArguments(words) {
  const options = { schedules: 300, keep: undefined, nodes: [process.execPath], names: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--schedules') {
      options.schedules = Number(words[++i]);
      if (!(Number.isInteger(options.schedules) && options.schedules >= 1 && options.schedules <= 1e6))
        usage('--schedules: accepted: 1 to 1000000');
    } else if (word === '--keep' || word === '--node') {
      const path = words[++i];
      if (path === undefined) usage(`${word} wants a path`);
      if (word === '--keep') options.keep = path;
      else options.nodes.push(path);
    } else if (PANICS.includes(word)) options.names.push(word);
    else usage(`no panic "${word}"; there are ${PANICS.join(', ')}`);
  }
  return options;
}

/** What a command of ours ends with, by some Node. */
function trap12(node, ...args) {
  const options = { cwd: root, encoding: 'utf8', timeout: PATIENCE_MS, maxBuffer: 1 << 26 };
  const { status, signal, stdout, stderr } = spawnSync(node, [BIN, ...args], options);
  return { status: status ?? signal, says: `${stdout}${stderr}`.trim() };
}

/** Writes the certificate of a panic. Undefined: it is there; otherwise what went wrong. */
function written(name, schedules, certificate, folder) {
  const of = (file) => `examples/panics/${name}/${file}.ts`;
  const schedule = join(folder, `${name}.txt`);
  const found = trap12(
    process.execPath,
    ...['explore', '--odds', '0', '--schedule', schedule, '--patch', of('hole'), of('scenario')],
  );
  if (found.status !== 1) return `explore ended with ${found.status}: ${found.says}`;
  const judged = trap12(
    process.execPath,
    ...['verify', schedule, '--schedules', String(schedules), '--patch', of('cure')],
    ...['--certificate', certificate],
  );
  return judged.status === 0 ? undefined : `verify ended with ${judged.status}: ${judged.says}`;
}

const versionOf = (node) => {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (status !== 0) usage(`${node} is no Node`);
  return stdout.trim();
};

const { schedules, keep, nodes, names } = readArguments(process.argv.slice(2));
const versions = nodes.map(versionOf);
const folder = mkdtempSync(join(tmpdir(), 'trap12-certificates-'));
let bad = false;
try {
  if (keep !== undefined) mkdirSync(keep, { recursive: true });
  const line = (cells) => console.log(`| ${cells.join(' | ')} |`);
  const heads = ['panic', 'KB', ...versions.map((version) => `Node ${version}`)];
  line(heads);
  line(heads.map(() => '---'));
  for (const name of names.length > 0 ? names : PANICS) {
    const certificate = join(keep ?? folder, `${name}.json`);
    const wrong = written(name, schedules, certificate, folder);
    const answers = nodes.map((node) => {
      if (wrong !== undefined) return '-';
      const { status, says } = trap12(node, 'certify', certificate);
      if (status !== 0) console.error(`${name}, ${node}: ${says}`);
      return status === 0 ? 'yes' : `no (${status})`;
    });
    bad ||= answers.some((answer) => answer !== 'yes');
    if (wrong !== undefined) console.error(`${name}: ${wrong}`);
    line([name, wrong === undefined ? Math.ceil(statSync(certificate).size / 1024) : '-', ...answers]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(bad ? 1 : 0);
