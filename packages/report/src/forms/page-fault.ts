import type { Fact, FaultCode, Trap } from '../types.js';

/** The bits of a page fault's error code: present, write, user, reserved, instruction fetch. */
export function decodePageFault(code: number): FaultCode {
  return {
    by: (code & 4) !== 0 ? ('user' as const) : ('supervisor' as const),
    access:
      (code & 16) !== 0 ? ('execute' as const) : (code & 2) !== 0 ? ('write' as const) : ('read' as const),
    why:
      (code & 8) !== 0
        ? ('reserved bits' as const)
        : (code & 1) !== 0
          ? ('protection violation' as const)
          : ('page not present' as const),
  };
}

/** Keeps what an earlier line said of the access, and adds why it failed, if that line did not say. */
export function setFaultCode(trap: Trap, code: Fact<FaultCode>): void {
  if (trap.faultCode === undefined) trap.faultCode = code;
  else if (trap.faultCode.value.why === 'unknown')
    trap.faultCode = {
      value: { ...trap.faultCode.value, why: code.value.why },
      span: trap.faultCode.span,
    };
}
