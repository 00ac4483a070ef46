import type { FrameLayout } from '@trap12/machine';
import { kernelConstants, kernelSelectors, type SymbolTable } from '@trap12/target';

const K = kernelConstants(
  'T_BPTFLT',
  'T_DIVIDE',
  'T_PAGEFLT',
  'T_PRIVINFLT',
  'T_TRCTRAP',
  'UCODESEL',
  'UDATASEL',
);

/** The trap frame of this kernel, from struct trapframe and the constants of i386/trap.h.ts. */
export function frameLayout(symbols: SymbolTable): FrameLayout {
  const at = (field: string): number => symbols.offset('trapframe', field);
  const { UCODESEL, UDATASEL, ...traps } = K({ symbols });
  const { cs, ds, fs } = kernelSelectors(symbols);
  const more = symbols.struct('trapframe').size;
  return {
    // A trap from kernel mode pushes no stack pointer.
    kernelBytes: at('tf_esp'),
    userBytes: more,
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
    count: more + symbols.offset('xregs', 'xr_count'),
    registers: more + symbols.offset('xregs', 'xr_regs'),
    selectors: {
      kernelCode: cs,
      kernelData: ds,
      kernelPrivate: fs,
      userCode: UCODESEL,
      userData: UDATASEL,
    },
    traps: {
      privileged: traps.T_PRIVINFLT,
      breakpoint: traps.T_BPTFLT,
      pageFault: traps.T_PAGEFLT,
      divide: traps.T_DIVIDE,
      trace: traps.T_TRCTRAP,
    },
  };
}
