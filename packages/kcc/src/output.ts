import { addMapping, GenMapping, setSourceContent, toEncodedMap } from '@jridgewell/gen-mapping';
import { type Linked, resolveMarks, TEXT_BASE } from './link.js';
import type { Program } from './program.js';
import { resumedOf } from './frames.js';

/**
 * Helpers that lowered code calls: words of suspended frames, division with its check, struct copies, calls through pointers.
 *
 * $go runs the context that the registers name from text address REG[11] on, until it waits: it walks the stack, a frame at a time, with
 * the result of each for the one above it. An address where no function can be gone on with is the machine's business (hw.leave).
 */
const RUNTIME = `
function $w(a,v){let t=TLBW[a>>>12];if(t<0)t=wmiss(a,$TEXT)|0;MEM32[(t|a&4095)>>>2]=v;}
function $l(a){let t=TLBR[a>>>12];if(t<0)t=rmiss(a,$TEXT)|0;return MEM32[(t|a&4095)>>>2];}
function $words(from,to){const w=[];for(let a=from;a!==to;a=a+4|0)w.push($l(a));return w;}
function $go(){
 let v=0;
 for(;;){
  const at=REG[11]-$TEXT,i=at>>>0<RI.length?RI[at]:0;
  if(i===0)v=hw.leave(v);
  else{
   const bp=REG[1];
   v=RF[i](RK[i],bp,v);
   if(REG[12]===0)REG[11]=$l(bp+4|0);
  }
  if(REG[12]!==0)break;
 }
 const why=REG[12];
 REG[12]=0;
 return why;
}
const $undef=(name)=>hw.undefined_symbol(name);
const $div=(a,b,s)=>b===0?hw.divzero(s)|0:a/b|0;
const $rem=(a,b,s)=>b===0?hw.divzero(s)|0:a%b|0;
const $udiv=(a,b,s)=>b===0?hw.divzero(s)|0:(a>>>0)/(b>>>0)|0;
const $urem=(a,b,s)=>b===0?hw.divzero(s)|0:(a>>>0)%(b>>>0)|0;
const $div64=(a,b,s)=>b===0?hw.divzero(s)|0:Math.trunc(a/b)+0;
const $rem64=(a,b,s)=>b===0?hw.divzero(s)|0:a%b+0;
function $copy(d,s,n,site){
 let i=0,r=0,w=0;
 for(;i+4<=n;i+=4){
  const a=s+i|0,b=d+i|0;
  if((r=TLBR[a>>>12])<0)r=rmiss(a,site);
  const v=MEM32[(r|a&4095)>>>2];
  if((w=TLBW[b>>>12])<0)w=wmiss(b,site);
  MEM32[(w|b&4095)>>>2]=v;
 }
 for(;i<n;i++){
  const a=s+i|0,b=d+i|0;
  if((r=TLBR[a>>>12])<0)r=rmiss(a,site);
  const v=MEM8[r|a&4095];
  if((w=TLBW[b>>>12])<0)w=wmiss(b,site);
  MEM8[w|b&4095]=v;
 }
}
function $fn(a,site){
 if((a&15)===0){const f=FT[(a-$TEXT)>>>4];if(f!==undefined)return f;}
 return hw.badcall(a,site);
}`.trim();

/** The table of the places where suspended functions go on: RI by text address leads to function and point. */
function resumePoints(linked: Linked): string[] {
  const out: string[] = [];
  const known = new Map<string, string>();
  for (const f of linked.functions) {
    const rows = f.points.map(({ k, at }) => {
      const address = resolveMarks(at, f, linked.addresses);
      const other = known.get(address);
      if (other !== undefined) throw new Error(`kcc: ${f.name} and ${other} go on at the same address`);
      known.set(address, f.name);
      return `${address},${k}`;
    });
    if (rows.length > 0) out.push(`$points(${resumedOf(f.name)},[${rows.join(',')}]);`);
  }
  const add = 'RI[p[i]-$TEXT]=RF.push(f)-1;RK.push(p[i+1]);';
  return [`function $points(f,p){for(let i=0;i<p.length;i+=2){${add}}}`, ...out];
}

/** Writes the JavaScript of the kernel and its source map. */
export function writeModule(p: Program, linked: Linked): { js: string; map: string } {
  const map = new GenMapping({ file: 'kernel.js', sourceRoot: '../../src' });
  const out: string[] = [
    '// Made by kcc from packages/kernel/src. Do not edit.',
    'export function createKernel(hw){',
    "'use strict';",
    'const {MEM8,MEM16,MEM32,TLBR,TLBW,REG,rmiss,wmiss,kpush}=hw;',
  ];
  for (const name of [...p.usedPrimitives].sort())
    out.push(`const ${name}=hw.${name}??(()=>hw.undefined_symbol("${name}"));`);
  const size = Math.max(1, ...linked.functions.map((f) => ((f.address - TEXT_BASE) >>> 4) + 1));
  out.push(`const $TEXT=${TEXT_BASE | 0},FT=new Array(${size}).fill(undefined);`);
  const bytes = Math.max(64, ...linked.functions.map((f) => f.address + f.size - TEXT_BASE));
  out.push(`const RI=new Uint16Array(${bytes}),RF=[null],RK=[0];`);
  out.push(...RUNTIME.split('\n'));
  const sources = new Set<string>();
  for (const f of linked.functions) {
    for (const line of f.lines) {
      const text = resolveMarks(line.text, f, linked.addresses);
      if (line.position !== null) {
        const { file, line: l, column } = line.position;
        sources.add(file);
        addMapping(map, {
          generated: { line: out.length + 1, column: text.length - text.trimStart().length },
          source: file,
          original: { line: l, column: column - 1 },
        });
      }
      out.push(text);
    }
  }
  out.push('const functions={');
  for (const f of linked.functions) out.push(`${f.name},`);
  out.push('};', 'const table=new Map([');
  for (const f of linked.functions) out.push(`[${f.address | 0},${f.name}],`);
  out.push(']);', 'for(const [a,f] of table)FT[(a-$TEXT)>>>4]=f;');
  out.push(...resumePoints(linked));
  out.push('return {functions,table,go:$go};', '}');
  out.push('//# sourceMappingURL=kernel.js.map', '');
  for (const sf of p.files) if (sources.has(sf.fileName)) setSourceContent(map, sf.fileName, sf.text);
  return { js: out.join('\n'), map: JSON.stringify(toEncodedMap(map)) };
}
