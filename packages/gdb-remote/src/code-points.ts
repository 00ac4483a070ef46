import {
  calledBy,
  callsHardware,
  nextSite,
  preparedBy,
  sameFunction,
  type Site,
  type SymbolTable,
  type TextSymbol,
} from '@trap12/target';

/*
 * Where gdb sets breakpoints and where the machine can stand are not the same: it stands before accesses,
 * copies, divisions and where functions begin, and gdb wants to stop behind a prologue, at the pushes of a
 * call, and where a call returns to. At each of those the memory is that of the next place where the machine
 * can stand; what comes by there is known from functions that begin and frames that go.
 */

/** What has to happen for an address to be passed. */
export type Trigger =
  /** The machine comes to a place where it can stand */
  | { readonly at: 'place'; readonly place: number }
  /** Whichever program has an instruction there: what has to happen is known when it runs (programPoint) */
  | { readonly at: 'program' }
  /** A function has been entered */
  | { readonly at: 'entry'; readonly function: TextSymbol }
  /** A function has been called that returns to `back`; undefined: by a pointer */
  | { readonly at: 'call'; readonly callee: TextSymbol | undefined; readonly back: number }
  /** It has returned there */
  | { readonly at: 'return'; readonly callee: TextSymbol | undefined; readonly back: number }
  /** A function has come to its end */
  | { readonly at: 'leave'; readonly function: TextSymbol };

/** An address at which the machine is to stop. */
export interface CodePoint {
  readonly address: number;
  readonly trigger: Trigger;
}

/**
 * What the listing says of an address; undefined: nothing tells when it is passed, or no instruction begins
 * there.
 */
export function codePoint(symbols: SymbolTable, address: number): CodePoint | undefined {
  const isUser = address >>> 0 < symbols.constant('VM_MAXUSER_ADDRESS') >>> 0;
  const trigger: Trigger | undefined = isUser ? { at: 'program' } : triggerAt(symbols, address >>> 0);
  return trigger === undefined ? undefined : { address: address >>> 0, trigger };
}

/** The same for an address of a program. */
export function programPoint(symbols: SymbolTable, address: number): CodePoint | undefined {
  const trigger = triggerAt(symbols, address);
  return trigger === undefined ? undefined : { address, trigger };
}

function triggerAt(symbols: SymbolTable, address: number): Trigger | undefined {
  const site = symbols.site(address);
  if (site === undefined || site.address !== address) return undefined;
  if (symbols.isPlace(address)) return { at: 'place', place: address };
  const before = sameFunction(symbols, site, address - 1);
  if (site.kind === 'prologue' || before?.kind === 'prologue')
    return { at: 'entry', function: site.function };
  switch (site.kind) {
    case 'epilogue':
      return { at: 'leave', function: site.function };
    case 'push':
    case 'call':
      return calling(symbols, site);
    case 'cleanup':
      return returning(symbols, site, before);
    default:
      if (before?.kind === 'call') return returning(symbols, site, before);
      return /^(nop|mov)/.test(site.instruction) ? behind(symbols, site) : undefined;
  }
}

/** What comes next, if that is as good as here: nothing lies between. */
function behind(symbols: SymbolTable, site: Site): Trigger | undefined {
  const next = nextSite(symbols, site);
  return next === undefined ? undefined : triggerAt(symbols, next.address);
}

function calling(symbols: SymbolTable, push: Site): Trigger | undefined {
  const call = preparedBy(symbols, push);
  if (call?.kind !== 'call') return call && { at: 'place', place: call.address };
  if (callsHardware(symbols, call)) return behind(symbols, call);
  return { at: 'call', callee: calledBy(symbols, call), back: call.address + call.length };
}

function returning(symbols: SymbolTable, site: Site, call: Site | undefined): Trigger | undefined {
  if (call?.kind !== 'call') return undefined;
  if (callsHardware(symbols, call)) return behind(symbols, site);
  return { at: 'return', callee: calledBy(symbols, call), back: site.address };
}

/** Bytes that a function reserves in its frame. */
export function frameBytes(symbols: SymbolTable, { address }: TextSymbol): number {
  for (let site = symbols.site(address); site?.kind === 'prologue'; ) {
    const bytes = /^subl\s+\$(0x[0-9a-f]+),%esp$/.exec(site.instruction)?.[1];
    if (bytes !== undefined) return Number(bytes);
    site = symbols.site(site.address + site.length);
  }
  return 0;
}
