import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { Interruption } from '@trap12/system/interruption.js';
import { Interrupted, inOneLine } from '../exit.js';
import { Progress } from '../progress.js';
import type { CompileAnswer, CompileJob } from './compile-job.js';

/** The thread that compiles; it is kept, as what it knows makes the next time shorter. */
let thread: Worker | undefined;

const interrupted = (): Interrupted => new Interrupted('what was to run was not compiled');

/** What takes longer says so. */
const LONG_MS = 1000;

/**
 * Compiles in a thread of its own: to compile is one call, during which this thread would hear nothing of
 * Ctrl-C. Other threads compile for themselves. What is compiled next in this thread finds all of it done.
 * @throws Interrupted if Ctrl-C has come meanwhile; else as the compiler
 */
export async function compileAhead(job: CompileJob): Promise<void> {
  if (!isMainThread || (await isDone(job))) return;
  const interruption = new Interruption();
  const progress = new Progress();
  const saying = setTimeout(() => progress.now(`compiling ${namesOf(job)}`), LONG_MS);
  try {
    if (interruption.interrupted) throw interrupted();
    await take(await answered(job, interruption));
  } finally {
    clearTimeout(saying);
    progress.end();
    interruption.close();
  }
}

/** What is compiled, for people. */
function namesOf(job: CompileJob): string {
  const files = 'programs' in job ? job.programs : [job.kernel.file ?? [], ...job.kernel.patches].flat();
  const names = files.map((path) => inOneLine(basename(path))).join(', ');
  return 'programs' in job ? names : `the kernel with ${names}`;
}

async function isDone(job: CompileJob): Promise<boolean> {
  if ('programs' in job) {
    const { isCompiled } = await import('@trap12/system/compile.js');
    return job.programs.every(isCompiled);
  }
  const { isBuilt } = await import('@trap12/system/compile-kernel.js');
  const { file, patches, form } = job.kernel;
  return isBuilt(file, patches, form);
}

function answered(job: CompileJob, interruption: Interruption): Promise<CompileAnswer> {
  return new Promise((resolve, reject) => {
    thread ??= new Worker(fileURLToPath(import.meta.resolve('@trap12/cli/work/compiler.cjs')));
    const at = thread;
    const done = (): void => {
      for (const event of ['message', 'error', 'exit']) at.removeAllListeners(event);
      at.unref();
    };
    const failed = (error: Error): void => {
      done();
      thread = undefined;
      reject(error);
    };
    at.ref();
    at.on('message', (answer: CompileAnswer) => {
      done();
      resolve(answer);
    });
    at.on('error', failed);
    at.on('exit', () => failed(new Error('the thread that compiles has ended')));
    interruption.onPress(() => {
      failed(interrupted());
      void at.terminate();
    });
    at.postMessage(job);
  });
}

async function take(answer: CompileAnswer): Promise<void> {
  const { CompileError, takeProgram } = await import('@trap12/system/compile.js');
  if ('error' in answer) {
    const { isCompile, name, message, code, syscall } = answer.error;
    if (isCompile) throw new CompileError(message);
    if (name === 'RangeError') throw new RangeError(message);
    throw Object.assign(new Error(message), { name, code, syscall });
  }
  const { kernel, programs = [] } = answer.made;
  programs.forEach(takeProgram);
  if (kernel === undefined) return;
  const { takeKernel } = await import('@trap12/system/compile-kernel.js');
  takeKernel(kernel);
}
