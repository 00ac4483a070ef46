import { readFileSync } from 'node:fs';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import { completeOptions, DEFAULT_OPTIONS } from '@trap12/system';
const { Lab, parseSchedule, replaySchedule, fateOf, fateText, CHANCES } = await import('@trap12/explore');
const s = parseSchedule(readFileSync('/tmp/eng-sched.txt', 'utf8'));
const kernel = await loadKernel();
const lab = new Lab({
  kernel,
  scenario: undefined,
  options: { ...DEFAULT_OPTIONS, ...s.machine, command: s.command },
  seconds: s.seconds,
  from: s.from,
});
let t = process.cpuUsage();
const { examined, divergence } = replaySchedule(lab, s);
console.log(divergence, examined.failure.title, process.cpuUsage(t));
t = process.cpuUsage();
const fate = await fateOf(lab, examined, {
  walk: CHANCES.random,
  seed: 1,
  tries: Number(process.argv[2] ?? 16),
});
console.log(fateText(fate).join('\n'), process.cpuUsage(t));
