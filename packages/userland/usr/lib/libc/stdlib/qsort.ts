/**
 * qsort(3): Bentley and McIlroy's quicksort, as in BSD: the pivot is a median of three (of nine for many), and a part that needs no
 * exchange is finished by insertion.
 */

export type compar_t = (a: u32, b: u32) => int;

/** Exchanges two elements, by words where both size and addresses allow it. */
function _swapfunc(a: u32, b: u32, n: u32): void {
  let p = a;
  let q = b;
  const end = a + n;
  if (((a | b | n) & 3) === 0) {
    for (; p !== end; p += 4, q += 4) {
      const t = $ld32(p);
      $st32(p, $ld32(q));
      $st32(q, t);
    }
    return;
  }
  for (; p !== end; p++, q++) {
    const t = $ld8(p);
    $st8(p, $ld8(q));
    $st8(q, t);
  }
}

function _med3(a: u32, b: u32, c: u32, cmp: compar_t): u32 {
  if (cmp(a, b) < 0) return cmp(b, c) < 0 ? b : cmp(a, c) < 0 ? c : a;
  return cmp(b, c) > 0 ? b : cmp(a, c) < 0 ? a : c;
}

function _insertion(base: u32, end: u32, es: u32, cmp: compar_t): void {
  for (let pm = base + es; pm < end; pm += es)
    for (let pl = pm; pl > base && cmp(pl - es, pl) > 0; pl -= es) _swapfunc(pl, pl - es, es);
}

function _pivot(a: u32, n: u32, es: u32, cmp: compar_t): u32 {
  let pm = a + (n / 2) * es;
  if (n === 7) return pm;
  let pl = a;
  let pn = a + (n - 1) * es;
  if (n > 40) {
    const d = (n / 8) * es;
    pl = _med3(pl, pl + d, pl + 2 * d, cmp);
    pm = _med3(pm - d, pm, pm + d, cmp);
    pn = _med3(pn - 2 * d, pn - d, pn, cmp);
  }
  return _med3(pl, pm, pn, cmp);
}

/** Sorts `nmemb` elements of `size` bytes; `compar` gets two addresses. */
export function qsort(base: u32, nmemb: u32, size: u32, compar: compar_t): void {
  let a = base;
  let n = nmemb;
  const es = size;
  for (;;) {
    if (n < 7) {
      _insertion(a, a + n * es, es, compar);
      return;
    }
    const end = a + n * es;
    _swapfunc(a, _pivot(a, n, es, compar), es);
    /* Equal ones gather at both ends: a..pa and pd..end. */
    let pa = a + es;
    let pb = pa;
    let pc = end - es;
    let pd = pc;
    let swapped = false;
    for (;;) {
      let r = 0;
      for (; pb <= pc && (r = compar(pb, a)) <= 0; pb += es) {
        if (r !== 0) continue;
        swapped = true;
        _swapfunc(pa, pb, es);
        pa += es;
      }
      for (; pb <= pc && (r = compar(pc, a)) >= 0; pc -= es) {
        if (r !== 0) continue;
        swapped = true;
        _swapfunc(pc, pd, es);
        pd -= es;
      }
      if (pb > pc) break;
      swapped = true;
      _swapfunc(pb, pc, es);
      pb += es;
      pc -= es;
    }
    if (!swapped) {
      _insertion(a, end, es, compar);
      return;
    }
    let r = pa - a < pb - pa ? pa - a : pb - pa;
    _swapfunc(a, pb - r, r);
    r = pd - pc < end - pd - es ? pd - pc : end - pd - es;
    _swapfunc(pb, end - r, r);
    const left = pb - pa;
    const right = pd - pc;
    /* The shorter side by a call, the longer one here: the stack stays low. */
    if (left < right) {
      if (left > es) qsort(a, left / es, es, compar);
      if (right <= es) return;
      a = end - right;
      n = right / es;
    } else {
      if (right > es) qsort(end - right, right / es, es, compar);
      if (left <= es) return;
      n = left / es;
    }
  }
}
