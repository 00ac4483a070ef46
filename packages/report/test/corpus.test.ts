import fc from 'fast-check';
import { describe, it } from 'vitest';
import { parseReport } from '../src/index.js';
import { applyDamages, DAMAGES, damageSets } from './corpus/damages.js';
import { CORPUS } from './corpus/forms.js';
import { known } from './corpus/known.js';

// The seed is fixed, so that a run is the same everywhere; TRAP12_SEED=n tries others. fast-check prints the
// seed and the path of a failure, which go into `fc.assert(..., { seed, path })` to replay it.
fc.configureGlobal({ seed: Number(process.env.TRAP12_SEED ?? 20010523) });

describe('every form, undamaged', () => {
  for (const form of CORPUS) {
    it(form.name, () => {
      fc.assert(
        fc.property(known(form.arch), (k) => {
          form.expect(parseReport(`${form.render(k).join('\n')}\n`), k);
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe('every damage on every form', () => {
  for (const damage of DAMAGES) {
    it(damage.name, () => {
      for (const form of CORPUS) {
        fc.assert(
          fc.property(known(form.arch), fc.nat(), (k, seed) => {
            form.expect(parseReport(applyDamages(form.render(k), [damage.name], seed)), k);
          }),
          { numRuns: 12 },
        );
      }
    });
  }
});

describe('combinations of damages', () => {
  for (const form of CORPUS) {
    it(form.name, () => {
      fc.assert(
        fc.property(known(form.arch), damageSets, fc.nat(), (k, names, seed) => {
          form.expect(parseReport(applyDamages(form.render(k), names, seed)), k);
        }),
        { numRuns: 60 },
      );
    });
  }
});
