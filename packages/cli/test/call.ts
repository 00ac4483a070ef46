import { main } from '../src/main.js';

/** What a command writes to standard error, but for lines about what this computer takes long to compile. */
export const told = (err: string): string => err.replace(/^trap12: compiling .*\n/gm, '');

/**
 * Words for Node, by which a command says how far it is as soon as it does to somebody at a terminal, and not
 * after ten seconds only: to who waits for its being at work.
 */
export const TOLD_SOON = ['--import', 'data:text/javascript,process.stderr.isTTY = true'];

/** What the host waits for a script of its own, six times as short: 30 seconds become 5. */
const SHORT = `import { Script } from 'node:vm';
const run = Script.prototype.runInThisContext;
Script.prototype.runInThisContext = function (options) {
  const { timeout } = options ?? {};
  return run.call(this, timeout === undefined ? options : { ...options, timeout: timeout / 6 });
};`;

/** Words for Node, by which the watchdog over a kernel that does not look at the time loses patience soon. */
export const IMPATIENT = ['--import', `data:text/javascript,${encodeURIComponent(SHORT)}`];

/**
 * What a command line writes, and its exit code, without a process of its own: for what ends before a machine
 * runs. (That a process ends so, too, other tests see.)
 */
export async function called(args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { stdout, stderr } = process;
  const written = { out: '', err: '' };
  const before = [stdout, stderr].map((stream) => ({
    stream,
    write: stream.write,
    listeners: stream.listeners('error'),
  }));
  const take = (where: 'out' | 'err') =>
    ((chunk: string | Uint8Array) => {
      written[where] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    }) as typeof stdout.write;
  stdout.write = take('out');
  stderr.write = take('err');
  try {
    const status = await main([...args]);
    return { status, out: written.out, err: told(written.err) };
  } finally {
    for (const { stream, write, listeners } of before) {
      stream.write = write;
      for (const listener of stream.listeners('error'))
        if (!listeners.includes(listener)) stream.off('error', listener as () => void);
    }
  }
}
