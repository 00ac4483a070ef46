/**
 * The formats of the kernel's printf (kvprintf of kern/subr_prf.c; split from subr_prf.ts).
 *
 * %d %i signed, %u unsigned, %x %X hexadecimal, %o octal, %p pointer as 0x..., %s string ("(null)" for null), %c, %%,
 * %b bits: a number and a string whose first character is the radix and then "\10NAME" for bit 8 (from 1) and so on,
 * %r in the radix given to kvprintf, %z signed hexadecimal, %D bytes at an address with a separator, %n in radix.
 * Flags # - + 0 blank, width and precision, numbers or *; h ignored, l 32 bits, ll and q 64 bits: two words, low first.
 */

/** ksprintn's digits, backwards. 64-bit octal is the longest. */
const MAXNBUF = 24;

/** Letters of a digit. Locks: none. @inline */
function hex2ascii(d: int, upper: boolean): int {
  return d < 10 ? 48 + d : (upper ? 55 : 87) + d;
}

/** Length of a string, at most max if that is not negative. Locks: that of the string. Does not sleep. */
function fmt_strlen(s: str, max: int): int {
  let n = 0;
  while ((max < 0 || n < max) && s[n] !== 0) n++;
  return n;
}

/**
 * A number's digits backwards into buf, without a NUL. Returns how many there are.
 * Locks: none. Does not sleep.
 */
function ksprintn(buf: u32, num: u32, base: u32, upper: boolean): int {
  let n = 0;
  let v = num;
  for (;;) {
    $st8(buf + $u32(n++), hex2ascii($int(v % base), upper));
    v = v / base;
    if (v === 0) return n;
  }
}

/** The same of 64 bits. Locks: none. Does not sleep. */
function ksprintqn(buf: u32, num: u64, base: u32, upper: boolean): int {
  let n = 0;
  let v = num;
  for (;;) {
    $st8(buf + $u32(n++), hex2ascii($int(v % $i64(base)), upper));
    v = v / $i64(base);
    if (v === 0) return n;
  }
}

/** n times a character. Locks: none. Does not sleep. */
function fmt_fill(func: (c: int, arg: u32) => void, arg: u32, c: int, n: int): int {
  for (let i = 0; i < n; i++) func(c, arg);
  return n > 0 ? n : 0;
}

/** A number with sign, prefix and padding. digits holds its n digits backwards. Locks: none. Does not sleep. */
function fmt_number(
  func: (c: int, arg: u32) => void,
  arg: u32,
  digits: u32,
  n: int,
  sign: int,
  prefix: int,
  width: int,
  dwidth: int,
  ladjust: boolean,
  zero: boolean,
): int {
  let out = 0;
  const extra = dwidth > n ? dwidth - n : 0;
  const pad = width - n - extra - prefix - (sign !== 0 ? 1 : 0);
  if (!ladjust && !zero) out += fmt_fill(func, arg, 32, pad);
  if (sign !== 0) out += fmt_fill(func, arg, sign, 1);
  if (prefix > 0) {
    func(48, arg);
    if (prefix > 1) func(120, arg);
    out += prefix;
  }
  if (!ladjust && zero) out += fmt_fill(func, arg, 48, pad);
  out += fmt_fill(func, arg, 48, extra);
  for (let i = n - 1; i >= 0; i--) func($ld8(digits + $u32(i)), arg);
  out += n;
  if (ladjust) out += fmt_fill(func, arg, 32, pad);
  return out;
}

/** A string with padding. Locks: that of the string. Does not sleep. */
function fmt_string(
  func: (c: int, arg: u32) => void,
  arg: u32,
  s: str,
  max: int,
  width: int,
  ladjust: boolean,
): int {
  let out = 0;
  const n = fmt_strlen(s, max);
  if (!ladjust) out += fmt_fill(func, arg, 32, width - n);
  for (let i = 0; i < n; i++) func(s[i], arg);
  out += n;
  if (ladjust) out += fmt_fill(func, arg, 32, width - n);
  return out;
}

/** %b: the number in the radix that bits[0] gives, then the names of the bits that are set. Locks: none. Does not sleep. */
function fmt_bits(func: (c: int, arg: u32) => void, arg: u32, num: u32, bits: str): int {
  const digits = $addr($local<array<char, 24>>());
  let out = 0;
  const n = ksprintn(digits, num, bits[0], false);
  out += fmt_number(func, arg, digits, n, 0, 0, 0, 0, false, false);
  if (num === 0) return out;
  let any = false;
  let i = 1;
  while (bits[i] !== 0) {
    const bit = bits[i++];
    const on = (num & (1 << (bit - 1))) !== 0;
    if (on) out += fmt_fill(func, arg, any ? 44 : 60, 1);
    any = any || on;
    for (; bits[i] > 32; i++) {
      if (on) out += fmt_fill(func, arg, bits[i], 1);
    }
  }
  if (any) out += fmt_fill(func, arg, 62, 1);
  return out;
}

/** %D: len bytes at an address in hexadecimal with a separator between. Locks: none. Does not sleep. */
function fmt_dump(func: (c: int, arg: u32) => void, arg: u32, at: u32, sep: str, len: int): int {
  let out = 0;
  for (let i = 0; i < len; i++) {
    if (i > 0) out += fmt_string(func, arg, sep, -1, 0, false);
    const c: int = $ld8(at + $u32(i));
    func(hex2ascii(c >> 4, false), arg);
    func(hex2ascii(c & 15, false), arg);
    out += 2;
  }
  return out;
}

/**
 * Formats by fmt and gives each character to func(character, arg). Returns the number of characters.
 * Locks: none of its own. Does not sleep.
 */
export function kvprintf(
  fmt: str,
  func: (c: int, arg: u32) => void,
  arg: u32,
  radix: int,
  ...args: va_list
): int {
  const digits = $addr($local<array<char, 24>>());
  const f: str = fmt !== null ? fmt : '(fmt null)\n';
  let i = 0;
  let a = 0;
  let out = 0;
  for (;;) {
    let c: int = f[i++];
    while (c !== 37) {
      if (c === 0) return out;
      func(c, arg);
      out++;
      c = f[i++];
    }
    const start = i;
    let wide = false;
    let longs = 0;
    let ladjust = false;
    let alt = false;
    let zero = false;
    let plus = 0;
    let width = 0;
    let dwidth = -1;
    let upper = false;
    /* Flags, width, precision, size. */
    for (;;) {
      c = f[i++];
      if (c === 35) alt = true;
      else if (c === 45) ladjust = true;
      else if (c === 43) plus = 43;
      else if (c === 32) plus = plus !== 0 ? plus : 32;
      else if (c === 46) dwidth = 0;
      else if (c === 42) {
        const v = $va(args, a++);
        if (dwidth >= 0) dwidth = v;
        else if (v < 0) {
          ladjust = true;
          width = -v;
        } else width = v;
      } else if (c === 48 && width === 0 && dwidth < 0) zero = true;
      else if (c >= 48 && c <= 57) {
        if (dwidth >= 0) dwidth = dwidth * 10 + c - 48;
        else width = width * 10 + c - 48;
      } else if (c === 108) wide = ++longs > 1;
      else if (c === 113) wide = true;
      else if (c !== 104) break;
    }
    let base: u32 = 10;
    let sign = 0;
    let negative = false;
    switch (c) {
      case 37 /* %% */:
        func(37, arg);
        out++;
        continue;
      case 98 /* %b */:
        out += fmt_bits(func, arg, $u32($va(args, a)), $cast<str>($u32($va(args, a + 1))));
        a += 2;
        continue;
      case 99 /* %c */:
        if (!ladjust) out += fmt_fill(func, arg, 32, width - 1);
        func($va(args, a++) & 0xff, arg);
        out++;
        if (ladjust) out += fmt_fill(func, arg, 32, width - 1);
        continue;
      case 68 /* %D */:
        out += fmt_dump(
          func,
          arg,
          $u32($va(args, a)),
          $cast<str>($u32($va(args, a + 1))),
          width > 0 ? width : 16,
        );
        a += 2;
        continue;
      case 115: {
        /* %s */
        const s = $va(args, a++);
        out += fmt_string(func, arg, s !== 0 ? $cast<str>($u32(s)) : '(null)', dwidth, width, ladjust);
        continue;
      }
      case 100: /* %d */
      case 105 /* %i */:
        negative = true;
        break;
      case 122 /* %z */:
        base = 16;
        negative = true;
        break;
      case 111 /* %o */:
        base = 8;
        break;
      case 112 /* %p */:
        base = 16;
        alt = true;
        break;
      case 114 /* %r */:
        base = $u32(radix);
        negative = true;
        break;
      case 110 /* %n */:
        base = $u32(radix);
        break;
      case 117 /* %u */:
        break;
      case 88 /* %X */:
        upper = true;
        base = 16;
        break;
      case 120 /* %x */:
        base = 16;
        break;
      default:
        /* Not a format: print it as it stands. */
        func(37, arg);
        out++;
        i = start;
        if (f[i] === 0) return out;
        continue;
    }
    const low = $u32($va(args, a));
    let n = 0;
    let nonzero = low !== 0;
    if (wide) {
      const high = $va(args, a + 1);
      a += 2;
      let num: i64 = $i64(low) + ($i64(high) << 32);
      /* Unsigned numbers of more than 53 bits do not exist here. */
      if (negative && num < 0) {
        sign = 45;
        num = -num;
      }
      nonzero = num !== 0;
      n = ksprintqn(digits, num, base, upper);
    } else {
      a++;
      let num = low;
      if (negative && $int(low) < 0) {
        sign = 45;
        num = $u32(-$int(low));
      }
      n = ksprintn(digits, num, base, upper);
    }
    if (sign === 0 && plus !== 0 && negative) sign = plus;
    const prefix = !alt || !nonzero ? (c === 112 ? 2 : 0) : base === 16 ? 2 : base === 8 ? 1 : 0;
    out += fmt_number(func, arg, digits, n, sign, prefix, width, dwidth, ladjust, zero && dwidth < 0);
  }
}
