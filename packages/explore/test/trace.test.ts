import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import Pbf from 'pbf';
import { createSystem, type System } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { panicMessage, PerfettoWriter, SpeedscopeLog, TraceLog } from '../src/index.js';

interface Event {
  at: number;
  type: number;
  track: number;
  name: string;
  category: string;
  value: number;
  notes: Map<string, number>;
  flows: number[];
  ends: number[];
}

interface Trace {
  tracks: Map<number, { name: string; parent: number; pid: number }>;
  events: Event[];
}

/** Reads a trace by the numbers of Perfetto's fields, written down anew. */
function read(bytes: Uint8Array): Trace {
  const trace: Trace = { tracks: new Map(), events: [] };
  new Pbf(bytes).readFields((tag, _, pbf) => {
    expect(tag).toBe(1);
    let at = -1;
    pbf.readMessage((field) => {
      if (field === 8) at = pbf.readVarint();
      if (field === 60) readTrack(pbf, trace);
      if (field === 11) trace.events.push(readEvent(pbf, at));
    }, undefined);
  }, undefined);
  return trace;
}

function readTrack(pbf: Pbf, { tracks }: Trace): void {
  const track = { uuid: 0, name: '', parent: 0, pid: -1 };
  pbf.readMessage((field) => {
    if (field === 1) track.uuid = pbf.readVarint();
    if (field === 2) track.name = pbf.readString();
    if (field === 5) track.parent = pbf.readVarint();
    if (field === 3)
      pbf.readMessage((inner) => {
        if (inner === 1) track.pid = pbf.readVarint();
      }, undefined);
  }, undefined);
  tracks.set(track.uuid, track);
}

function readEvent(pbf: Pbf, at: number): Event {
  const e: Event = {
    at,
    type: 0,
    track: 0,
    name: '',
    category: '',
    value: 0,
    notes: new Map(),
    flows: [],
    ends: [],
  };
  pbf.readMessage((field) => {
    if (field === 4) {
      const note = { name: '', value: Number.NaN };
      pbf.readMessage((inner) => {
        if (inner === 10) note.name = pbf.readString();
        if (inner === 4) note.value = pbf.readVarint();
      }, undefined);
      e.notes.set(note.name, note.value);
    }
    if (field === 9) e.type = pbf.readVarint();
    if (field === 11) e.track = pbf.readVarint();
    if (field === 22) e.category = pbf.readString();
    if (field === 23) e.name = pbf.readString();
    if (field === 30) e.value = pbf.readVarint();
    if (field === 47) e.flows.push(pbf.readFixed64());
    if (field === 48) e.ends.push(pbf.readFixed64());
  }, undefined);
  return e;
}

const READER = `
import json, sys
from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace
trace = Trace()
trace.ParseFromString(sys.stdin.buffer.read())
def unknown(message):
    inner = [v for f, v in message.ListFields() if f.message_type]
    parts = [m for v in inner for m in (v if not hasattr(v, 'ListFields') else [v])]
    return len(UnknownFieldSet(message)) + sum(unknown(m) for m in parts)
events = [p.track_event for p in trace.packet if p.HasField('track_event')]
tracks = [p.track_descriptor for p in trace.packet if p.HasField('track_descriptor')]
print(json.dumps({
    'names': sorted(set(e.name for e in events)),
    'tracks': sorted(set(t.name or t.process.process_name for t in tracks)),
    'unknown': unknown(trace),
}))
`;

/** Is Perfetto's Python package there (pip install perfetto)? If not, says so loudly. */
function havePerfetto(): boolean {
  const words = ['-c', 'import perfetto.protos.perfetto.trace.perfetto_trace_pb2'];
  const there = spawnSync('python3', words).status === 0;
  if (!there)
    console.warn(
      "\n*** Perfetto's Python package is not installed: the test that it judges is SKIPPED ***\n",
    );
  return there;
}

const [BEGIN, END, INSTANT, COUNTER] = [1, 2, 3, 4];

async function machine(): Promise<System> {
  return createSystem(await loadKernel(), {
    ramBytes: 16 << 20,
    swapBytes: 32 << 20,
    ncpu: 2,
    locking: 'vm_mtx-20010519',
    command: '/bin/true; sleep 1 & dd if=/dev/zero of=/dev/null bs=20m',
  });
}

interface Speedscope {
  shared: { frames: { name: string; file?: string; line?: number }[] };
  profiles: { name: string; startValue: number; endValue: number; samples: number[][]; weights: number[] }[];
}

let system: System;
let profile: Speedscope;

describe('the trace of a run that ends in a panic', () => {
  let trace: Trace;
  let bytes: Uint8Array;
  beforeAll(async () => {
    system = await machine();
    const log = new TraceLog(system.target);
    system.observe(log, TraceLog.classes);
    const times = new SpeedscopeLog(system.target);
    system.observe(times, SpeedscopeLog.classes);
    expect(system.machine.run(60e9)).toBe('debugger');
    profile = JSON.parse(times.finish()) as Speedscope;
    bytes = log.finish(panicMessage(system.target));
    trace = read(bytes);
  });

  it('changes nothing in the run', async () => {
    const unseen = await machine();
    expect(unseen.machine.run(60e9)).toBe('debugger');
    expect(unseen.machine.now()).toBe(system.machine.now());
    expect(unseen.machine.step).toEqual(system.machine.step);
  });

  it('has slices that begin and end on their tracks, in order', () => {
    const open = new Map<number, number>();
    const last = new Map<number, number>();
    const wrong = trace.events.filter(({ track, type, at }) => {
      const nested = trace.tracks.get(track)?.name === 'functions';
      const early = at < (last.get(track) ?? 0);
      if (type !== INSTANT) last.set(track, at);
      const now = (open.get(track) ?? 0) + (type === BEGIN ? 1 : type === END ? -1 : 0);
      open.set(track, now);
      return early || !trace.tracks.has(track) || now < 0 || (now > 1 && !nested);
    });
    expect(wrong).toEqual([]);
    expect([...open.values()].every((n) => n === 0)).toBe(true);
  });

  it('shows who ran on which processor, what it waited for, and what it held', () => {
    const named = (category: string): Set<string> =>
      new Set(trace.events.filter((e) => e.category === category).map((e) => e.name));
    expect([...named('run')]).toEqual(
      expect.arrayContaining(['dd', 'sh', 'pagedaemon', 'irq14: ata0', 'swapper']),
    );
    expect([...named('wait')]).toEqual(expect.arrayContaining(['wait', 'nanslp', 'psleep', 'vmwait']));
    expect([...named('lock')]).toEqual(expect.arrayContaining(['Giant', 'vm', 'allproc']));
    expect([...named('kernel')]).toEqual(expect.arrayContaining(['page fault', 'fork', 'exit']));
    expect([...named('panic')]).toEqual([panicMessage(system.target)]);
    const cpus = [...trace.tracks.values()].filter(({ name }) => name.startsWith('cpu '));
    expect(cpus.map(({ name }) => name).sort()).toEqual(['cpu 0', 'cpu 1']);
    const pids = [...trace.tracks.values()].map(({ pid }) => pid).filter((pid) => pid >= 0);
    expect(new Set(pids).size).toBe(pids.length);
  });

  it('shows what functions a process was in, from its first one inwards, over what it waited for', () => {
    const dd = [...trace.tracks].find(([, { name }]) => name === 'dd')![0];
    const [functions] = [...trace.tracks].find(([, t]) => t.name === 'functions' && t.parent === dd)!;
    const open: string[] = [];
    const stacks = new Set<string>();
    for (const { track, type, name } of trace.events) {
      if (track !== functions) continue;
      if (type === BEGIN) open.push(name);
      else open.pop();
      stacks.add(open.join(' '));
    }
    // It waits for memory in the fault that it met in copying zeroes out to its buffer.
    const waits =
      /^calltrap syscall read .* copyout .*calltrap trap .*vm_fault vm_fault1 .*vm_wait .*msleep /;
    expect([...stacks].some((stack) => waits.test(stack))).toBe(true);
    // A program comes into the kernel by traps only.
    expect(new Set([...stacks].map((stack) => stack.split(' ')[0]))).toEqual(new Set(['', 'calltrap']));
  });

  it('shows the requests of the disk: what the machine says that it has written', () => {
    const [disk] = [...trace.tracks].find(([, { name }]) => name === 'disk')!;
    const requests = trace.events.filter((e) => e.track === disk);
    const begun = requests.filter((e) => e.type === BEGIN);
    expect(new Set(begun.map((e) => e.name))).toContain('write');
    // What was under way when the machine died has moved nothing.
    const { doneAt, sectorsRead, sectorsWritten } = system.machine.disk;
    const whole = doneAt < 0 ? begun : begun.slice(0, -1);
    expect(requests.filter((e) => e.type === END)).toHaveLength(begun.length);
    const sum = (name: string): number =>
      whole.filter((e) => e.name === name).reduce((n, e) => n + e.notes.get('count')!, 0);
    expect([sum('read'), sum('write')]).toEqual([sectorsRead, sectorsWritten]);
  });

  it('has no end of a request whose beginning nobody saw', () => {
    const log = new TraceLog(system.target);
    const view = { nowNs: 5, context: 0, cpuId: 0, happenings: 0 };
    const request = { op: 'read', sector: 1, count: 2, failed: false } as const;
    log.disk({ ...request, done: true }, view);
    expect(read(log.finish()).events).toEqual([]);
    log.disk({ ...request, done: false }, view);
    log.disk({ ...request, done: true }, view);
    expect(read(log.finish()).events.map(({ type }) => type)).toEqual([BEGIN, END]);
  });

  it('calls a process by the program that it has executed', () => {
    const names = [...trace.tracks.values()].filter(({ pid }) => pid > 5).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['dd', 'sleep', 'true']));
  });

  /** Perfetto's own Python package reads it: what it makes of names, and how much it does not know. */
  it.skipIf(!havePerfetto())('is read by Perfetto, which knows all that is in it', () => {
    const { names, tracks, unknown } = JSON.parse(
      execFileSync('python3', ['-c', READER], { input: bytes, encoding: 'utf8', maxBuffer: 64 << 20 }),
    ) as { names: string[]; tracks: string[]; unknown: number };
    expect(unknown).toBe(0);
    expect(new Set(names)).toEqual(new Set(trace.events.map(({ name }) => name)));
    expect(names).toEqual(expect.arrayContaining(['dd', 'vmwait', panicMessage(system.target)]));
    expect(tracks).toEqual(expect.arrayContaining(['dd', 'free pages', 'free swap', 'cpu 1']));
  });

  it('has arrows that end where they lead to', () => {
    const begun = new Set(trace.events.flatMap((e) => e.flows));
    const ends = trace.events.flatMap((e) => e.ends);
    expect(ends.length).toBeGreaterThan(5);
    expect(ends.every((id) => begun.has(id))).toBe(true);
  });

  it('has arrows from a lock given back to whoever had waited for it, and only where somebody had', () => {
    const lockOf = (e: Event): string => trace.tracks.get(e.track)!.name;
    const taken = trace.events.filter((e) => e.category === 'lock' && e.ends.length > 0);
    const given = trace.events.filter((e) => e.type === END && e.flows.length > 0);
    const locks = new Map(given.flatMap((e) => e.flows.map((id) => [id, lockOf(e)])));
    const handed = taken.filter((e) => e.ends.some((id) => locks.get(id) === lockOf(e)));
    expect(handed.length).toBeGreaterThan(0);
    const waits = trace.events.filter((e) => e.category === 'wait');
    const wanted = (e: Event): boolean => waits.some((w) => w.name === `lock ${lockOf(e)}` && w.at <= e.at);
    expect(given.filter((e) => !wanted(e))).toEqual([]);
  });

  it('counts free pages, down to where the panic came', () => {
    const [free] = [...trace.tracks].find(([, { name }]) => name === 'free pages')!;
    const counts = trace.events.filter((e) => e.type === COUNTER && e.track === free).map((e) => e.value);
    expect(counts.length).toBeGreaterThan(5);
    expect(counts.at(-1)).toBeLessThan(counts[0]! / 4);
  });
});

describe('the profile of that run', () => {
  it('is of the form that speedscope wants', () => {
    const schema = createRequire(import.meta.url).resolve('speedscope/dist/release/file-format-schema.json');
    const judge = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schema, 'utf8')) as object);
    expect(judge(profile) ? [] : judge.errors).toEqual([]);
    expect(judge({ ...profile, profiles: [{ ...profile.profiles[0], unit: 'hours' }] })).toBe(false);
  });

  it('accounts for all of the time of each processor, with frames that there are', () => {
    expect(profile.profiles.map(({ name }) => name).sort()).toEqual(['cpu 0', 'cpu 1']);
    for (const { startValue, endValue, samples, weights } of profile.profiles) {
      expect(samples).toHaveLength(weights.length);
      expect(weights.every((weight) => weight > 0)).toBe(true);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(endValue - startValue, 0);
      expect(samples.flat().every((frame) => profile.shared.frames[frame] !== undefined)).toBe(true);
    }
  });

  it('shows processes, their functions with callers above them, and programs', () => {
    const name = (frame: number): string => profile.shared.frames[frame]!.name;
    const stacks = profile.profiles.flatMap(({ samples }) =>
      samples.map((stack) => stack.map(name).join(' ')),
    );
    expect(stacks.some((stack) => /^dd \(\d+\) user mode$/.test(stack))).toBe(true);
    expect(stacks.some((stack) => /^dd \(\d+\) .*trap trap_pfault.* vm_fault/.test(stack))).toBe(true);
    expect(
      stacks.some((stack) => /^idle: cpu1 \(\d+\) fork_trampoline fork_exit idle_proc$/.test(stack)),
    ).toBe(true);
    const fault = profile.shared.frames.find((frame) => frame.name === 'vm_fault')!;
    const { file, line } = system.symbols.symbol('vm_fault');
    expect(fault).toEqual({ name: 'vm_fault', file, line });
  });
});

it('writes numbers beyond 32 bits, and negative ones', () => {
  const out = new PerfettoWriter();
  out.track({ uuid: 7, name: 'a' });
  out.event({ atNs: 123_456_789_012_345, track: 7, type: 'counter', value: -5 });
  const { events } = read(out.finish());
  expect(events).toMatchObject([{ at: 123_456_789_012_345, track: 7 }]);
});
