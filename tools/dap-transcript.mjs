/**
 * A session with `trap12 dap` as an editor has it, written down: opens a schedule where the kernel died,
 * watches the page-table entry through which the dead access went, and goes back to the store that cleared
 * it. docs/editors.md shows what it prints.
 *
 * usage: node tools/dap-transcript.mjs SCHEDULE
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DebugClient } from '@vscode/debugadapter-testsupport';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [schedule] = process.argv.slice(2);
if (schedule === undefined) {
  console.error('usage: node tools/dap-transcript.mjs SCHEDULE');
  process.exit(2);
}

const client = new DebugClient(join(root, 'packages/cli/bin/trap12.js'), 'dap', 'trap12');
client.defaultTimeout = 600_000;

const show = (arrow, name, value) => console.log(`${arrow} ${name} ${JSON.stringify(value)}`);

/** Sends a request and shows it, with its answer if that is of interest. */
async function ask(command, args, answer = (body) => body) {
  show('->', command, args);
  const { body } = await client.send(command, args);
  const told = answer(body);
  if (typeof told === 'string') console.log(told.replaceAll(/^/gm, '   '));
  else if (told !== undefined) show('<-', command, told);
  return body;
}

/** Sends a request that has the machine go, and waits until it stands. */
async function go(command, args) {
  const stopped = client.waitForEvent('stopped');
  show('->', command, args);
  await client.send(command, args);
  const { body } = await stopped;
  show('<-', 'stopped', body);
  return body;
}

/** The frames of a thread, a line each, up to a number. */
async function stack(threadId, levels) {
  const { stackFrames } = await ask('stackTrace', { threadId, levels }, () => undefined);
  for (const { name, source, line } of stackFrames)
    console.log(`   ${name}${source === undefined ? '' : `  ${source.name}:${line}`}`);
  return stackFrames;
}

await client.start();
await client.initializeRequest();
const stopped = client.waitForEvent('stopped');
const ready = client.waitForEvent('initialized');
show('->', 'launch', { schedule });
await client.launchRequest({ schedule });
await ready;
await client.configurationDoneRequest();
const panic = (await stopped).body;
show('<-', 'stopped', panic);
const frames = await stack(panic.threadId, 8);
const dead = frames.find((frame) => frame.name === 'get_ptbase');
const nothing = () => undefined;
const { scopes } = await ask('scopes', { frameId: dead.id }, nothing);
const { body: locals } = await client.variablesRequest({ variablesReference: scopes[0].variablesReference });
for (const { name, value, type } of locals.variables) console.log(`   ${name} = ${value} (${type})`);
const value = ({ result }) => result;
const directory = await ask(
  'evaluate',
  { expression: 'pmap.pm_pdir', frameId: dead.id, context: 'watch' },
  value,
);
const { result: PTmap } = await ask('evaluate', { expression: 'PTmap', context: 'watch' }, value);
const page = Number.parseInt(/0x[0-9a-f]+/.exec(directory.result)[0], 16) >>> 12;
const entry = `0x${(Number.parseInt(PTmap, 16) + 4 * page).toString(16)}`;
console.log(`   the entry for that page: ${entry}`);
const { dataId } = await ask('dataBreakpointInfo', { name: entry, asAddress: true });
await ask('setDataBreakpoints', { breakpoints: [{ dataId }] });
const cleared = await go('reverseContinue', { threadId: panic.threadId });
await stack(cleared.threadId, 12);
const next = await go('next', { threadId: cleared.threadId, granularity: 'instruction' });
await ask('readMemory', { memoryReference: entry, count: 4 });
await go('continue', { threadId: next.threadId });
await ask('evaluate', { expression: `last-write ${entry.slice(2)}`, context: 'repl' }, value);
await client.disconnectRequest();
await client.stop();
