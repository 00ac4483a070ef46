import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import type { PanicEvent } from '../types.js';
import type { Form } from './form.js';

const ID = 'said-before';

/** What kernels say before a panic that comes of it, and what that is. */
const SAID: readonly [words: RegExp, what: string][] = [
  [/^init: not found in path \//, 'the kernel had found no program to start as init'],
  [
    /^swap_pager_getswapspace\(\d+\): failed|^swap_pager: out of swap space|^(?:(?:uvm: )?pid \d+ \([^)]{1,40}\), .{0,40})?(?:was )?killed: (?:out of swap|failed to reclaim memory|a thread waited too long to allocate a page)/,
    'the machine was out of memory',
  ],
];

/** Lines from such a line to the panic. */
const REACH = 10;

/** Gives a panic that has just begun what the kernel said before it. */
export function giveSaid(b: Builder, event: PanicEvent): void {
  const { saidBefore: said } = b;
  if (said === null || b.lineNumber - said.at > REACH) return;
  b.saidBefore = null;
  event.details[DETAIL] = said.fact;
  event.forms.push(ID);
}

const DETAIL = 'said before';

/** What a kernel was short of before it panicked: no panic, nor a reason that is certain. */
export const saidBefore: Form = {
  id: ID,
  reads: 'what the kernel says before some panics: no init, no swap space',
  systems: 'all',
  leads: ['init: not found', 'swap_pager', 'pid ', 'uvm: pid ', 'was killed: '],
  line(_line: Line, b: Builder): boolean {
    if (!SAID.some(([words]) => words.test(b.low))) return false;
    b.saidBefore = { fact: b.fact(b.line.text), at: b.lineNumber };
    return true;
  },
  explain({ details }: PanicEvent) {
    const said = details[DETAIL];
    const what = SAID.find(([words]) => words.test(String(said?.value).toLowerCase()))?.[1];
    if (said === undefined || what === undefined) return [];
    return [{ text: `${what}, as the text says before the panic (likely)`, evidence: said, before: true }];
  },
};
