import type { AccessReport, RaceReport } from './report.js';

/** Races, as a terminal shows them: those that need a lock first. */
export function racesText(races: readonly RaceReport[]): string[] {
  const of = (judgement: RaceReport['judgement']): RaceReport[] =>
    races.filter((race) => race.judgement === judgement);
  const out = of('unprotected').flatMap((race) => [...raceText(race), '']);
  const design = of('by design');
  if (design.length > 0) out.push('Without a lock by design, as the lock key says:', ...briefly(design), '');
  const undeclared = of('undeclared');
  if (undeclared.length > 0)
    out.push(
      'Variables for which no lock is declared: whether they need one is not known.',
      ...briefly(undeclared),
      '',
    );
  return out;
}

export function raceText(race: RaceReport): string[] {
  const often = race.times > 1 ? `, ${race.times} times` : '';
  return [
    `data race on ${race.object}${often}; ${race.declared === null ? 'no lock is declared' : `declared: ${race.declared}`}`,
    ...accessText(race.first),
    ...accessText(race.second),
    ...missingText(race),
  ];
}

/** A line for each object. */
function briefly(races: readonly RaceReport[]): string[] {
  const byObject = new Map<string, RaceReport[]>();
  for (const race of races) byObject.set(race.object, [...(byObject.get(race.object) ?? []), race]);
  return [...byObject].map(([object, [first, ...more]]) => {
    const { first: a, second: b } = first!;
    const others = more.length > 0 ? `, and ${more.length} more` : '';
    return `  ${object}: ${a.function} (${a.file}:${a.line}) ${a.does}, ${b.function} (${b.file}:${b.line}) ${b.does}${others}`;
  });
}

export const heldText = (holds: readonly string[]): string =>
  holds.length === 0 ? 'without any lock' : `with ${holds.join(', ')}`;

export function accessText({ process, does, function: within, file, line, holds }: AccessReport): string[] {
  return [`  ${process} ${does} it ${heldText(holds)}`, `      in ${within} (${file}:${line})`];
}

/** The lock that is missing, and who held it. */
export function missingText({ missing, first, second, declared }: RaceReport): string[] {
  if (missing.length === 0) {
    const out = [
      `  missing: not known, as ${declared === null ? 'nothing says which lock' : 'the key names no lock'}`,
    ];
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const only = one.holds.filter((lock) => !other.holds.includes(lock));
      if (only.length > 0)
        out.push(`    ${one.function} (line ${one.line}) had ${only.join(', ')}, the other had not`);
    }
    return out;
  }
  const who = { first: first.process, second: second.process };
  const same = who.first === who.second;
  const named = (which: 'first' | 'second'): string => (same ? `the ${which} one` : who[which]);
  // Where a key names several locks, any of them would have done.
  return missing.map(({ lock, held }, i) => {
    const begin = i === 0 ? '  missing:' : '    or';
    if (held.length === 0) return `${begin} ${lock}, which neither held`;
    const lacked = held[0] === 'first' ? 'second' : 'first';
    return `${begin} ${lock}, which ${named(held[0]!)} held and ${named(lacked)} did not`;
  });
}
