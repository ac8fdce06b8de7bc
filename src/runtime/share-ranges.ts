import type { LogPoint } from "../message/log-point.ts";
import { sliceCount } from "../message/slice.ts";
import { type ProcessorState, type SliceRange, unstartedProcessor } from "../ports/processor-state.ts";

/** What a worker knows when it looks after its share of a processor. */
export interface ShareRequest {
  readonly worker: string;
  /** Epoch milliseconds by the store's clock. */
  readonly now: number;
  readonly leaseMs: number;
  /** Whether the work may be spread over workers; otherwise one of them has all of it. */
  readonly spread: boolean;
  /** Where a processor that never ran begins. */
  readonly start: LogPoint;
  /** What a first build must reach: the head of the log. */
  readonly buildTarget: number;
  /** Whether a worker is known to be gone although its lease has not run out. */
  readonly isGone: (worker: string) => boolean;
}

/**
 * The state of a processor after one worker has looked after it: its lease is renewed, ranges of the dead are free, what it
 * holds beyond its fair share is given back, what it lacks is claimed, and ranges that have come to the same point are
 * merged. Every change of owner or bounds raises the epoch, so that whoever acts on an older state is fenced off (G5).
 */
export function shareRanges(state: ProcessorState, request: ShareRequest): ProcessorState {
  const { worker, now, leaseMs } = request;
  const leaseUntil = now + leaseMs;
  const others = state.workers.filter(
    ({ id, aliveUntil }) => id !== worker && aliveUntil > now && !request.isGone(id),
  );
  const workers = [...others, { id: worker, aliveUntil: leaseUntil }];
  const share = request.spread ? Math.ceil(sliceCount / workers.length) : sliceCount;

  const first = state.ranges.length === 0;
  const all = first ? [wholeFrom(request.start)] : state.ranges;
  const held = all.map((range) => {
    if (range.owner === worker) return { ...range, leaseUntil };
    const lost = range.owner !== undefined && (range.leaseUntil <= now || request.isGone(range.owner));
    return lost ? free(range) : range;
  });
  // While it is paused nobody takes anything up: what is free stays free.
  const ranges = state.paused
    ? held
    : merge(claim(giveBack(held, worker, share), worker, share, leaseUntil), worker);
  return { ...state, ranges, workers, buildTarget: first ? request.buildTarget : state.buildTarget };
}

/** All slices, which nobody has worked on yet. */
export function wholeFrom(start: LogPoint): SliceRange {
  return { from: 0, to: sliceCount, checkpoint: start, epoch: 0, leaseUntil: 0 };
}

/** The state with the checkpoints up to which the holder of ranges found nothing to do: it wrote none of them down by itself. */
export function passOver(state: ProcessorState, held: readonly SliceRange[]): ProcessorState {
  const ranges = state.ranges.map((range) => {
    const mine = held.find((other) => isSameHold(other, range));
    const isFurther = mine !== undefined && mine.checkpoint.position > range.checkpoint.position;
    return isFurther ? { ...range, checkpoint: mine.checkpoint } : range;
  });
  return { ...state, ranges };
}

/** Whether a range is in the hands that it was in, with the same bounds. Ranges that were cut from one another may share an epoch. */
export function isSameHold(before: SliceRange, after: SliceRange): boolean {
  return (
    before.from === after.from &&
    before.to === after.to &&
    before.epoch === after.epoch &&
    before.owner === after.owner
  );
}

/** Whether other slices are a worker's after than before. */
export function changesHands(before: ProcessorState, after: ProcessorState, worker: string): boolean {
  const held = ({ ranges }: ProcessorState) =>
    ranges
      .filter(({ owner }) => owner === worker)
      .map(({ from, to }) => `${from}-${to}`)
      .sort()
      .join();
  return held(before) !== held(after);
}

/** The state with the leases of a worker that is busy extended, and nothing else changed. */
export function keepRanges(state: ProcessorState, worker: string, leaseUntil: number): ProcessorState {
  return {
    ...state,
    workers: state.workers.map((other) =>
      other.id === worker ? { ...other, aliveUntil: leaseUntil } : other,
    ),
    ranges: state.ranges.map((range) => (range.owner === worker ? { ...range, leaseUntil } : range)),
  };
}

/** The state after a worker has left: its ranges are free for the others at once. */
export function leaveRanges(state: ProcessorState, worker: string): ProcessorState {
  return {
    ...state,
    workers: state.workers.filter(({ id }) => id !== worker),
    ranges: state.ranges.map((range) => (range.owner === worker ? free(range) : range)),
  };
}

/** The state of a processor that nobody may work on from this moment: whoever does is fenced off. */
export function freeze(state: ProcessorState): ProcessorState {
  return { ...state, paused: true, ranges: state.ranges.map(free) };
}

/** How far a processor is as a whole: the lowest checkpoint of its ranges; undefined before its first start. */
export function lowestCheckpoint(state: ProcessorState): LogPoint | undefined {
  return state.ranges.reduce<LogPoint | undefined>(
    (lowest, { checkpoint }) =>
      lowest === undefined || checkpoint.position < lowest.position ? checkpoint : lowest,
    undefined,
  );
}

/** The position up to which a processor has handled everything; 0 before its first start. */
export function positionOf(state: ProcessorState = unstartedProcessor): number {
  return lowestCheckpoint(state)?.position ?? 0;
}

function free({ owner: _, ...range }: SliceRange): SliceRange {
  return { ...range, epoch: range.epoch + 1, leaseUntil: 0 };
}

function sizeOf(range: SliceRange): number {
  return range.to - range.from;
}

/** Cuts a range in two at a slice; both begin where the whole was. */
function cut(range: SliceRange, at: number): readonly [SliceRange, SliceRange] {
  const epoch = range.epoch + 1;
  return [
    { ...range, to: at, epoch },
    { ...range, from: at, epoch },
  ];
}

function giveBack(ranges: readonly SliceRange[], worker: string, share: number): readonly SliceRange[] {
  let kept = 0;
  return ranges.flatMap((range) => {
    if (range.owner !== worker) return range;
    const room = share - kept;
    kept += Math.min(room, sizeOf(range));
    if (room >= sizeOf(range)) return range;
    if (room <= 0) return free(range);
    const [mine, rest] = cut(range, range.from + room);
    return [mine, free(rest)];
  });
}

function claim(
  ranges: readonly SliceRange[],
  worker: string,
  share: number,
  leaseUntil: number,
): readonly SliceRange[] {
  let room =
    share - ranges.filter((range) => range.owner === worker).reduce((sum, range) => sum + sizeOf(range), 0);
  return ranges.flatMap((range) => {
    if (range.owner !== undefined || room <= 0) return range;
    const [mine, rest] = sizeOf(range) <= room ? [range, undefined] : cut(range, range.from + room);
    room -= sizeOf(mine);
    const claimed = { ...mine, owner: worker, epoch: mine.epoch + 1, leaseUntil };
    return rest === undefined ? claimed : [claimed, rest];
  });
}

/** Joins neighbours of one owner that stand at the same point and are both well. */
function merge(ranges: readonly SliceRange[], worker: string): readonly SliceRange[] {
  const merged: SliceRange[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    const joins =
      last !== undefined &&
      last.owner === worker &&
      range.owner === worker &&
      last.checkpoint.position === range.checkpoint.position &&
      last.failure === undefined &&
      range.failure === undefined;
    if (joins)
      merged[merged.length - 1] = { ...last, to: range.to, epoch: Math.max(last.epoch, range.epoch) + 1 };
    else merged.push(range);
  }
  return merged;
}
