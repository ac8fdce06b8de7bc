import { MillraceError } from "millrace";
import type { Commit, EventStore } from "../../src/ports/event-store.ts";
import type { Progress, StateStore } from "../../src/ports/state-store.ts";
import type { AuditReport, Runtime } from "../../src/runtime/runtime.ts";
import { accepted, eventually, type Stores, tokenOfHead } from "./running.ts";

export const noFilters = { filters: [], limit: 1000 };

export async function openWallets(runtime: Runtime, count: number): Promise<readonly string[]> {
  const opened = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      accepted(runtime, { type: "OpenWallet", data: { owner: `owner-${index}` } }),
    ),
  );
  return opened.map(({ aggregateId }) => aggregateId);
}

export async function deposits(runtime: Runtime, ids: readonly string[], each: number): Promise<void> {
  await Promise.all(
    ids.flatMap((aggregateId) =>
      Array.from({ length: each }, () =>
        accepted(runtime, { aggregateId, type: "Deposit", data: { amount: 1 } }),
      ),
    ),
  );
}

export async function caughtUp(runtime: Runtime): Promise<void> {
  await eventually(
    () => runtime.operations.processors(),
    (reports) => reports.every(({ lag, kind }) => kind === "policy" || lag === 0),
  );
}

export async function totalRow(runtime: Runtime, opened: Stores) {
  return (
    await runtime.queries.row("totals", "all", {
      filters: [],
      freshness: { token: await tokenOfHead(opened), waitMs: 10_000 },
    })
  ).row?.row;
}

export async function auditOf(runtime: Runtime): Promise<readonly AuditReport[]> {
  const reports: AuditReport[] = [];
  for await (const report of runtime.operations.audit({ sample: 1 })) if (report.done) reports.push(report);
  return reports;
}

/** A state store that lets a test hold a commit back. */
export function holding(state: StateStore, hold: (progress: Progress) => Promise<void>): StateStore {
  return new Proxy(state, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name === "commitProgress") {
        return async (progress: Progress) => {
          await hold(progress);
          return target.commitProgress(progress);
        };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** An event store that fails at appends that a test picks, and keeps nothing of them. */
export function failing(events: EventStore, fails: (commit: Commit) => boolean): EventStore {
  return new Proxy(events, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name === "append") {
        return async (commit: Commit) => {
          if (fails(commit)) throw new MillraceError("store-unavailable", "The store hiccups.");
          return target.append(commit);
        };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

export async function openMore(runtime: Runtime, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await accepted(runtime, { type: "OpenWallet", data: { owner: `later-${index}-${Math.random()}` } });
  }
}
