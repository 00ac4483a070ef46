import { describe, expect, it } from 'vitest';
import { FUNCTIONS, parseReport, plainName, roleOf } from '../src/index.js';

/** The outermost functions of each system, past which a trace is whole. */
const ENDS: Record<string, string[]> = {
  FreeBSD: ['fork_exit', 'fork_trampoline'],
  DragonFly: ['syscall2', 'Xfast_syscall'],
  OpenBSD: ['syscall', 'Xsyscall'],
  NetBSD: ['syscall', 'lwp_trampoline'],
  all: ['amd64_syscall', 'fast_syscall_common'],
};
const ROLES = ['panic', 'trap', 'fault', 'check', 'way'] as const;

function trace(names: readonly string[]): string {
  const lines = names.map((name, i) => `${name}() at ${name}+0x${(i + 5).toString(16)}`);
  return `panic: something is wrong\nStack backtrace:\n${lines.join('\n')}\n`;
}

for (const [system, lists] of Object.entries(FUNCTIONS)) {
  describe(`the lists of ${system}`, () => {
    it('give every function one role', () => {
      const all = ROLES.flatMap((role) => lists[role]);
      const twice = all.filter((name, i) => all.indexOf(name) !== i);
      expect(twice).toEqual([]);
    });

    it('never let a helper be the culprit where another function stands outside it', () => {
      for (const role of ['panic', 'trap', 'check'] as const) {
        for (const name of lists[role]) {
          const report = parseReport(trace(['vpanic', 'panic', name, 'zorp_own', ...ENDS[system]!]));
          expect([name, report.signatureParts.culprit]).toEqual([name, 'zorp_own']);
          expect(report.ownFrames).toEqual(['zorp_own']);
        }
      }
    });

    it('keep the ways in out of the event\u2019s own frames', () => {
      for (const name of lists.way) {
        const report = parseReport(trace(['vpanic', 'panic', 'zorp_own', name, ...ENDS[system]!]));
        expect([name, report.ownFrames]).toEqual([name, ['zorp_own']]);
      }
    });

    it('end a trace at the functions where stacks begin', () => {
      for (const name of lists.base) {
        const report = parseReport(trace(['vpanic', 'panic', 'zorp_own', name]));
        expect([name, report.traceEnd]).toEqual([name, 'whole']);
        expect(report.damage.filter((each) => each.kind === 'truncated')).toEqual([]);
      }
    });
  });
}

it('what compilers append to names is no part of them', () => {
  for (const [name, plain] of [
    ['zorp_get.isra.0', 'zorp_get'],
    ['zorp_get.part.12', 'zorp_get'],
    ['zorp_get.cold', 'zorp_get'],
    ['zorp_get.constprop.0.isra.1', 'zorp_get'],
    ['zorp_get.llvm.1234567890', 'zorp_get'],
    ['vpanic.cold', 'vpanic'],
    ['.str.7', '.str'],
    ['zorp_get', 'zorp_get'],
  ])
    expect(plainName(name!)).toBe(plain);
  expect(roleOf('vpanic.cold')).toBe('panic');
  expect(roleOf('__asan_store8_noabort')).toBe('check');
  expect(roleOf('zorp_panic')).toBeNull();
});

it('a bare address, a question mark or user code is never the culprit', () => {
  for (const nameless of ['??() at 0xffffffff82a1b2c4', '0() at 0', 'f9(1,2) at 0xf9']) {
    const text = `panic: zorp\nStack backtrace:\npanic() at panic+0x43\n${nameless}\nzorp_own() at zorp_own+0x1\nfork_exit() at fork_exit+0x80\n`;
    expect(parseReport(text).signatureParts.culprit).toBe('zorp_own');
  }
  const user =
    'panic: zorp\nStack backtrace:\npanic() at panic+0x43\namd64_syscall() at amd64_syscall+0x1\n--- syscall (4, FreeBSD ELF64, sys_write), rip = 0x22c5da, rsp = 0x8209d6d48, rbp = 0x8209d6d70 ---\nmain() at main+0x10\n';
  expect(parseReport(user).signatureParts.culprit).not.toBe('main');
});

it('the allocators\u2019 own functions are helpers, down to where they ask for pages', () => {
  const names = `slab_zalloc uma_zone_slab uma_zalloc_internal uma_zfree_internal keg_alloc_slab keg_free_slab
    keg_drain zone_alloc_item zone_drain zone_reclaim page_alloc uma_small_alloc kmem_malloc kmem_back
    kmem_slab_alloc _kmalloc_obj_debug objcache_reclaimlist pool_page_alloc pool_allocator_alloc pool_prime_page
    pool_multi_alloc_ni pool_large_alloc uvm_km_kmemalloc uvm_km_alloc_poolpage`;
  for (const name of names.split(/\s+/)) {
    const text = trace(['panic', 'kmem_malloc', name, 'malloc', 'zorp_own', 'fork_exit']);
    expect([name, parseReport(text).signatureParts.culprit]).toEqual([name, 'zorp_own']);
  }
  // Where nothing else is left, it is the innermost of them.
  const own = trace([
    'panic',
    'keg_free_slab',
    'keg_drain',
    'zone_reclaim',
    'uma_reclaim_worker',
    'fork_exit',
  ]);
  expect(parseReport(own).signatureParts.culprit).toBe('keg_free_slab');
  for (const name of ['zone_dataset_visible', 'pool_zorp', 'keg_zorp']) expect(roleOf(name)).toBeNull();
});

it('what works on whatever it is handed is a helper of every system', () => {
  const names = `avl_remove zfs_btree_add_idx rb_tree_insert_node _rb_remove rbt_insert list_remove list_link_active
    linux_list_del __list_del_entry idr_remove xa_load radix_tree_lookup kref_put hashdestroy qsort atomic_cas_ulong
    _atomic_cas_ulong atomic_dec_uint_nv atomic_add_int membar_sync strtoul strrchr strcasecmp vprintf kvprintf
    sbuf_printf in_cksum in4_cksum uiomove_fromphys arc4random bounce_bus_dmamap_destroy _bus_dmamap_sync
    bus_dmamem_free bus_dma_tag_destroy pci_conf_read pci_read_config outb insw DELAY kobj_lookup_method cv_broadcast
    sleepq_remove smr_call pserialize_perform taskqueue_enqueue_locked task_add softint_schedule lwkt_sendmsg
    device_get_softc device_xname solock kernel_lock`;
  for (const name of names.split(/\s+/)) {
    const text = trace(['panic', name, 'zorp_own', 'fork_exit']);
    expect([name, parseReport(text).signatureParts.culprit]).toEqual([name, 'zorp_own']);
  }
  // What only begins or ends like one is its own.
  for (const name of [
    'list_zorp',
    'task_zorp',
    'avl',
    'outbound',
    'zorp_in_cksum',
    'rb_zorp',
    'atomic_zorp_run',
  ])
    expect([name, roleOf(name)]).toEqual([name, null]);
});
