import { setTimeout as sleep } from "node:timers/promises";
import type { Operations, ProcessorReport } from "../runtime/runtime.ts";
import { counted, printable } from "./output.ts";
import { showProgress } from "./progress.ts";

const lookEveryMs = 200;

/** A process that runs processors takes up a rebuild within a second or so; after this long there is none. */
const taken = { withinMs: 15_000 };

/** Rebuilds a view that is not paused; waits, showing progress, until it serves from its new rows. */
export async function rebuildView(
  operations: Operations,
  view: string,
): Promise<{ readonly rebuilt: boolean; readonly message: string }> {
  const before = (await operations.processors()).find(({ name }) => name === view);
  // While the new rows take the place of the present ones these stand still, which is no pause.
  if (before?.status === "paused" && before.tables?.length === 1) {
    return {
      rebuilt: false,
      message: `${view} is paused, so it is not rebuilt: millrace processors resume ${view}`,
    };
  }
  await operations.rebuild(view);
  const progress = showProgress(`Rebuilding ${view}`);
  const begun = Date.now();
  let furthest = -1;
  let movedAt = begun;
  try {
    for (;;) {
      const report = (await operations.processors()).find(({ name }) => name === view);
      const building = report?.tables?.find(({ serving }) => !serving);
      if (report === undefined || building === undefined) {
        return { rebuilt: true, message: `Rebuilt ${view}: ${counted(report?.position ?? 0)} events.` };
      }
      const standstill = reasonToStop(report);
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

function reasonToStop(report: ProcessorReport): string | undefined {
  const failure = report.state.ranges.find((range) => range.failure !== undefined)?.failure;
  return failure === undefined
    ? undefined
    : `${report.name} stands at position ${failure.position}: ${printable(failure.message)} [${failure.code}]`;
}
