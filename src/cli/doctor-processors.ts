import type { EventStore } from "../ports/event-store.ts";
import type { Operations, ParkedReport, ProcessorReport } from "../runtime/runtime.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { counted } from "./output.ts";

/** What a processor handles in some seconds: more behind than this is no mere breath between two looks. */
const manyEvents = 10_000;

export async function checkProcessors(
  operations: Operations,
  events: Pick<EventStore, "pointAt">,
): Promise<readonly Finding[]> {
  const reports = await operations.processors();
  return Promise.all(
    reports.map(async (report) => (await checkCheckpoints(report, events)) ?? checkProcessor(report)),
  );
}

/** A checkpoint that the log does not hold was taken from another one, or from days that a restore has undone. */
export async function checkCheckpoints(
  { name, kind, state }: ProcessorReport,
  events: Pick<EventStore, "pointAt">,
): Promise<Finding | undefined> {
  for (const { checkpoint } of state.ranges) {
    const found = await events.pointAt(checkpoint.position);
    if (found?.logId === checkpoint.logId && found.eventId === checkpoint.eventId) continue;
    return fail(
      `${kind} ${name}`,
      `stands after event ${checkpoint.eventId} at position ${counted(checkpoint.position)}, which the log does not hold there: the log was restored without the state, or replaced`,
      "Restore log and state from one backup: see docs/operations.md.",
    );
  }
  return undefined;
}

export function checkProcessor(report: ProcessorReport): Finding {
  const { name, kind, status, lag, state } = report;
  const subject = `${kind} ${name}`;
  const behind = lag === 0 ? "up to date" : `${counted(lag)} events behind`;
  const failure = state.ranges.find((range) => range.failure !== undefined)?.failure;
  if (failure !== undefined) {
    return fail(
      subject,
      `stands at position ${counted(failure.position)}: ${failure.message} [${failure.code}]`,
      "Mend the code and deploy it: it tries again by itself.",
    );
  }
  if (status === "paused") {
    return warn(subject, `paused, ${behind}`, `Let it go on: millrace processors resume ${name}`);
  }
  if (status === "idle" && lag > 0) {
    return warn(subject, `${behind}, and no process works on it`, 'Start one with the role "processor".');
  }
  if (lag > manyEvents && status !== "building") {
    return warn(subject, behind, "Look again soon; if that grows, see docs/operations.md.");
  }
  return ok(subject, `${status}, ${behind}`);
}

export async function checkParked(operations: Pick<Operations, "parked">): Promise<Finding> {
  const all = await operations.parked();
  const decision = all.filter(({ first }) => first.retryAt === undefined);
  const attempt = all.filter(
    ({ first: { failure, retryAt } }) => failure !== undefined && retryAt !== undefined,
  );
  if (decision.length > 0) return warn("parked", `${sequencesOf(decision)} for a decision`, lookAtThem);
  if (attempt.length > 0) return warn("parked", `${sequencesOf(attempt)} for another attempt`, lookAtThem);
  return ok("parked", "nothing");
}

const lookAtThem = "Look at them: millrace parked list";

function sequencesOf(parked: readonly ParkedReport[]): string {
  const names = [...new Set(parked.map(({ processor }) => processor))].join(", ");
  return `${counted(parked.length)} ${parked.length === 1 ? "sequence" : "sequences"} of ${names} ${parked.length === 1 ? "waits" : "wait"}`;
}
