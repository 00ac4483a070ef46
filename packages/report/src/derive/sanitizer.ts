import type { Context } from './context.js';

/**
 * What a compiler calls for an access that is to be checked: the name says which it is, and of how many bytes
 * (the interface of AddressSanitizer's run-time library; `N`: of a size that is passed).
 */
const CHECKER = /^__asan_(?:report_)?(load|store)(\d+)?(?:_?[nN])?(?:_noabort)?$/;

const ACCESS = { load: 'read', store: 'write' } as const;

/** The access of which a sanitizer tells against the name of the check that found it. */
export function checkedAccess(c: Context): void {
  const { frames, details } = c.report;
  const { access, size } = details;
  if (access === undefined) return;
  // Before the first frame of the kernel's own stands who checked; what lies further out checked nothing.
  const frame = frames.find(({ function: name }) => CHECKER.test(name));
  const [, kind, bytes] = CHECKER.exec(frame?.function ?? '') ?? [];
  if (frame === undefined || kind === undefined) return;
  // A check that panics does not come back, and its return address is the next function's beginning.
  if ((frame.offset ?? 0) === 0 && frame.number === undefined) return;
  const ok =
    access.value === ACCESS[kind as keyof typeof ACCESS] &&
    (bytes === undefined || size === undefined || size.value === Number(bytes));
  const told = size === undefined ? String(access.value) : `${access.value} of ${size.value} bytes`;
  c.check('sanitizer message and checker', ok, `"${told}", found by ${frame.function}`, [
    access.span,
    frame.span,
  ]);
}
