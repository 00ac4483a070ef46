/*
 * A process beside a command that runs a kernel which is not ours (sentinel.ts): Ctrl-C comes to both. Where
 * the other does not say that it has seen it, nor that its kernel goes on, it ends the other. Where the other
 * has the terminal in raw mode Ctrl-C is no signal: it is made one while nothing is heard of the other, and
 * one that was pressed before is as good. It notes each Ctrl-C for the other. It speaks to nobody else, and
 * ends with it.
 */

import { fstatSync, writeSync } from 'node:fs';
import { hostMs } from '@trap12/system/interruption.js';
import { notedSignal, NOTES_FD } from './notes.js';
import { SignalKeys } from './signal-keys.js';
import { endedText, INTERRUPT_KEY, missedLine, WORDS } from './words.js';

/** Time between a Ctrl-C and the end of a process that does not see it, while it is held to that. */
const PATIENCE_MS = 2000;
const LOOK_MS = 100;
/** Time without a word of a process that runs a machine in raw mode, until Ctrl-C is made a signal. */
const SILENCE_MS = 2000;
/** Who sees the signal first is chance: an answer may come before the question. */
const EARLY_MS = 500;
/** The same of a signal and the end of a process that dies of it. */
const LATE_MS = 50;
/** A process may handle SIGTERM itself, on the loop that it does not come to. */
const TERM_MS = 500;

const watched = process.ppid;
let armed = false;
let lastSeen = -Infinity;
/** ms that an answer is waited for; undefined: none is due */
let waited: number | undefined;
/** ms since the other was last heard to go on without an answer */
let quiet = Number.POSITIVE_INFINITY;
/** Signals since the last answer: whoever gives another one does not want to wait for what goes on */
let signals = 0;
const keys = new SignalKeys();
/** ms since the other said that it runs in raw mode; undefined: it does not, or that was acted on */
let silent: number | undefined;
/** What was typed while it was silent, up to when signals were made */
let typed = '';

function end(): void {
  waited = undefined;
  const line = process.stderr.isTTY ? '\n' : '';
  const why = quiet < PATIENCE_MS ? '' : ' (an endless loop in the simulated kernel?)';
  process.stderr.write(
    `${line}trap12: interrupted: it has not come to a point where it can stop for ${PATIENCE_MS / 1000} s${why}\n`,
  );
  // Node's own answer to this signal, also in the middle of a loop, is to put the terminal back and to end.
  send('SIGTERM');
  setTimeout(() => send('SIGKILL'), TERM_MS);
}

function send(signal: NodeJS.Signals): void {
  // Whoever has lost its parent has another one.
  if (process.ppid === watched) process.kill(watched, signal);
}

function hear(word: string): void {
  if (word === WORDS.seen) {
    lastSeen = performance.now();
    waited = undefined;
    signals = 0;
  } else if (word === WORDS.alive) {
    quiet = 0;
    if (waited !== undefined && signals < 2) waited = 0;
  } else if (word === WORDS.running) {
    silent = 0;
  } else if (word === WORDS.still) {
    silent = undefined;
    // It was late only: what was typed is a key.
    if (typed.includes(INTERRUPT_KEY)) {
      waited = undefined;
      signals = 0;
    }
    // The other waits for the answer: nobody else changes the terminal's settings now.
    process.stdout.write(missedLine({ madeSignals: keys.off(), typed }));
    typed = '';
  } else {
    armed = word === WORDS.arm;
  }
}

/** Notes the signal where the other sees it while it is busy. */
function note(): void {
  try {
    if (fstatSync(NOTES_FD).isFile()) writeSync(NOTES_FD, notedSignal(hostMs()));
  } catch {
    // There is no such file: it sees the signal when it is not busy.
  }
}

/** Time is counted in looks: where the computer is slow, it is so for both. */
function listen(): void {
  if (silent === undefined) return;
  silent += LOOK_MS;
  if (silent < SILENCE_MS || process.ppid !== watched) return;
  silent = undefined;
  if (!keys.on()) return;
  typed = keys.typed().toString('latin1');
  if (typed.includes(INTERRUPT_KEY)) waited ??= 0;
}

process.stderr.on('error', () => {});

process.on('SIGINT', () => {
  note();
  if (performance.now() - lastSeen <= EARLY_MS) return;
  signals++;
  waited ??= 0;
});
process.stdin.on('data', (words: Buffer) => {
  for (const word of words.toString('latin1')) hear(word);
});
process.stdout.on('error', () => {});
/** The other is gone; of a signal that it did not see it has died without a word. */
process.stdin.on('end', () =>
  setTimeout(() => {
    if (waited !== undefined) process.stderr.write(endedText());
    process.exit();
  }, LATE_MS),
);
setInterval(() => {
  listen();
  quiet += LOOK_MS;
  if (waited === undefined || !armed) return;
  waited += LOOK_MS;
  if (waited >= PATIENCE_MS) end();
}, LOOK_MS);
