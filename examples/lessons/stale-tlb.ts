/** A kernel for a lesson: of all processors that use the map, only this one forgets its translations. */
export function pmap_inv_all(pmap: pmap): void {
  invltlb();
}
