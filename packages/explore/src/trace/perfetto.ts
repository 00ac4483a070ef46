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

/** Writes a trace, packet by packet. */
export class PerfettoWriter {
  private readonly blocks: Uint8Array[] = [];
  /** Events without numbers of their own: most come again and again */
  private readonly known = new Map<string, Uint8Array>();
  private pbf = new Pbf();

  track(track: Track): void {
    this.packet(undefined, (pbf) => pbf.writeMessage(TRACE_PACKET.descriptor, writeTrack, track));
  }

  event(event: TrackEvent): void {
    const { type, track, category, name, value, flows, flowEnds, notes } = event;
    if (value !== undefined || flows?.length || flowEnds?.length || notes !== undefined) {
      this.packet(event.atNs, (pbf) => pbf.writeMessage(TRACE_PACKET.event, writeEvent, event));
      return;
    }
    const key = `${type}\0${track}\0${category}\0${name}`;
    let body = this.known.get(key);
    if (body === undefined) {
      const pbf = new Pbf();
      writeEvent(event, pbf);
      body = pbf.finish();
      this.known.set(key, body);
    }
    const known = body;
    this.packet(event.atNs, (pbf) => pbf.writeBytesField(TRACE_PACKET.event, known));
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

  private packet(atNs: number | undefined, body: (pbf: Pbf) => void): void {
    this.pbf.writeMessage(
      PACKET,
      (_: undefined, pbf: Pbf | undefined) => {
        if (atNs !== undefined) pbf!.writeVarintField(TRACE_PACKET.timestamp, Math.round(atNs));
        pbf!.writeVarintField(TRACE_PACKET.sequence, SEQUENCE);
        body(pbf!);
      },
      undefined,
    );
    if (this.pbf.pos > BLOCK) this.putAside();
  }

  private putAside(): void {
    this.blocks.push(this.pbf.finish());
    this.pbf = new Pbf();
  }
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

function writeEvent(event: TrackEvent, pbf: Pbf = new Pbf()): void {
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
