import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addMutation, compile, readSources } from '@trap12/kcc';
import { loadExecutables } from '@trap12/system/node.js';
import { useKernel } from './machine.mjs';
import { exec } from './exec.mjs';
const BUGS = [
  ['unwire', 'kern/kern_exec.ts', 'exec_unmap_first_page', 'pmap_kremove(imgp.ip_image_header);', ''],
  ['shell line length', 'kern/imgact_shell.ts', 'exec_shell_imgact', 'if (end >= header + MAXSHELLCMDLEN || $i64(end - header) >= imgp.ip_size) return ENAMETOOLONG;', ''],
  ['empty', 'kern/kern_exec.ts', 'exec_check_permissions', 'if (va.va_size === 0) return ENOEXEC;', ''],
];
const only = Number(process.argv[2]);
for (const [what, file, fn, from, to] of BUGS.slice(only, only + 1)) {
  const files = readSources(new URL('../../packages/kernel/src', import.meta.url).pathname);
  const built = compile(files, { patches: addMutation(files, { file, fn, from, to }) });
  const dir = mkdtempSync(join(tmpdir(), 'fuzzcanary-'));
  writeFileSync(join(dir, 'kernel.mjs'), built.js.replace(/\/\/# sourceMappingURL.*/, ''));
  const module = await import(pathToFileURL(join(dir, 'kernel.mjs')).href);
  await useKernel({ module, image: built.image, executables: loadExecutables() });
  for (let k = 0; k < 4; k++) {
    const { failures } = await exec.run(1, k * 250, 250);
    console.log(what, k, failures.map((f) => [f.at, f.what.slice(0, 200)]));
    if (failures.length) break;
  }
}
