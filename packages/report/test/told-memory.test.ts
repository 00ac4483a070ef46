import { expect, test } from 'vitest';
import { parseReport } from '../src/index.js';

/*
 * The memory of a report's machine: what its kernel printed, or what the writer says of it; never what is
 * said of anything else. The texts are made up.
 */

const PANIC = 'panic: zorp: nothing left\nDebugger("panic")\n';
const MB = 1 << 20;
const memory = (text: string) => parseReport(`${text}\n\n${PANIC}`).memory;

for (const [text, ramBytes] of [
  ['Hello list, I have a machine with 32 MB RAM running 4.3-RELEASE which panics.', 32 * MB],
  ['This is a ThinkPad with 64MB of RAM.', 64 * MB],
  ['It has 128M of memory, and 256 MB swap.', 128 * MB],
  ['RAM: 48 MB', 48 * MB],
  ['My old box with 16 MB died in the night.', 16 * MB],
  ['real memory  = 33554432 (32768K bytes)\navail memory = 29360128 (28672K bytes)', 32 * MB],
  ['real mem  = 67764224', 67764224],
  ['real mem = 536870912 (512MB)', 512 * MB],
  ['total memory = 32448 KB', 32 * MB],
  // What the kernel prints is its own.
  ['A machine with 32 MB RAM.\nreal memory  = 67108864 (65536K bytes)', 64 * MB],
] as const)
  test(`is told: ${text.split('\n').at(-1)!}`, () => {
    const told = memory(text)!;
    expect(told.ramBytes).toBe(ramBytes);
    const whole = `${text}\n\n${PANIC}`;
    expect(whole.slice(...told.span).replace(/ +/g, ' ')).toBe(told.said);
  });

for (const text of [
  'It has 256 MB of swap.',
  'It dies as soon as memcheck uses 30 MB of memory.',
  'On another machine with 64 MB RAM it works.',
  'At least 128 MB RAM are needed to see it.',
  'I have a machine with 32 MB RAM. The laptop with 64 MB RAM does the same.',
  'The card has 8 MB of video RAM.',
  'There were 12 MB of memory free.',
  '[drm] Detected VRAM RAM=8176M, BAR=256M',
  'N is RAM - 12 MB, so that it swaps.',
  'I added 64 MB of RAM since.',
  'real memory  = 33554432 (32768K bytes)\n\nThe other:\n\nreal memory  = 67108864 (65536K bytes)',
])
  test(`is not told: ${text.split('\n')[0]!}`, () => expect(memory(text)).toBeUndefined());
