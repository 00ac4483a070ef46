import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseReport, REPORT_SCHEMA } from '../src/index.js';
import { applyDamages, damageSets } from './corpus/damages.js';
import { CORPUS } from './corpus/forms.js';
import { known } from './corpus/known.js';
import { TEXTS } from './texts/index.js';

type Schema = Record<string, unknown>;

/** The part of JSON schema that ours uses; anything else in it is an error here. */
function faults(schema: Schema, value: unknown, path: string): string[] {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').pop()!;
    return faults((REPORT_SCHEMA.$defs as Record<string, Schema>)[name]!, value, path);
  }
  if (Array.isArray(schema.anyOf)) {
    return schema.anyOf.some((each) => faults(each as Schema, value, path).length === 0)
      ? []
      : [`${path}: none of anyOf`];
  }
  if ('const' in schema) return value === schema.const ? [] : [`${path}: not ${String(schema.const)}`];
  if (Array.isArray(schema.enum))
    return schema.enum.includes(value) ? [] : [`${path}: ${String(value)} not in enum`];
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const is =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'array'
        : Number.isInteger(value) && types.includes('integer')
          ? 'integer'
          : typeof value;
  if (!types.includes(is)) return [`${path}: ${is}, not ${types.join(' or ')}`];
  const out: string[] = [];
  if (
    is === 'string' &&
    typeof schema.pattern === 'string' &&
    !new RegExp(schema.pattern).test(value as string)
  )
    out.push(`${path}: ${String(value)}`);
  if (typeof schema.minimum === 'number' && (value as number) < schema.minimum)
    out.push(`${path}: below ${schema.minimum}`);
  if (is === 'array') {
    (value as unknown[]).forEach((each, i) => {
      out.push(...faults(schema.items as Schema, each, `${path}[${i}]`));
    });
  }
  if (is === 'object') {
    const properties = (schema.properties ?? {}) as Record<string, Schema | undefined>;
    for (const name of (schema.required ?? []) as string[])
      if (!(name in (value as object))) out.push(`${path}.${name}: missing`);
    for (const [name, each] of Object.entries(value as object)) {
      const sub = properties[name] ?? (schema.additionalProperties as Schema | false | undefined);
      if (sub === false || sub === undefined) out.push(`${path}.${name}: not in the schema`);
      else out.push(...faults(sub, each, `${path}.${name}`));
    }
  }
  return out;
}

const check = (text: string) =>
  expect(
    faults(REPORT_SCHEMA as unknown as Schema, JSON.parse(JSON.stringify(parseReport(text))), 'report'),
  ).toEqual([]);

it('the example', () =>
  check(readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8')));

for (const [name, text] of Object.entries(TEXTS)) it(name, () => check(text));

it('every form with damages', () => {
  fc.configureGlobal({ seed: Number(process.env.TRAP12_SEED ?? 20010523) });
  for (const form of CORPUS) {
    fc.assert(
      fc.property(known(form.arch), damageSets, fc.nat(), (k, names, seed) => {
        check(applyDamages(form.render(k), names, seed));
      }),
      { numRuns: 8 },
    );
  }
});
