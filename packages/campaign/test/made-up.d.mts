import type { Outcome, Subject, Task } from '../src/index.js';

export declare function subject(name: string, more?: Partial<Subject>): Subject;
export declare const WANTED: Subject[];
export declare const STRATEGIES: string[];
export declare function outcome(task: Task): Outcome;
