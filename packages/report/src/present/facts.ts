import type { Fact, PanicEvent, SegAddr, Span, Trap } from '../types.js';
import type { Item } from './item.js';
import { placeText, processText } from './words.js';

/** The fields of an event as a table: name, value, place. */
export function facts(event: PanicEvent): Item[] {
  const table = new Table();
  table.value('kind', event.kind);
  if (event.trap !== undefined) trapFacts(event.trap, table);
  table.fact('process', event.process, processText);
  const at = event.stoppedAt;
  if (at !== undefined) {
    const instruction = at.instruction === undefined ? '' : `: ${at.instruction}`;
    const cpu = at.cpu === undefined ? '' : `, on cpu ${at.cpu}`;
    table.value('stopped at', `${placeText(at)}${instruction}${cpu}`, at.span);
  }
  table.fact('message', event.message, String);
  if (event.trap?.cpuid === undefined) table.fact('cpu', event.cpu, String);
  for (const [name, fact] of Object.entries(event.details))
    if (name !== 'stable') table.fact(name, fact, String);
  return table.items;
}

class Table {
  readonly items: Item[] = [];

  value(name: string, text: string, span?: Span): void {
    if (text !== '') this.items.push({ name, text, spans: span === undefined ? [] : [span] });
  }

  fact<T>(name: string, fact: Fact<T> | undefined, text: (value: T) => string): void {
    if (fact !== undefined)
      this.value(name, `${text(fact.value)}${fact.likely === true ? ' (likely)' : ''}`, fact.span);
  }
}

function trapFacts(trap: Trap, table: Table): void {
  const name = trap.name === undefined ? '' : ` (${trap.name.value})`;
  // Not every system numbers its traps in what it prints.
  if (trap.number !== undefined) table.fact('trap', trap.number, (number) => `${number}${name}`);
  else if (trap.name !== undefined) table.fact('trap', trap.name, String);
  else table.fact('trap', trap.nativeType, String);
  table.fact('mode', trap.mode, String);
  const apic = trap.apicId === undefined ? '' : ` (apic id ${trap.apicId.value})`;
  table.fact('cpu', trap.cpuid, (id) => `${id}${apic}`);
  table.fact('mp_lock', trap.mpLock, String);
  table.fact(
    'fault address',
    trap.faultAddress,
    (address) => `${address}${trap.pageOnly === undefined ? '' : ', or past it in its page'}`,
  );
  table.fact('fault code', trap.faultCode, (code) => `${code.by} ${code.access}, ${code.why}`);
  table.fact('instruction pointer', trap.ip, segmented);
  table.fact('stack pointer', trap.sp, segmented);
  table.fact('frame pointer', trap.fp, segmented);
  table.fact('code segment', trap.codeSegment, (segment) =>
    Object.entries(segment)
      .map(([field, value]) => `${field} ${value}`)
      .join(', '),
  );
  table.fact('eflags', trap.eflags, ({ flags, iopl }) =>
    [...flags, ...(iopl === undefined ? [] : [`IOPL ${iopl}`])].join(', '),
  );
  table.fact('interrupt mask', trap.interruptMask, String);
  table.fact('error code', trap.errorCode, (code) => `0x${code.toString(16)}`);
}

/** `0x8:0xc027a13e`, as trap_fatal prints it. */
function segmented({ selector, address }: SegAddr): string {
  return selector === undefined ? address : `${selector}:${address}`;
}
