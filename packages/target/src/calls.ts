import type { Site, SymbolTable } from './symbols.js';

/** A function of the listing. */
export type TextSymbol = Site['function'];

/** The row of the listing at an address, if it is of the same function as another row. */
export function sameFunction(symbols: SymbolTable, { function: own }: Site, at: number): Site | undefined {
  const site = at >= own.address >>> 0 ? symbols.site(at) : undefined;
  return site?.function.address === own.address ? site : undefined;
}

/** The row of the listing behind another one of the same function. */
export function nextSite(symbols: SymbolTable, site: Site): Site | undefined {
  return sameFunction(symbols, site, site.address + site.length);
}

/** The function that an instruction calls by name. */
export function calledBy(symbols: SymbolTable, { instruction }: Site): TextSymbol | undefined {
  const name = /^call\s+(\w+)$/.exec(instruction)?.[1];
  return name !== undefined && symbols.has(name) ? symbols.symbol(name) : undefined;
}

/** Does an instruction call what the listing has as a function and the machine does by itself? */
export function callsHardware(symbols: SymbolTable, call: Site): boolean {
  const callee = calledBy(symbols, call);
  return callee !== undefined && symbols.site(callee.address)?.kind === 'epilogue';
}

/** What a push prepares: the call that comes next, or the access that comes before that. */
export function preparedBy(symbols: SymbolTable, push: Site): Site | undefined {
  let site: Site | undefined = push;
  while (site !== undefined && site.kind !== 'call' && !symbols.isPlace(site.address))
    site = nextSite(symbols, site);
  return site;
}

/**
 * Is an instruction one that a debugger can be shown to have come to: one that a machine with the kernel in
 * its checked form can stand before, or a call of a function, where pushes its arguments?
 */
export function isReached(symbols: SymbolTable, site: Site): boolean {
  if (symbols.isPlace(site.address)) return true;
  if (site.kind !== 'push' && site.kind !== 'call') return false;
  const prepared = preparedBy(symbols, site);
  return prepared?.kind === 'call' && !callsHardware(symbols, prepared);
}

/** The instruction at which a call begins: the first push of its arguments, if they follow each other. */
export function callBegins(symbols: SymbolTable, call: Site): Site {
  let site = call;
  for (;;) {
    const before = sameFunction(symbols, site, site.address - 1);
    if (before?.kind !== 'push' || before.line !== call.line || before.file !== call.file) return site;
    site = before;
  }
}
