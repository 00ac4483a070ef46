import { it } from 'vitest';
import { LOCK_FILES, LOCK_STUBS } from './kern_locks.stubs.js';
import { procs } from './procs.js';
it('bench', async () => {
  const k = await procs(LOCK_FILES, LOCK_STUBS + `
export function* bench_mtx(n: int): Sleeps {
  yield* test_begin();
  test_preempt = 0;
  yield* mtx_lock(Giant);
  for (let i = 0; i < n; i++) { yield* mtx_lock(vm_mtx); mtx_unlock(vm_mtx); }
  mtx_unlock(Giant);
}
export function bench_spin(n: int): void {
  for (let i = 0; i < n; i++) { mtx_lock_spin(callout_lock); mtx_unlock_spin(callout_lock); }
}
export function bench_lk(n: int): void {
  for (let i = 0; i < n; i++) { lockmgr_try(test_lk[0], LK_SHARED, test_procs[0]); lockmgr_try(test_lk[0], LK_RELEASE, test_procs[0]); }
}
`, () => 1);
  for (const w of [1, 0]) {
    k.store32(k.address('witness_watch'), w);
    for (const f of ['bench_spin', 'bench_lk']) { k.call(f, 100000); const t = process.cpuUsage().user; k.call(f, 1000000); console.log(w, f, ((process.cpuUsage().user - t) / 1000).toFixed(1), 'ns each'); }
    for (let r = 0; r < 3; r++) { k.spawn(r + w * 4, 'bench_mtx', 1000000); const t = process.cpuUsage().user; k.schedule(); console.log(w, 'mtx', ((process.cpuUsage().user - t) / 1000).toFixed(1), 'ns each'); }
  }
});
