import { addMapping, GenMapping, setSourceContent, toEncodedMap } from '@jridgewell/gen-mapping';
import { type Linked, resolveMarks, TEXT_BASE } from './link.js';
import type { Program } from './program.js';
import { firstOf } from './tiers.js';

/** Helpers that lowered code calls: division with its check, struct copies, calls through pointers. */
const RUNTIME = `
let $n=0,$yv=0,$val=0;
const $S=[];
function $take(stack){for(let i=$n-1;i>=0;i--){stack.push($S[i]);$S[i]=null;}$n=0;}
function* $resume(){
 const stack=[];
 $take(stack);
 for(;;){
  yield $yv;
  for(;;){
   const r=stack[stack.length-1].next();
   if(r.done){
    $val=r.value;
    stack.pop();
    if(stack.length===0)return $val;
   }else{
    if($n!==0)$take(stack);
    else $yv=r.value;
    break;
   }
  }
 }
}
function $start(g){const r=g.next();if(r.done)return r.value;$yv=r.value;$S[$n++]=g;return 0;}
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
  out.push(']);', 'for(const [a,f] of table)FT[(a-$TEXT)>>>4]=f;', 'const $first={');
  const sleeping = linked.functions.filter((f) => f.func.sleeps && !f.func.primitive);
  for (const f of sleeping) out.push(`${f.name}:${firstOf(f.name)},`);
  // Within the kernel a pointer to a may-sleep function leads to its first tier.
  out.push('};');
  for (const f of sleeping) out.push(`FT[${(f.address - TEXT_BASE) >>> 4}]=${firstOf(f.name)};`);
  out.push('const $suspended=()=>$n===0?null:$resume();');
  out.push('return {functions,table,first:$first,suspended:$suspended};', '}');
  out.push('//# sourceMappingURL=kernel.js.map', '');
  for (const sf of p.files) if (sources.has(sf.fileName)) setSourceContent(map, sf.fileName, sf.text);
  return { js: out.join('\n'), map: JSON.stringify(toEncodedMap(map)) };
}
