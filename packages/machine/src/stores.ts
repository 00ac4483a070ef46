/**
 * Whose a store is: an instruction of the kernel's or of a program's, a disk, or the processor itself, which
 * marks entries of page tables.
 */
export type StoredBy = 'kernel' | 'program' | 'disk' | 'processor';

/** A store that is about to be made to a page that somebody watches. */
export interface Store {
  /** Physical address */
  readonly pa: number;
  /** 0: not known here; an instruction's is in the listing, and a copy goes no further than its page */
  readonly bytes: number;
  /** Text address of the instruction; 0: none is known */
  readonly site: number;
  readonly by: StoredBy;
}

/**
 * Somebody who wants to know of each store to some pages of physical memory, before it is made. Changes
 * nothing in the machine. What is not stored to such a page costs nothing: the TLB's entries for writing to
 * them stay cold (Mmu), so that every store to them comes by.
 */
export interface StoreWatch {
  /** Is the page at a physical address one of those? Its answers stay the same while it watches. */
  watches(pa: number): boolean;
  stores(store: Store): void;
}
