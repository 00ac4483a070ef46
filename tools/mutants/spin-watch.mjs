/**
 * Who takes spin mutexes while a machine runs, and what is written without the one that it belongs to: for
 * packages/kernel/test/spin_locks.test.ts and its mutants.
 */
import { lockKeyOf } from '@trap12/explore';

/**
 * A load (tools/loads.mjs) that comes by most places that take a spin mutex; the rest is for what its last
 * command calls, which is the test in the kernel.
 */
export const SPIN_LOAD = {
  command:
    'sleepers 3 4 & echo x > /tmp/f; rm /tmp/f; ps; nice sleep 1; kill %1; wait; time memcheck 5m; ' +
    'stress signals 2; vmstat; memcheck 14m; sync',
  ramMB: 7,
  says: [],
  seconds: 60,
  machine: { swapBytes: 4 << 20, ncpu: 2 },
};

/** From the frame pointer of mtx_lock_spin to the address that it returns to. */
const RETURN = 4;

/**
 * Watches a machine that has not been switched on; its kernel is to be in its checked form.
 * @returns a function that tells what has been seen: `taken`, the functions that take a mutex, and which, as
 * `function: mutex`; `places`, in how many places a function takes any; `kept`, the stores of a function to a
 * field (or variable) whose key names a spin mutex, all of them with that mutex held, as `function
 * struct.field`; `bare`, those of which some were without
 */
export function watchSpins(system) {
  const { symbols, memory, machine } = system;
  const constant = (name) => symbols.constant(name);
  const [acquired, spin] = [constant('HW_ACQUIRED'), constant('HW_SPIN') | constant('HW_EXCLUSIVE')];
  const owner = symbols.offset('mtx', 'mtx_lock');
  const flags = constant('MTX_FLAGMASK');
  const taken = new Set();
  const places = new Map();
  const mutexes = new Set();
  const stores = new Map();

  const happened = (kind, object, arg) => {
    if (kind !== acquired || arg !== spin) return;
    mutexes.add(object >>> 0);
    const from = memory.u32((system.target.cpu.registers.ebp >>> 0) + RETURN) - 1;
    const name = memory.string(memory.field('lock_object', object, 'lo_name'), 32);
    const taker = symbols.site(from).function.name;
    taken.add(`${taker}: ${name}`);
    places.set(taker, (places.get(taker) ?? new Set()).add(from));
  };

  /** Who has the mutex at an address has its own address in it. */
  const isHeld = (at) => (memory.u32(at + owner) & ~flags) === machine.cpu.context;

  const known = new Map();
  const keyOf = (at) => {
    if (!known.has(at)) {
      const site = symbols.site(at);
      const writes = site !== undefined && (site.kind === 'store' || site.kind === 'rmw');
      const key = writes ? lockKeyOf(symbols, site) : undefined;
      known.set(at, key?.kind === 'locks' ? { key, name: site.function.name } : null);
    }
    return known.get(at);
  };
  const step = ({ site, address, bytes }) => {
    const store = address >= 0 || bytes > 0 ? null : keyOf(site);
    if (store === null) return false;
    const at = mutexesOf(system, store.key, address >>> 0).filter((mutex) => mutexes.has(mutex));
    if (at.length === 0) return false;
    const what = `${store.name} ${store.key.struct}.${store.key.field}`;
    stores.set(what, (stores.get(what) ?? true) && at.some(isHeld));
    return false;
  };
  system.observe({ happened }, ['KTR_SPIN']);
  machine.steps.askFrom({ step });
  return () => ({
    taken: [...taken].sort(),
    places: new Map([...places].map(([taker, from]) => [taker, from.size])),
    kept: [...stores].flatMap(([what, all]) => (all ? [what] : [])).sort(),
    bare: [...stores].flatMap(([what, all]) => (all ? [] : [what])).sort(),
  });
}

/** Where the locks lie that a key names, for the object whose field is at an address. */
function mutexesOf({ symbols, memory }, key, address) {
  const base = key.struct === '' ? 0 : address - symbols.offset(key.struct, key.field);
  return key.locks.map((lock) => {
    const at = 'variable' in lock ? symbols.address(lock.variable) : base + lock.offset;
    return (lock.pointer ? memory.u32(at) : at) >>> 0;
  });
}
