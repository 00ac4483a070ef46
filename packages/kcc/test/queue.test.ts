import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Machine, machine } from './machine.js';

const program = (kind: 'TAILQ' | 'LIST' | 'SLIST' | 'STAILQ', body: string): string => `
/** @lock a anything */
interface item extends struct {
  n: int; // (a)
  link: embed<${kind}_ENTRY<item>>; // (a)
}
let head: embed<${kind}_HEAD<item>>;
let items: array<embed<item>, 16>;
function at(i: int): item { return items[i]; }
function index(p: item): int { return p === null ? -1 : $pdiff(p, items[0]); }
function init(): void { ${kind}_INIT(head); for (let i = 0; i < 16; i++) items[i].n = i; }
function empty(): boolean { return ${kind}_EMPTY(head); }
function first(): int { return index(${kind}_FIRST(head)); }
function next(i: int): int { return index(${kind}_NEXT(at(i), 'link')); }
function insertHead(i: int): void { ${kind}_INSERT_HEAD(head, at(i), 'link'); }
${body}`;

function contents(m: Machine): number[] {
  const out: number[] = [];
  for (let i = m.call('first') as number; i >= 0; i = m.call('next', i) as number) out.push(i);
  expect(m.call('empty')).toBe(out.length === 0);
  return out;
}

const steps = fc.array(fc.record({ op: fc.nat(4), item: fc.nat(15), where: fc.nat(15) }), { maxLength: 60 });

/** Runs random operations against an array. */
function follow(
  m: Machine,
  ops: Record<number, (list: number[], item: number, where: number | undefined) => void>,
): void {
  fc.assert(
    fc.property(steps, (list) => {
      m.call('init');
      const model: number[] = [];
      for (const { op, item, where } of list) {
        const there = model.length > 0 ? model[where % model.length] : undefined;
        ops[op]?.(model, item, there);
        expect(contents(m)).toEqual(model);
      }
    }),
    { numRuns: 60 },
  );
}

describe('queue macros agree with an array', () => {
  test('TAILQ', async () => {
    const m = await machine(
      program(
        'TAILQ',
        `function insertTail(i: int): void { TAILQ_INSERT_TAIL(head, at(i), 'link'); }
         function after(l: int, i: int): void { TAILQ_INSERT_AFTER(head, at(l), at(i), 'link'); }
         function before(l: int, i: int): void { TAILQ_INSERT_BEFORE(at(l), at(i), 'link'); }
         function remove(i: int): void { TAILQ_REMOVE(head, at(i), 'link'); }
         function last(): int { return index(TAILQ_LAST(head, 'link')); }
         function prev(i: int): int { return index(TAILQ_PREV(at(i), 'link')); }`,
      ),
    );
    const check = (model: number[]): void => {
      expect(m.call('last')).toBe(model.at(-1) ?? -1);
      model.forEach((i, k) => {
        expect(m.call('prev', i)).toBe(model[k - 1] ?? -1);
      });
    };
    follow(m, {
      0: (model, i) => {
        if (model.includes(i)) return;
        model.unshift(i);
        m.call('insertHead', i);
        check(model);
      },
      1: (model, i) => {
        if (model.includes(i)) return;
        model.push(i);
        m.call('insertTail', i);
        check(model);
      },
      2: (model, i, there) => {
        if (model.includes(i) || there === undefined) return;
        model.splice(model.indexOf(there) + 1, 0, i);
        m.call('after', there, i);
        check(model);
      },
      3: (model, i, there) => {
        if (model.includes(i) || there === undefined) return;
        model.splice(model.indexOf(there), 0, i);
        m.call('before', there, i);
        check(model);
      },
      4: (model, _, there) => {
        if (there === undefined) return;
        model.splice(model.indexOf(there), 1);
        m.call('remove', there);
        check(model);
      },
    });
  });

  test('LIST', async () => {
    const m = await machine(
      program(
        'LIST',
        `function after(l: int, i: int): void { LIST_INSERT_AFTER(at(l), at(i), 'link'); }
         function before(l: int, i: int): void { LIST_INSERT_BEFORE(at(l), at(i), 'link'); }
         function remove(i: int): void { LIST_REMOVE(at(i), 'link'); }`,
      ),
    );
    follow(m, {
      0: (model, i) => {
        if (model.includes(i)) return;
        model.unshift(i);
        m.call('insertHead', i);
      },
      2: (model, i, there) => {
        if (model.includes(i) || there === undefined) return;
        model.splice(model.indexOf(there) + 1, 0, i);
        m.call('after', there, i);
      },
      3: (model, i, there) => {
        if (model.includes(i) || there === undefined) return;
        model.splice(model.indexOf(there), 0, i);
        m.call('before', there, i);
      },
      4: (model, _, there) => {
        if (there === undefined) return;
        model.splice(model.indexOf(there), 1);
        m.call('remove', there);
      },
    });
  });

  test('SLIST', async () => {
    const m = await machine(
      program(
        'SLIST',
        `function removeHead(): void { SLIST_REMOVE_HEAD(head, 'link'); }
         function remove(i: int): void { SLIST_REMOVE(head, at(i), 'link'); }`,
      ),
    );
    follow(m, {
      0: (model, i) => {
        if (model.includes(i)) return;
        model.unshift(i);
        m.call('insertHead', i);
      },
      1: (model) => {
        if (model.length === 0) return;
        model.shift();
        m.call('removeHead');
      },
      4: (model, _, there) => {
        if (there === undefined) return;
        model.splice(model.indexOf(there), 1);
        m.call('remove', there);
      },
    });
  });

  test('STAILQ', async () => {
    const m = await machine(
      program(
        'STAILQ',
        `function insertTail(i: int): void { STAILQ_INSERT_TAIL(head, at(i), 'link'); }
         function removeHead(): void { STAILQ_REMOVE_HEAD(head, 'link'); }`,
      ),
    );
    follow(m, {
      0: (model, i) => {
        if (model.includes(i)) return;
        model.unshift(i);
        m.call('insertHead', i);
      },
      1: (model, i) => {
        if (model.includes(i)) return;
        model.push(i);
        m.call('insertTail', i);
      },
      2: (model) => {
        if (model.length === 0) return;
        model.shift();
        m.call('removeHead');
      },
    });
  });
});

test('the listing names the caller and its operands', async () => {
  const m = await machine(program('TAILQ', "function f(p: item): void { TAILQ_REMOVE(head, p, 'link'); }"));
  const f = m.image.symbols.findIndex((s) => s.name === 'f');
  const rows = m.image.sites
    .filter((s) => s[1] === f)
    .map((s) => [m.image.strings[s[9]], m.image.strings[s[10]]]);
  expect(rows.slice(2, 5)).toEqual([
    ['movl 0x4(%eax),%eax', 'p.link.tqe_next'],
    ['movl 0x4(%eax),%eax', 'p.link.tqe_next'],
    ['movl 0x8(%eax),%eax', 'p.link.tqe_prev'],
  ]);
});
