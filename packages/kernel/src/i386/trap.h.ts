/** Trap numbers (i386/include/trap.h) and EFLAGS (psl.h). */
export const T_PRIVINFLT = 1;
export const T_BPTFLT = 3;
export const T_ARITHTRAP = 6;
export const T_ASTFLT = 7;
export const T_PROTFLT = 9;
export const T_TRCTRAP = 10;
export const T_PAGEFLT = 12;
export const T_ALIGNFLT = 14;
export const T_DIVIDE = 18;
export const T_NMI = 19;
export const T_OFLOW = 20;
export const T_BOUND = 21;
export const T_DNA = 22;
export const T_DOUBLEFLT = 23;
export const T_FPOPFLT = 24;
export const T_TSSFLT = 25;
export const T_SEGNPFLT = 26;
export const T_STKFLT = 27;
export const T_MCHK = 28;
export const MAX_TRAP_MSG = 28;

export const PSL_C = 0x1;
export const PSL_T = 0x100;
export const PSL_I = 0x200;
export const PSL_IOPL = 0x3000;
export const PSL_NT = 0x4000;
export const PSL_RF = 0x10000;
export const PSL_VM = 0x20000;
export const PSL_USER = 0x202;
/** The interrupt of system calls: tf_trapno of a trap frame that a system call left. */
export const IDT_SYSCALL = 0x80;
export const SEL_UPL = 3;
export const GCODE_SEL = 1;
export const GDATA_SEL = 2;
export const GPRIV_SEL = 3;
/** User-mode selectors: the LDT's user code and data at ring 3. */
export const UCODESEL = 0x1f;
export const UDATASEL = 0x2f;
