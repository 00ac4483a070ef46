/**
 * Runs many processes in one machine, each with input of its own (fuzzrun.ts), and looks at what is left: the
 * kernel must live, what adds up must add up, nobody may be left over, and a shell must still answer.
 */
import { fileURLToPath } from 'node:url';
import { heldByKernel, invariantProblems } from '@trap12/kernel';
import { createSystem, runFor } from '@trap12/system';
import { compileFile } from '@trap12/system/compile.js';
import { loadKernel, NodeHost } from '@trap12/system/node.js';

const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';
/** Virtual time of a whole batch. */
const SECONDS = 3600;
/** Host time in which a machine must look at the time: far more than any turn takes, even on a busy host. */
const PATIENCE_MS = 600_000;
const HEAD_WORDS = 8;
const END = 0xffffffff;
const latin1 = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0) & 255);

/** Regular files that inputs may name. */
export const FILES = {
  'etc/lines': Array.from({ length: 200 }, (_, i) => `${(i * 7919) % 1000} word${i % 13} ${i}\tx\n`).join(''),
  'etc/binary': Uint8Array.from({ length: 9000 }, (_, i) => (i * i * 31 + i) >>> 3),
  'etc/long': `${'long '.repeat(3000)}\n`,
  'etc/empty': '',
};

let loaded;
/** What machines without inputs hold, by the number of their processors. */
const usual = new Map();

/** The kernel and the program that executes the inputs, once. */
async function subject() {
  loaded ??= (async () => ({
    kernel: await loadKernel(),
    runner: compileFile(fileURLToPath(new URL('fuzzrun.ts', import.meta.url))),
  }))();
  return loaded;
}

/** Another kernel and its programs, in the place of those as built: what a known bug is shown with. */
export async function useKernel(kernel) {
  loaded = Promise.resolve({ ...(await subject()), kernel });
  usual.clear();
}

/** The list that fuzzrun reads. */
function listOf(inputs) {
  const parts = [];
  const put = (bytes) => parts.push(bytes, new Uint8Array(-bytes.length & 3));
  for (const { argv, stdin = '', file = '', uid = 1000, ms = 400, mode = 0o755, closed = 0 } of inputs) {
    const args = latin1(argv.map((a) => `${a.replaceAll('\0', '')}\0`).join(''));
    const [given, own] = [stdin, file].map((x) => (typeof x === 'string' ? latin1(x) : x));
    const head = [uid, ms, argv.length, args.length, given.length, own.length, mode, closed];
    put(new Uint8Array(Uint32Array.from(head).buffer));
    for (const each of [args, given, own]) put(each);
  }
  const end = new Uint32Array(HEAD_WORDS).fill(END);
  put(new Uint8Array(end.buffer));
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * Runs a batch.
 * @param inputs of `argv`, and `stdin`, `file` (./f), `uid`, `ms`, `mode`, `closed`, if not the usual
 * @param machine ncpu, ramBytes, seed
 * @returns `statuses` of those that ran (wait(2)'s; -1: ended when its time was over) and `problem`, '' if
 * nothing is wrong with the machine
 */
export async function runBatch(inputs, machine) {
  const { kernel, runner } = await subject();
  const system = createSystem(kernel, {
    ramBytes: 16 << 20,
    locking: CURE,
    ...machine,
    command: 'exec fuzzrun /etc/inputs',
    files: { ...FILES, 'etc/inputs': listOf(inputs) },
    executables: [runner],
  });
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  const host = new NodeHost(PATIENCE_MS);
  let why;
  try {
    why = await runFor(system.machine, SECONDS, host);
  } catch (error) {
    why = `exception of the host: ${error.stack ?? error}`;
  } finally {
    host.close();
  }
  system.machine.console.flush();
  text = text.replaceAll('\r', '');
  const statuses = [...text.matchAll(/^@(\d+) (late|\d+)$/gm)].map((m) =>
    m[2] === 'late' ? -1 : Number(m[2]),
  );
  return { statuses, problem: problemOf(system, inputs, why, text, statuses, machine.ncpu), text, system };
}

function problemOf(system, inputs, why, text, statuses, ncpu) {
  const panic = /^(panic: .*|Fatal trap .*|Fatal double fault.*)$/m.exec(text);
  if (panic !== null) return panic[0];
  const said = text.replace(/\nWaiting \(max[\s\S]*$/, '').slice(-300);
  if (why !== 'halt') return `ended by ${why}: ${JSON.stringify(said)}`;
  if (system.exitStatus !== 0)
    return `fuzzrun ended with status ${system.exitStatus}: ${JSON.stringify(said)}`;
  if (statuses.length !== inputs.length) return `${statuses.length} of ${inputs.length} were executed`;
  const asked = Math.floor(inputs.length / 16) + 1;
  const answers = [...text.matchAll(/^@ alive$/gm)].length;
  if (answers !== asked) return `the shell answered ${answers} of ${asked} times`;
  const bad = invariantProblems(system.memory);
  if (bad.length > 0) return `show invariants: ${bad[0]}`;
  return leftOver(system, ncpu);
}

/** Of what the kernel holds, what must be the same with and without inputs. */
const SAME = [
  'nprocs',
  'nfiles',
  'amountpipekva',
  'references of vnodes',
  'wired pages of files',
  'bytes of exec_map',
  'malloc exec',
  'malloc zombie',
];

/** What a machine holds at its end that one without inputs does not. */
function leftOver(system, ncpu) {
  const held = heldByKernel(system.memory);
  const empty = usual.get(ncpu) ?? held;
  for (const name of SAME)
    if (held[name] !== empty[name])
      return `${name} is ${held[name]} at the end, ${empty[name]} without inputs`;
  return '';
}

/** Measures what a machine without inputs holds. */
export async function measureUsual(ncpu) {
  if (usual.has(ncpu)) return;
  const { system, problem } = await runBatch([], { seed: 1, ncpu });
  if (problem !== '') throw new Error(`a machine without inputs: ${problem}`);
  usual.set(ncpu, heldByKernel(system.memory));
}
