import { isMillraceError } from "../../src/errors/millrace-error.ts";
import type { Connections } from "../../src/ports/connection.ts";
import type { FeedSource } from "../../src/ports/feed-source.ts";
import type { StoredRow } from "../../src/ports/view-table.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { noFilters } from "./playing.ts";
import type { Stores } from "./running.ts";

export function reaching(feed: FeedSource): Connections {
  const commands = { send: () => Promise.reject(new Error("no command was expected")) };
  return { "wallet-bank": { feed, commands } };
}

export async function amounts(runtime: Runtime): Promise<Readonly<Record<string, readonly number[]>>> {
  const { rows } = await runtime.queries.rows("received", noFilters).catch(whileBuilding);
  return Object.fromEntries(rows.map(({ key, row }) => [key, (row as { amounts: number[] }).amounts]));
}

function whileBuilding(error: unknown): { readonly rows: readonly StoredRow[] } {
  if (isMillraceError(error, "view-building")) return { rows: [] };
  throw error;
}

/** The integration events in a log, without the marks of how far the feed was read. */
export async function delivered({
  events,
}: Stores): Promise<readonly { readonly id: string; readonly tags: readonly string[] }[]> {
  const page = await events.readLog({ after: 0, limit: 1000 });
  return page.events.filter(({ category }) => category.startsWith("@"));
}

export async function statusOf(runtime: Runtime) {
  const reports = await runtime.operations.processors();
  const report = reports.find(({ kind }) => kind === "subscription");
  return { status: report?.status, failure: report?.state.ranges[0]?.failure };
}
