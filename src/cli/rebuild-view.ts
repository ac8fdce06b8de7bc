import { setTimeout as sleep } from "node:timers/promises";
import type { Operations, ProcessorReport } from "../runtime/runtime.ts";
import { counted, printable } from "./output.ts";
import { showProgress } from "./progress.ts";

const lookEveryMs = 200;

/** A process that runs processors takes up a rebuild within a second or so; after this long there is none. */
const taken = { withinMs: 15_000 };

/** While the new rows take the place of the present ones, these stand still, which looks like a pause; it takes moments. */
const switched = { withinMs: 2000 };

/** Waits, showing progress, until the view that is being rebuilt serves from its new rows. */
export async function rebuildView(
  operations: Operations,
  view: string,
): Promise<{ readonly rebuilt: boolean; readonly message: string }> {
  const progress = showProgress(`Rebuilding ${view}`);
  const begun = Date.now();
  let furthest = -1;
  let movedAt = begun;
  let pausedAt = Number.POSITIVE_INFINITY;
  try {
    for (;;) {
      const report = (await operations.processors()).find(({ name }) => name === view);
      const building = report?.tables?.find(({ serving }) => !serving);
      if (report === undefined || building === undefined) {
        return { rebuilt: true, message: `Rebuilt ${view}: ${counted(report?.position ?? 0)} events.` };
      }
      pausedAt = report.status === "paused" ? Math.min(pausedAt, Date.now()) : Number.POSITIVE_INFINITY;
      const standstill = reasonToStop(report, Date.now() - pausedAt > switched.withinMs);
      if (standstill !== undefined) return { rebuilt: false, message: standstill };
      progress.update(building.position, report.position + report.lag);
      if (building.position > furthest) {
        furthest = building.position;
        movedAt = Date.now();
      } else if (Date.now() - movedAt > taken.withinMs) {
        return {
          rebuilt: false,
          message: `The rebuild of ${view} is waiting at position ${counted(furthest)}: no process with the role "processor" is working on it. It goes on when one runs; until then the present rows serve.`,
        };
      }
      await sleep(lookEveryMs);
    }
  } finally {
    progress.end();
  }
}

function reasonToStop(report: ProcessorReport, isPaused: boolean): string | undefined {
  if (isPaused) {
    return `${report.name} is paused, so its rebuild waits: millrace processors resume ${report.name}`;
  }
  const failure = report.state.ranges.find((range) => range.failure !== undefined)?.failure;
  return failure === undefined
    ? undefined
    : `${report.name} stands at position ${failure.position}: ${printable(failure.message)} [${failure.code}]`;
}
