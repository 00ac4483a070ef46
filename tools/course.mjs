/** Writes the pages of docs/course from the lessons. Needs a built house. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const learn = (file) => import(pathToFileURL(join(root, 'packages/cli/dist/learn', file)).href);

const [{ lessons }, { coursePage, lessonPage, pageName }] = await Promise.all(
  ['lesson.js', 'page.js'].map(learn),
);
const out = join(root, 'docs/course');
mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) if (/^\d\d-/.test(old)) rmSync(join(out, old));
const course = lessons();
for (const lesson of course) writeFileSync(join(out, pageName(lesson)), lessonPage(lesson));
writeFileSync(join(out, 'README.md'), coursePage(course));
