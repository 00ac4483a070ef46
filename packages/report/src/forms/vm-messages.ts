import { canonHex, exactNumber } from '../scan.js';
import type { Form } from './form.js';

const NOFAULT = /^(\w{3,40}): fault on nofault entry,? addr: (?:0x)?([0-9a-f]+)/i;
const KMEM = /^kmem_\w{3,12}\((\d+)\): kmem_map too small: (\d+) total allocated/i;

/** The kernel touched memory that it had promised not to fault on. */
export const vmFaultNofault: Form = {
  id: 'vm-fault-nofault',
  reads: 'vm_fault on an entry that must not fault, with the address',
  systems: 'FreeBSD',
  message(text: string) {
    const m = NOFAULT.exec(text);
    return m === null ? null : { kind: 'nofault-entry', details: { by: m[1]!, address: canonHex(m[2]!) } };
  },
};

/** The kernel's memory map is full. */
export const kmemMap: Form = {
  id: 'kmem-map',
  reads: 'kmem_map (or another submap) too small, with the request and the total',
  systems: 'FreeBSD',
  message(text: string) {
    const m = KMEM.exec(text);
    if (m !== null)
      return {
        kind: 'kmem-map-too-small',
        details: { request: exactNumber(m[1]!), total: exactNumber(m[2]!) },
      };
    const map =
      /^(\w{1,20}): ?(\w{1,12}_map) too small/i.exec(text) ??
      /^(kmem_malloc): (mb_map) too small/i.exec(text);
    return map === null ? null : { kind: 'kmem-map-too-small', details: { map: map[2]! } };
  },
};
