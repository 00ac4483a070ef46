// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell text
import { expect, it } from 'vitest';
import { program, run } from './run.js';

it('sh runs', async () => {
  const sh = await program('bin/sh');
  for (const c of ['echo "a  b" c','x=5; echo $x "$x" \'$x\' ${x}y', process.env.CMD ?? ':']) {
    const r = run(sh, ['sh', '-c', c]);
    console.log(JSON.stringify(c), r.status, JSON.stringify(r.stdout), JSON.stringify(r.stderr));
  }
  expect(1).toBe(1);
});
