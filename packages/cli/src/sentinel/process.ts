/*
 * A process beside a command that runs a kernel which is not ours (sentinel.ts): Ctrl-C comes to both. Where
 * the other does not say that it has seen it, it ends the other. It speaks to nobody else, and ends with it.
 */

import { WORDS } from './words.js';

/** Time between a Ctrl-C and the end of a process that does not see it, while it is held to that. */
const PATIENCE_MS = 2000;
const LOOK_MS = 100;
/** Who sees the signal first is chance: an answer may come before the question. */
const EARLY_MS = 500;
/** A process may handle SIGTERM itself, on the loop that it does not come to. */
const TERM_MS = 500;

const watched = process.ppid;
let armed = false;
let lastSeen = -Infinity;
/** ms that an answer is waited for; undefined: none is due */
let waited: number | undefined;

function end(): void {
  waited = undefined;
  const line = process.stderr.isTTY ? '\n' : '';
  process.stderr.write(
    `${line}trap12: interrupted: it has not come to a point where it can stop for ${PATIENCE_MS / 1000} s (an endless loop in the simulated kernel?)\n`,
  );
  // Node's own answer to this signal, also in the middle of a loop, is to put the terminal back and to end.
  send('SIGTERM');
  setTimeout(() => send('SIGKILL'), TERM_MS);
}

function send(signal: NodeJS.Signals): void {
  // Whoever has lost its parent has another one.
  if (process.ppid === watched) process.kill(watched, signal);
}

process.stderr.on('error', () => {});

process.on('SIGINT', () => {
  if (performance.now() - lastSeen > EARLY_MS) waited ??= 0;
});
process.stdin.on('data', (words: Buffer) => {
  for (const word of words.toString('latin1')) {
    if (word !== WORDS.seen) armed = word === WORDS.arm;
    else {
      lastSeen = performance.now();
      waited = undefined;
    }
  }
});
process.stdin.on('end', () => process.exit());
setInterval(() => {
  if (waited === undefined || !armed) return;
  waited += LOOK_MS;
  if (waited >= PATIENCE_MS) end();
}, LOOK_MS);
