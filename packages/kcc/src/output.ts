import { addMapping, GenMapping, setSourceContent, toEncodedMap } from '@jridgewell/gen-mapping';
import { type Linked, resolveMarks } from './link.js';
import type { Program } from './program.js';
import {
  loaded,
  ofChecked,
  REGISTERS,
  resumedOf,
  toEax,
  WAIT_JUMP,
  WAIT_TRAP,
  YIELD_STEP,
} from './frames.js';
import { wordsOf } from './types.js';

/** Bytes of simulated stack that nested calls of a program may take before they leave the host's stack. */
const JS_STACK_BYTES = 32768;
const T_DIVIDE = 18;
const T_STKFLT = 27;

/**
 * Helpers that lowered code calls: words of suspended frames, division with its check, struct copies, calls
 * through pointers.
 *
 * The words of a frame that was left only because the host wanted to look on (REG[14]) lie in memory only
 * while it looks; the machine has them afterwards ($t).
 *
 * $go runs the context that the registers name from text address REG[11] on, until it waits: it walks the
 * stack, a frame at a time, with the result of each for the one above it. An address where no function can be
 * gone on with is the machine's business (hw.leave).
 */
const kernelRuntime = (checked: boolean): string =>
  `
function $w(a,v){let t=TLBW[a>>>12];if(t<0)t=wmiss(a,$TEXT)|0;t=(t|a&4095)>>>2;if(REG[14]!==0)hw.overwritten(a,MEM32[t]);MEM32[t]=v;}
function $l(a){let t=TLBR[a>>>12];if(t<0)t=rmiss(a,$TEXT)|0;return MEM32[(t|a&4095)>>>2];}
function $t(a){return REG[14]!==0?hw.reloaded(a):$l(a);}
function $go(){
 let v=0;
 for(;;){
  const at=REG[11]-$TEXT,i=at>>>0<RI.length?RI[at]:0;
  ${checked ? 'if(REG[16]!==0)v=$begin();\n  else ' : ''}if(i===0)v=hw.leave(v);
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
const $divzero=(s)=>{hw.divzero(s);return REG[12]!==0;};
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
}
`.trim();

/**
 * Of the checked form: where the machine is to stand at the beginning of a function ($enter), that has its
 * return address and arguments on the stack but no frame yet, which REG[16] says; $begin calls it for good.
 */
const CHECKED_RUNTIME = `
const $STEP=hw.STEP,$step=hw.step,$BEGIN=new Map(),$STEPS=new Set();
function $enter(words){const sp=REG[0]-4*words.length|0;words.forEach((v,i)=>$w(sp+4*i|0,v));REG[0]=sp;REG[16]=1;return 0;}
function $begin(){
 const sp=REG[0],ra=$t(sp);
 REG[16]=0;
 const v=$BEGIN.get(REG[11])(sp,ra);
 if(REG[12]===0)REG[11]=ra;
 return v;
}
`.trim();

/** How functions of the checked form are called with what lies on the stack. */
function beginnings(linked: Linked): string[] {
  return linked.functions
    .filter((f) => f.lines.length > 0 && !f.func.variadic)
    .map((f) => {
      let at = 4;
      const given = f.func.params
        .filter((q) => q.type.k !== 'embed')
        .map((q) => {
          const from = at;
          at += 4 * wordsOf(q.type);
          return loaded(q.type, (i) => `$t(sp+${from + 4 * i}|0)`);
        });
      const call = `${f.name}(${['ra', ...given].join(',')})`;
      return `$BEGIN.set(${f.address | 0},(sp,ra)=>{REG[0]=sp+${at}|0;return ${call};});`;
    });
}

/**
 * What a program's checked form has more. Where the machine stood, its functions left the host's stack, which
 * they would not have done but for the host: so on the way back they find their frames without the TLB, what
 * they return goes into no register ($took), and the room on the host's stack is as it was. That holds for
 * frames up to REG[17], until the kernel is entered or the stack is left for another reason.
 */
const CHECKED_PROGRAM = {
  begin: ofChecked(
    'user',
    'const $STEP=hw.STEP,$step=hw.step,peek=hw.peek;let $held=false;function $took(){if($held){REG[4]=REG[18];REG[6]=REG[19];}}',
  ),
  read: ofChecked('user', 'if($held)return peek(a);'),
  before: ofChecked(
    'user',
    'const begins=table.has(REG[11]),top=begins?REG[0]-1|0:REG[1];if(REG[17]!==0&&top>>>0>REG[17]>>>0)REG[17]=0;$held=REG[17]!==0;if($held)$lim=REG[20];',
  ),
  behind: ofChecked(
    'user',
    `if(why===${YIELD_STEP}){if(REG[17]===0){REG[17]=top;REG[18]=REG[4];REG[19]=REG[6];REG[20]=$lim;}}else if(why!==0)REG[17]=0;`,
  ),
};

/**
 * The same for a program in user space. What misses may have to enter the kernel, for which the function
 * leaves the host's stack; then it is tried again. Before a function begins that the stack has no room for,
 * or the host's stack might not have, it is put off: what it was called with goes into registers; a call with
 * more words than there are registers is a stack fault. $go returns why the kernel is to be entered.
 */
const USER_RUNTIME = `
let $lim=0;
function $w(a,v,s){let t=TLBW[a>>>12];if(t<0&&(t=wmiss(a,s)|0)<0)return false;MEM32[(t|a&4095)>>>2]=v;return true;}
function $l(a){${CHECKED_PROGRAM.read}let t=TLBR[a>>>12];if(t<0&&(t=rmiss(a,REG[11])|0)<0)return 0;return MEM32[(t|a&4095)>>>2];}
${CHECKED_PROGRAM.begin}
function $push(f,bp,words){
 if(words.length>${REGISTERS + 1}){REG[11]=f;REG[12]=${WAIT_TRAP};REG[13]=0;REG[14]=${T_STKFLT};return false;}
 if(bp>$lim){
  let i=0;
  while(i<words.length&&$w(bp+4*i|0,words[i],f))i++;
  if(i===words.length)return true;
 }else{REG[11]=f;REG[12]=${WAIT_JUMP};}
 const n=words.length-1;
 for(let i=0;i<n;i++)UREG[i]=words[i+1];
 REG[13]=n;
 return false;
}
function $go(){
 for(;;){
  const at=REG[11]-$TEXT,i=at>>>0<RI.length?RI[at]:0;
  if(i===0)return 0;
  $lim=REG[0]-${JS_STACK_BYTES}|0;
  ${CHECKED_PROGRAM.before}
  RF[i](RK[i],REG[1]);
  const why=REG[12];
  ${CHECKED_PROGRAM.behind}
  REG[12]=0;
  if(why!==0&&why!==${WAIT_JUMP})return why;
 }
}
const $divzero=(s)=>{REG[11]=s;REG[12]=${WAIT_TRAP};REG[14]=${T_DIVIDE};return true;};
function $fill(d,c,n,i,site){
 while(i<n){
  const a=d+i|0;
  let w=TLBW[a>>>12];
  if(w<0&&(w=wmiss(a,site)|0)<0)break;
  const k=Math.min(n-i,4096-(a&4095));
  MEM8.fill(c,w|a&4095,(w|a&4095)+k);
  i+=k;
 }
 return i;
}
const $stop=()=>0;
function $enter(words){for(let i=0;i<words.length;i++)UREG[i]=words[i];REG[13]=words.length;return 0;}
function $fn(a){
 if((a&15)===0){const f=FT[(a-$TEXT)>>>4];if(f!==undefined)return f;}
 REG[11]=a;REG[12]=${WAIT_JUMP};REG[13]=0;
 return $stop;
}
`.trim();

/**
 * In both: a copy that may be left between any two pieces, a struct's or a program's; how far it has come.
 */
const MOVE = `
function $words(from,to){const w=[];for(let a=from;a!==to&&REG[12]===0;a=a+4|0)w.push($l(a));return w;}
function $move(d,s,n,i,site){
 while(i<n){
  const a=s+i|0,b=d+i|0;
  let r=TLBR[a>>>12],w=TLBW[b>>>12];
  if(r<0&&(r=rmiss(a,site)|0)<0)break;
  if(w<0&&(w=wmiss(b,site)|0)<0)break;
  const k=Math.min(n-i,4096-(a&4095),4096-(b&4095));
  const from=r|a&4095,to=w|b&4095;
  if(to>from&&to<from+k)for(let j=0;j<k;j++)MEM8[to+j]=MEM8[from+j];
  else MEM8.copyWithin(to,from,from+k);
  i+=k;
 }
 return i;
}
`.trim();

/**
 * The table of the places where suspended functions go on: RI by text address leads to function and point.
 */
function resumePoints(linked: Linked, checked: boolean): string[] {
  const out: string[] = [];
  const known = new Map<string, string>();
  const steps: string[] = [];
  for (const f of linked.functions) {
    const rows: string[] = [];
    for (const { k, at, isStep } of f.points) {
      const address = resolveMarks(at, f, linked.addresses);
      const other = known.get(address);
      if (other !== undefined) throw new Error(`kcc: ${f.name} and ${other} go on at the same address`);
      known.set(address, f.name);
      rows.push(`${address},${k}`);
      if (isStep) steps.push(address);
    }
    if (rows.length > 0) out.push(`$points(${resumedOf(f.name)},[${rows.join(',')}]);`);
  }
  const add = 'RI[p[i]-$TEXT]=RF.push(f)-1;RK.push(p[i+1]);';
  if (checked) out.push(`for(const a of [${steps.join(',')}])$STEPS.add(a);`);
  return [`function $points(f,p){for(let i=0;i<p.length;i+=2){${add}}}`, ...out];
}

/**
 * Where functions of a program begin with what is in registers: they could not before, or somebody else
 * called them.
 */
function entries(linked: Linked): string[] {
  return linked.functions
    .filter((f) => f.lines.length > 0)
    .map((f) => {
      const { params, ret, variadic } = f.func;
      let n = 1;
      const given = params
        .filter((q) => q.type.k !== 'embed' && q.type.k !== 'valist')
        .map((q) => {
          const from = n;
          n += wordsOf(q.type);
          return loaded(q.type, (i) => `UREG[${from + i}]`);
        });
      const rest = variadic ? [`...UREG.slice(${n},REG[13])`] : [];
      const call = `${f.name}(${['ra', ...given, ...rest].join(',')})`;
      const isVoid = ret.k === 'void' || ret.k === 'never';
      const run = isVoid ? `${call};` : `const v=${call};`;
      const done = `if(REG[12]===0){${isVoid ? '' : toEax(ret, 'v')}REG[11]=ra;}`;
      return `$points(()=>{const ra=REG[13]>0?UREG[0]:0;${run}${done}},[${f.address | 0},${n - 1}]);`;
    });
}

/** Writes the JavaScript of the kernel and its source map. */
export function writeModule(p: Program, linked: Linked): { js: string; map: string } {
  const user = p.options.form === 'user';
  const file = user ? 'program.js' : p.options.form === 'checked' ? 'kernel.checked.js' : 'kernel.js';
  const map = new GenMapping({ file, sourceRoot: '../../src' });
  const out: string[] = user
    ? [
        '// Made by kcc. Do not edit.',
        'export function createProgram(hw){',
        "'use strict';",
        'const {MEM8,MEM16,MEM32,TLBR,TLBW,REG,UREG,rmiss,wmiss}=hw;',
      ]
    : [
        '// Made by kcc from packages/kernel/src. Do not edit.',
        'export function createKernel(hw){',
        "'use strict';",
        'const {MEM8,MEM16,MEM32,TLBR,TLBW,REG,rmiss,wmiss,kpush}=hw;',
      ];
  for (const name of [...p.usedPrimitives].sort())
    out.push(`const ${name}=hw.${name}??(()=>hw.undefined_symbol("${name}"));`);
  const size = Math.max(1, ...linked.functions.map((f) => ((f.address - linked.base) >>> 4) + 1));
  out.push(`const $TEXT=${linked.base | 0},FT=new Array(${size}).fill(undefined);`);
  const bytes = Math.max(64, ...linked.functions.map((f) => f.address + f.size - linked.base));
  out.push(`const RI=new Uint16Array(${bytes}),RF=[null],RK=[0];`);
  const checked = p.options.form === 'checked';
  out.push(...MOVE.split('\n'), ...(user ? USER_RUNTIME : kernelRuntime(checked)).split('\n'));
  if (checked) out.push(...CHECKED_RUNTIME.split('\n'));
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
  out.push(...resumePoints(linked, checked));
  if (user) out.push(...entries(linked));
  if (checked) out.push(...beginnings(linked));
  if (user) out.push('const arity=(a)=>RK[RI[a-$TEXT]];');
  const isStep = checked ? ',isStep:(a)=>$STEPS.has(a)||$BEGIN.has(a)' : '';
  const point = 'isPoint:(a)=>RI[a-$TEXT]>0';
  out.push(
    `return {functions,table,go:$go,${point}${user ? ',arity' : `,form:'${p.options.form ?? 'fast'}'`}${isStep}};`,
    '}',
  );
  out.push(`//# sourceMappingURL=${file}.map`, '');
  for (const sf of p.files) if (sources.has(sf.fileName)) setSourceContent(map, sf.fileName, sf.text);
  return { js: out.join('\n'), map: JSON.stringify(toEncodedMap(map)) };
}
