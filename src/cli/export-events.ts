import { open } from "node:fs/promises";
import { MillraceError } from "../errors/millrace-error.ts";
import type { EventStore } from "../ports/event-store.ts";
import { write } from "./output.ts";
import { showProgress } from "./progress.ts";

const pageSize = 1000;

export interface ExportOptions {
  readonly out?: string;
  readonly after: number;
}

/**
 * Writes the events up to the present head, one JSON object a line, as recorded. Resolves with their number, once a
 * file is synced to disk.
 */
export async function exportEvents(store: EventStore, options: ExportOptions): Promise<number> {
  if (options.out === undefined) return exportTo(store, options.after, write);
  // "wx": a file that is there may be the only copy of something.
  const file = await open(options.out, "wx").catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "EEXIST" ? "it is there already" : cause.message;
    throw new MillraceError("configuration-invalid", `${options.out} cannot be written: ${why}.`, { cause });
  });
  try {
    const count = await exportTo(store, options.after, async (text) => void (await file.write(text)));
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}

async function exportTo(
  store: EventStore,
  start: number,
  writeText: (text: string) => Promise<void>,
): Promise<number> {
  const head = (await store.head()).position;
  const progress = showProgress("Exporting");
  let count = 0;
  try {
    for (let after = start; after < head; ) {
      const page = await store.readLog({ after, limit: Math.min(pageSize, head - after) });
      await writeText(page.events.map((event) => `${JSON.stringify(event)}\n`).join(""));
      count += page.events.length;
      after = page.through.position;
      progress.update(after, head);
    }
  } finally {
    progress.end();
  }
  return count;
}
