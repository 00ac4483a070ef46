import type { FrameLayout } from '@trap12/machine';
import type { SymbolTable } from './symbols.js';

/** The requested privilege level takes the low three bits of a selector, with the table's. */
const SELECTOR_SHIFT = 3;

/** The trap frame of this kernel, from struct trapframe and the constants of i386/trap.h.ts. */
export function frameLayout(symbols: SymbolTable): FrameLayout {
  const at = (field: string): number => symbols.offset('trapframe', field);
  const selector = (name: string): number => symbols.constant(name) << SELECTOR_SHIFT;
  return {
    // A trap from kernel mode pushes no stack pointer.
    kernelBytes: at('tf_esp'),
    userBytes: symbols.struct('trapframe').size,
    fs: at('tf_fs'),
    es: at('tf_es'),
    ds: at('tf_ds'),
    edi: at('tf_edi'),
    esi: at('tf_esi'),
    ebp: at('tf_ebp'),
    isp: at('tf_isp'),
    ebx: at('tf_ebx'),
    edx: at('tf_edx'),
    ecx: at('tf_ecx'),
    eax: at('tf_eax'),
    trapno: at('tf_trapno'),
    err: at('tf_err'),
    eip: at('tf_eip'),
    cs: at('tf_cs'),
    eflags: at('tf_eflags'),
    esp: at('tf_esp'),
    ss: at('tf_ss'),
    selectors: {
      kernelCode: selector('GCODE_SEL'),
      kernelData: selector('GDATA_SEL'),
      kernelPrivate: selector('GPRIV_SEL'),
      userCode: symbols.constant('UCODESEL'),
      userData: symbols.constant('UDATASEL'),
    },
    traps: {
      privileged: symbols.constant('T_PRIVINFLT'),
      pageFault: symbols.constant('T_PAGEFLT'),
      divide: symbols.constant('T_DIVIDE'),
    },
  };
}
