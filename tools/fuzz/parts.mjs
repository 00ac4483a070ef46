/**
 * What is given inputs by chance. Each part: `name`; `what` they are; `batch`, how many are run at once;
 * `weight`, its share of all; `run(seed, from, count)`: how many were `late`, and the `failures`.
 */
import { cli } from './cli.mjs';
import { ddb } from './ddb.mjs';
import { exec } from './exec.mjs';
import { image } from './image.mjs';
import { programs } from './programs.mjs';
import { report } from './report.mjs';
import { sh } from './sh.mjs';

export const PARTS = [sh, programs, exec, image, cli, ddb, report];
