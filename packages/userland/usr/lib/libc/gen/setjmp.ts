/** setjmp(3) and longjmp(3) (i386/gen/setjmp.S). */
import { SIG_BLOCK, SIG_SETMASK } from '../../../../../kernel/src/sys/signal.h.js';
import type { jmp_buf } from '../../../include/setjmp.h.js';
import { sigprocmask } from '../sys/syscalls.js';

/** 0 now, and what longjmp is given when it comes back here. The signal mask is kept. */
export function setjmp(env: jmp_buf): int {
  _savemask(env, 1);
  return $setjmp(env);
}
/** The same without the signal mask. */
export function _setjmp(env: jmp_buf): int {
  _savemask(env, 0);
  return $setjmp(env);
}
/** The same with the mask if `save` is not 0. */
export function sigsetjmp(env: jmp_buf, save: int): int {
  _savemask(env, save);
  return $setjmp(env);
}

function _savemask(env: jmp_buf, save: int): void {
  env.jb_savemask = save;
  if (save !== 0) sigprocmask(SIG_BLOCK, null, $ref(env.jb_sigmask));
}

/** Goes back to where setjmp was called, which then gives `val`, or 1 if that is 0. The function that called it must still run. */
export function longjmp(env: jmp_buf, val: int): never {
  if (env.jb_savemask !== 0) sigprocmask(SIG_SETMASK, $ref(env.jb_sigmask), null);
  const eip = env.jb_eip;
  const ebp = env.jb_ebp;
  const esp = env.jb_esp;
  $longjmp(eip, ebp, esp, val === 0 ? 1 : val);
}
export function _longjmp(env: jmp_buf, val: int): never {
  longjmp(env, val);
}
export function siglongjmp(env: jmp_buf, val: int): never {
  longjmp(env, val);
}
