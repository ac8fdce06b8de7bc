import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import { canonicalJson } from "../message/json.ts";
import type { EventStore } from "../ports/event-store.ts";
import { ImportCheck } from "../stores/foundation/import-check.ts";
import { eventLines } from "./event-lines.ts";
import { showProgress } from "./progress.ts";

const batchSize = 1000;

/**
 * Takes an export over into an empty store, then reads file and log again side by side and compares them. Resolves with
 * the number of events. The file is looked through first, so that a broken one changes nothing.
 */
export async function importEvents(store: EventStore, file: string): Promise<number> {
  const { position } = await store.head();
  if (position > 0) {
    throw new MillraceError(
      "log-not-empty",
      `Only an empty store takes an import; this one holds ${position} events. Set DATABASE_URL to a file that is not there yet.`,
      { data: { position } },
    );
  }
  const total = await check(file);
  await copy(store, file, total);
  await compare(store, file, total);
  return total;
}

async function check(file: string): Promise<number> {
  const progress = showProgress("Checking");
  const importing = new ImportCheck(0, () => 0);
  let last = 0;
  try {
    for await (const event of eventLines(file)) {
      if (last === 0 && event.position !== 1) {
        throw new MillraceError(
          "data-invalid",
          `${file} is not a whole log: it begins at position ${event.position}. Export without --after.`,
          { data: { file, expected: 1, found: event.position } },
        );
      }
      importing.check(event);
      last = event.position;
      progress.update(last, undefined);
    }
  } finally {
    progress.end();
  }
  return last;
}

async function copy(store: EventStore, file: string, total: number): Promise<void> {
  const progress = showProgress("Importing");
  try {
    let batch: RecordedEvent[] = [];
    for await (const event of eventLines(file)) {
      batch.push(event);
      if (batch.length < batchSize) continue;
      await store.importEvents(batch);
      progress.update(event.position, total);
      batch = [];
    }
    if (batch.length > 0) await store.importEvents(batch);
  } finally {
    progress.end();
  }
}

async function compare(store: EventStore, file: string, total: number): Promise<void> {
  const progress = showProgress("Verifying");
  try {
    let page: readonly RecordedEvent[] = [];
    let first = 1;
    for await (const expected of eventLines(file)) {
      if (expected.position >= first + page.length) {
        first = expected.position;
        page = (await store.readLog({ after: first - 1, limit: batchSize })).events;
        progress.update(first, total);
      }
      const found = page[expected.position - first];
      if (found === undefined || canonicalJson(found) !== canonicalJson(expected)) {
        throw new MillraceError(
          "store-corrupt",
          `The imported log differs from ${file} at position ${expected.position}: throw the new database away and import again.`,
          { data: { expected, found } },
        );
      }
    }
    const { position } = await store.head();
    if (position !== total) {
      throw new MillraceError(
        "store-corrupt",
        `The imported log ends at position ${position}; expected ${total}: another process appended meanwhile.`,
      );
    }
  } finally {
    progress.end();
  }
}
