import { it } from 'vitest';
import { loadKernelFiles } from '../host/files.js';
import { REGIMES, DEFAULT_REGIME } from '../host/regime.js';
import { System } from '../host/system.js';
import { loadProgram, makeRootImage } from '../../userland/src/index.js';
it('boots', async () => {
  const { module, image } = await loadKernelFiles('/tmp/bringE/image/');
  const sys = new System(module, image, {
    ramBytes: 64 << 20, ncpu: 1, diskBytes: 64 << 20, seed: 1, regime: REGIMES[DEFAULT_REGIME]!.switches,
    rootImage: makeRootImage(process.env.CMD ?? 'echo hello'), debuggerOnPanic: true, loader: loadProgram });
  let out = '';
  sys.machine.console.onOutput = (t) => { out += t; };
  try {
    const why = sys.machine.run(60e9);
    console.log('stopped', why, 'at', sys.machine.reg[2]);
  } catch (e) { console.log('ERR', e); }
  sys.machine.console.flush();
  console.log(out);
  let ebp = sys.machine.reg[1]! >>> 0;
  for (let i = 0; i < 25 && ebp; i++) {
    const ra = sys.peek32(ebp + 4); const n = ra === undefined ? undefined : sys.symbols.nearest(ra);
    const site = ra === undefined ? undefined : sys.symbols.site(ra); console.log(ebp.toString(16), ra?.toString(16), n?.symbol.name, n?.offset, site?.file, site?.line, [0,1,2,3,4,5].map((k) => sys.peek32(ebp + 8 + 4 * k)?.toString(16)).join(' '));
    const next = sys.peek32(ebp); if (next === undefined || next <= ebp) break; ebp = next;
  }
  const S = sys.symbols;
  const f = (a: number, st: string, n: string) => sys.peek32((a + S.offset(st, n)) >>> 0)!;
  const dump = (name: string) => {
    const m = sys.get(name); if (!m) { console.log(name, 'null'); return; }
    const h = m + S.offset('vm_map', 'header');
    let t = `${name} ${m.toString(16)} n=${f(m,'vm_map','nentries')} size=${f(m,'vm_map','size').toString(16)}\n`;
    for (let e = f(h,'vm_map_entry','next'); e !== h; e = f(e,'vm_map_entry','next'))
      t += `  ${e.toString(16)} ${f(e,'vm_map_entry','start').toString(16)}-${f(e,'vm_map_entry','end').toString(16)} obj ${f(e,'vm_map_entry','object').toString(16)} fl ${f(e,'vm_map_entry','eflags').toString(16)} wired ${f(e,'vm_map_entry','wired_count')}\n`;
    console.log(t);
  };
  for (const n of ['kernel_map','kmem_map','pager_map','exec_map']) dump(n);
  const cnt = S.address('cnt');
  for (const n of ['v_free_count','v_wire_count','v_active_count','v_inactive_count','v_cache_count','v_page_count']) console.log(n, f(cnt,'vmmeter',n));
  let zl = sys.get('zlist'); let zt='';
  while (zl) { const nm = f(zl,'vm_zone','zname'); let str=''; for (let i=0;i<20;i++){const c=(sys.peek32((nm+i)&~3)!>>>(8*((nm+i)&3)))&255; if(!c)break; str+=String.fromCharCode(c);} zt += `${str} size ${f(zl,'vm_zone','zsize')} total ${f(zl,'vm_zone','ztotal')} free ${f(zl,'vm_zone','zfreecnt')} allocs ${f(zl,'vm_zone','znalloc')} flags ${f(zl,'vm_zone','zflags')} pages ${f(zl,'vm_zone','zpagecount')}/${f(zl,'vm_zone','zpagemax')}\n`; zl = f(zl,'vm_zone','zent'); }
  console.log(zt);
}, 60000);
