import { isNameless } from '../culprit.js';
import { isCheck, isPanicHelper, isTrapHelper, isWayIn } from '../functions/index.js';
import type { Span } from '../types.js';
import type { Context } from './context.js';

/** A kernel says so where its stack was too small, and a double fault is what comes of it on x86. */
const OVERFLOW = /stack (?:overflow|overrun|exhausted|guard)|out of (?:kernel )?stack/i;
/** A function that stands so often in one backtrace has called itself, by way of others or not. */
const OFTEN = 2;
const NAMED_MAX = 4;

/** Functions that call each other in a circle, in a backtrace of a stack that most likely overflowed. */
export function recursion(c: Context): void {
  const { report } = c;
  const overflow = report.kind === 'double-fault' || OVERFLOW.test(report.message?.value ?? '');
  if (!overflow) return;
  const seen = new Map<string, Span[]>();
  for (const { function: name, span, inlined } of report.frames) {
    if (inlined === true || isNameless(name) || isPanicHelper(name) || isTrapHelper(name) || isWayIn(name))
      continue;
    const spans = seen.get(name);
    if (spans === undefined) seen.set(name, [span]);
    else spans.push(span);
  }
  // What takes locks or memory stands twice in many a backtrace.
  const again = [...seen].filter(([name, spans]) => spans.length >= (isCheck(name) ? OFTEN + 1 : OFTEN));
  // One function twice can be chance: two layers of one kind.
  if (again.length < 2 && !again.some(([, spans]) => spans.length > OFTEN)) return;
  const named = again.slice(0, NAMED_MAX).map(([name, spans]) => `${name} ${spans.length} times`);
  c.claim(
    'recursion',
    `the kernel stack most likely overflowed by recursion: in the backtrace stand ${named.join(', ')}`,
    'functions that stand there again and again call each other in a circle, and a stack that is full makes a double fault',
    { functions: again.map(([name]) => name).join(' ') },
    again.flatMap(([, spans]) => spans.slice(0, OFTEN)),
    'likely',
  );
}
