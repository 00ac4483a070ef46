import type ts from 'typescript';
import { type FuncSym, functionSym, type Program } from './program.js';
import tsc from './ts.js';

/**
 * The macros of sys/queue.h, as inline functions whose parameters take the types of their arguments;
 * `x[f]` is the field of x that the macro's field argument names.
 */
const SOURCE = `
/** @inline */ function TAILQ_INIT(h) { h.tqh_first = null; h.tqh_last = $addr($ref(h.tqh_first)); }
/** @inline */ function TAILQ_EMPTY(h) { return h.tqh_first === null; }
/** @inline */ function TAILQ_FIRST(h) { return h.tqh_first; }
/** @inline */ function TAILQ_LAST(h, f) { return $as(h.tqh_first, $ld32($ld32(h.tqh_last + 4))); }
/** @inline */ function TAILQ_NEXT(e, f) { return e[f].tqe_next; }
/** @inline */ function TAILQ_PREV(e, f) { return $as(e, $ld32($ld32(e[f].tqe_prev + 4))); }
/** @inline */ function TAILQ_INSERT_HEAD(h, e, f) {
  if ((e[f].tqe_next = h.tqh_first) !== null) h.tqh_first[f].tqe_prev = $addr($ref(e[f].tqe_next));
  else h.tqh_last = $addr($ref(e[f].tqe_next));
  h.tqh_first = e;
  e[f].tqe_prev = $addr($ref(h.tqh_first));
}
/** @inline */ function TAILQ_INSERT_TAIL(h, e, f) {
  e[f].tqe_next = null;
  e[f].tqe_prev = h.tqh_last;
  $st32(h.tqh_last, $addr(e));
  h.tqh_last = $addr($ref(e[f].tqe_next));
}
/** @inline */ function TAILQ_INSERT_AFTER(h, l, e, f) {
  if ((e[f].tqe_next = l[f].tqe_next) !== null) e[f].tqe_next[f].tqe_prev = $addr($ref(e[f].tqe_next));
  else h.tqh_last = $addr($ref(e[f].tqe_next));
  l[f].tqe_next = e;
  e[f].tqe_prev = $addr($ref(l[f].tqe_next));
}
/** @inline */ function TAILQ_INSERT_BEFORE(l, e, f) {
  e[f].tqe_prev = l[f].tqe_prev;
  e[f].tqe_next = l;
  $st32(l[f].tqe_prev, $addr(e));
  l[f].tqe_prev = $addr($ref(e[f].tqe_next));
}
/** @inline */ function TAILQ_REMOVE(h, e, f) {
  if (e[f].tqe_next !== null) e[f].tqe_next[f].tqe_prev = e[f].tqe_prev;
  else h.tqh_last = e[f].tqe_prev;
  $st32(e[f].tqe_prev, $addr(e[f].tqe_next));
}
/** @inline */ function LIST_INIT(h) { h.lh_first = null; }
/** @inline */ function LIST_EMPTY(h) { return h.lh_first === null; }
/** @inline */ function LIST_FIRST(h) { return h.lh_first; }
/** @inline */ function LIST_NEXT(e, f) { return e[f].le_next; }
/** @inline */ function LIST_INSERT_HEAD(h, e, f) {
  if ((e[f].le_next = h.lh_first) !== null) h.lh_first[f].le_prev = $addr($ref(e[f].le_next));
  h.lh_first = e;
  e[f].le_prev = $addr($ref(h.lh_first));
}
/** @inline */ function LIST_INSERT_AFTER(l, e, f) {
  if ((e[f].le_next = l[f].le_next) !== null) l[f].le_next[f].le_prev = $addr($ref(e[f].le_next));
  l[f].le_next = e;
  e[f].le_prev = $addr($ref(l[f].le_next));
}
/** @inline */ function LIST_INSERT_BEFORE(l, e, f) {
  e[f].le_prev = l[f].le_prev;
  e[f].le_next = l;
  $st32(l[f].le_prev, $addr(e));
  l[f].le_prev = $addr($ref(e[f].le_next));
}
/** @inline */ function LIST_REMOVE(e, f) {
  if (e[f].le_next !== null) e[f].le_next[f].le_prev = e[f].le_prev;
  $st32(e[f].le_prev, $addr(e[f].le_next));
}
/** @inline */ function SLIST_INIT(h) { h.slh_first = null; }
/** @inline */ function SLIST_EMPTY(h) { return h.slh_first === null; }
/** @inline */ function SLIST_FIRST(h) { return h.slh_first; }
/** @inline */ function SLIST_NEXT(e, f) { return e[f].sle_next; }
/** @inline */ function SLIST_INSERT_HEAD(h, e, f) { e[f].sle_next = h.slh_first; h.slh_first = e; }
/** @inline */ function SLIST_REMOVE_HEAD(h, f) { h.slh_first = h.slh_first[f].sle_next; }
/** @inline */ function SLIST_REMOVE(h, e, f) {
  if (h.slh_first === e) h.slh_first = e[f].sle_next;
  else {
    let cur = h.slh_first;
    while (cur[f].sle_next !== e) cur = cur[f].sle_next;
    cur[f].sle_next = e[f].sle_next;
  }
}
/** @inline */ function STAILQ_INIT(h) { h.stqh_first = null; h.stqh_last = $addr($ref(h.stqh_first)); }
/** @inline */ function STAILQ_EMPTY(h) { return h.stqh_first === null; }
/** @inline */ function STAILQ_FIRST(h) { return h.stqh_first; }
/** @inline */ function STAILQ_NEXT(e, f) { return e[f].stqe_next; }
/** @inline */ function STAILQ_INSERT_HEAD(h, e, f) {
  if ((e[f].stqe_next = h.stqh_first) === null) h.stqh_last = $addr($ref(e[f].stqe_next));
  h.stqh_first = e;
}
/** @inline */ function STAILQ_INSERT_TAIL(h, e, f) {
  e[f].stqe_next = null;
  $st32(h.stqh_last, $addr(e));
  h.stqh_last = $addr($ref(e[f].stqe_next));
}
/** @inline */ function STAILQ_REMOVE_HEAD(h, f) {
  if ((h.stqh_first = h.stqh_first[f].stqe_next) === null) h.stqh_last = $addr($ref(h.stqh_first));
}
`;

let parsed: ts.SourceFile | null = null;

/** Makes the queue macros known to the program. */
export function addQueueMacros(p: Program): void {
  parsed ??= tsc.createSourceFile('sys/queue.h', SOURCE, tsc.ScriptTarget.ES2022);
  for (const st of parsed.statements) {
    if (!tsc.isFunctionDeclaration(st) || st.name === undefined) continue;
    const f: FuncSym = { ...functionSym(parsed, st, st.name.text), generic: true };
    p.macros.set(f.name, f);
  }
}
