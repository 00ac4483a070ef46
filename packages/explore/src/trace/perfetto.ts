import Pbf from 'pbf';

/*
 * Traces in the form of Perfetto (docs.perfetto.dev, "Trace packet proto"): packets of track descriptors and
 * track events. The numbers are those of its fields.
 */
const PACKET = 1;
const TRACE_PACKET = { timestamp: 8, sequence: 10, event: 11, descriptor: 60 };
const TRACK = { uuid: 1, name: 2, process: 3, parent: 5, counter: 8 };
const PROCESS = { pid: 1, name: 6 };
const COUNTER = { unitName: 6 };
const EVENT = {
  annotation: 4,
  type: 9,
  track: 11,
  category: 22,
  name: 23,
  counter: 30,
  flow: 47,
  flowEnd: 48,
};
const ANNOTATION = { number: 4, text: 6, name: 10 };
const TYPES = { begin: 1, end: 2, instant: 3, counter: 4 } as const;
/** Wire type of what has its length before it */
const BYTES = 2;
/** All packets are of one writer. */
const SEQUENCE = 1;
/** Bytes after which what has been written is put aside: a buffer that grows for ever is copied for ever. */
const BLOCK = 1 << 20;

export interface Track {
  uuid: number;
  name: string;
  parent?: number;
  /** Of a process: its pid */
  pid?: number;
  /** Of a counter: what it counts */
  unit?: string;
}

export interface TrackEvent {
  atNs: number;
  track: number;
  type: keyof typeof TYPES;
  name?: string;
  category?: string;
  /** Of a counter */
  value?: number;
  /** Arrows begin here, or end */
  flows?: readonly number[];
  flowEnds?: readonly number[];
  notes?: Readonly<Record<string, string | number>>;
}

/** An event that comes again and again, as it is written: all of it but its time. */
export type EventBody = Uint8Array;

/** Writes a trace, packet by packet. */
export class PerfettoWriter {
  private readonly blocks: Uint8Array[] = [];
  private pbf = emptyBlock();
  /** What is to be written next */
  private readonly scratch = new Pbf();

  track(track: Track): void {
    const body = new Pbf();
    body.writeVarintField(TRACE_PACKET.sequence, SEQUENCE);
    body.writeMessage(TRACE_PACKET.descriptor, writeTrack, track);
    this.pbf.writeBytesField(PACKET, body.finish());
  }

  event(event: TrackEvent): void {
    this.at(event.atNs, this.encode(event));
  }

  /** For at(). */
  body(event: Omit<TrackEvent, 'atNs'>): EventBody {
    return this.encode(event).slice();
  }

  /** An event of that body at that time. */
  at(atNs: number, body: EventBody): void {
    const { pbf } = this;
    const ns = Math.round(atNs);
    pbf.writeVarint((PACKET << 3) | BYTES);
    pbf.writeVarint(1 + varintBytes(ns) + body.length);
    pbf.writeVarintField(TRACE_PACKET.timestamp, ns);
    pbf.realloc(body.length);
    pbf.buf.set(body, pbf.pos);
    pbf.pos += body.length;
    if (pbf.pos > BLOCK) this.putAside();
  }

  /** The trace so far. */
  finish(): Uint8Array {
    this.putAside();
    const out = new Uint8Array(this.blocks.reduce((n, b) => n + b.length, 0));
    let at = 0;
    for (const block of this.blocks) {
      out.set(block, at);
      at += block.length;
    }
    return out;
  }

  /** @returns what is overwritten by the next one */
  private encode(event: Omit<TrackEvent, 'atNs'>): Uint8Array {
    const { scratch } = this;
    scratch.pos = 0;
    scratch.writeVarintField(TRACE_PACKET.sequence, SEQUENCE);
    scratch.writeMessage(TRACE_PACKET.event, writeEvent, event);
    return scratch.buf.subarray(0, scratch.pos);
  }

  private putAside(): void {
    this.blocks.push(this.pbf.finish());
    this.pbf = emptyBlock();
  }
}

/** With some room for the event in which it gets full. */
const emptyBlock = (): Pbf => new Pbf(new Uint8Array(BLOCK + (BLOCK >> 4)));

/** Bytes of a number as a varint: seven bits each. @param value from 0 on */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

function writeTrack(track: Track, pbf: Pbf = new Pbf()): void {
  pbf.writeVarintField(TRACK.uuid, track.uuid);
  pbf.writeStringField(TRACK.name, track.name);
  if (track.parent !== undefined) pbf.writeVarintField(TRACK.parent, track.parent);
  const { pid, unit } = track;
  if (pid !== undefined)
    pbf.writeMessage(
      TRACK.process,
      (_: undefined, inner: Pbf = new Pbf()) => {
        inner.writeVarintField(PROCESS.pid, pid);
        inner.writeStringField(PROCESS.name, track.name);
      },
      undefined,
    );
  if (unit !== undefined)
    pbf.writeMessage(
      TRACK.counter,
      (_: undefined, inner: Pbf = new Pbf()) => inner.writeStringField(COUNTER.unitName, unit),
      undefined,
    );
}

function writeEvent(event: Omit<TrackEvent, 'atNs'>, pbf: Pbf = new Pbf()): void {
  pbf.writeVarintField(EVENT.type, TYPES[event.type]);
  pbf.writeVarintField(EVENT.track, event.track);
  if (event.category !== undefined) pbf.writeStringField(EVENT.category, event.category);
  if (event.name !== undefined) pbf.writeStringField(EVENT.name, event.name);
  if (event.value !== undefined) pbf.writeVarintField(EVENT.counter, event.value);
  for (const id of event.flows ?? []) pbf.writeFixed64Field(EVENT.flow, id);
  for (const id of event.flowEnds ?? []) pbf.writeFixed64Field(EVENT.flowEnd, id);
  for (const note of Object.entries(event.notes ?? {}))
    pbf.writeMessage(EVENT.annotation, writeAnnotation, note);
}

function writeAnnotation([name, value]: [string, string | number], pbf: Pbf = new Pbf()): void {
  pbf.writeStringField(ANNOTATION.name, name);
  if (typeof value === 'number') pbf.writeVarintField(ANNOTATION.number, value);
  else pbf.writeStringField(ANNOTATION.text, value);
}
