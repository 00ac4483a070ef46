/** What happens to a file between two people: bits, cuts, stretches that are lost, doubled or overwritten. */

const BOUNDS = [
  0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x1000, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe,
  0xffffffff,
];

/** A copy of some bytes with up to `most` damages. */
export function damagedBytes(bytes, r, most = 4) {
  let out = Uint8Array.from(bytes);
  for (let n = 1 + r.below(most); n > 0; n--) {
    // The beginning says what the rest is: it is hit as often as all the rest.
    const at = r.below(r.once(2) ? Math.min(out.length, 4096) + 1 : out.length + 1);
    const end = Math.min(out.length, at + r.below(r.once(4) ? 5000 : 16));
    switch (r.below(8)) {
      case 0:
        out = out.slice(0, at);
        break;
      case 1:
        out = new Uint8Array(Buffer.concat([out.subarray(0, at), out.subarray(end)]));
        break;
      case 2:
        out = new Uint8Array(Buffer.concat([out.subarray(0, end), out.subarray(at)]));
        break;
      case 3:
        out.fill(r.pick([0, 0xff]), at, end);
        break;
      case 4:
        if (at + 4 <= out.length)
          new DataView(out.buffer).setUint32(
            at & ~3,
            r.once(2) ? r.pick(BOUNDS) : r.word(),
            r.once(4) === false,
          );
        break;
      default:
        if (at < out.length) out[at] = r.once(2) ? r.word() : out[at] ^ (1 << r.below(8));
    }
  }
  return out;
}

const VALUES = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e300,
  () => 4294967296,
  () => Number.MAX_SAFE_INTEGER,
  () => '',
  () => 'x',
  () => '\n',
  () => [],
  () => ({}),
  () => [null],
  () => '__proto__',
  () => 'x'.repeat(5000),
  () => '../../etc/x.ts',
  () => [[[]]],
];

/** A copy of plain data in which a few values are others, are missing, or are there twice. */
export function damagedValue(value, r) {
  const copy = structuredClone(value);
  for (let n = 1 + r.below(3); n > 0; n--) {
    const places = [];
    const walk = (at) => {
      for (const key of Object.keys(at)) {
        places.push([at, key]);
        if (typeof at[key] === 'object' && at[key] !== null && !ArrayBuffer.isView(at[key])) walk(at[key]);
      }
    };
    walk(copy);
    if (places.length === 0) return copy;
    const [at, key] = r.pick(places);
    const old = at[key];
    switch (r.below(5)) {
      case 0:
        if (Array.isArray(at)) at.splice(Number(key), 1);
        else delete at[key];
        break;
      case 1:
        if (Array.isArray(at)) at.push(old);
        else at[`${key}x`] = old;
        break;
      case 2:
        if (ArrayBuffer.isView(old)) at[key] = old.slice(0, r.below(old.length + 1));
        else if (typeof old === 'string')
          at[key] = r.once(2)
            ? old.slice(0, r.below(old.length + 1))
            : `${old}${r.pick(['\n', ' ', '\0', '"', '9'])}`;
        else if (typeof old === 'number')
          at[key] = r.pick([
            -old,
            old + 1,
            old * 65536,
            old / 3,
            Number.NaN,
            Number.POSITIVE_INFINITY,
            r.word(),
          ]);
        break;
      default:
        at[key] = r.pick(VALUES)();
    }
  }
  return copy;
}
