// Does one thing in a transaction that holds the log's row, and prints what became of it: `{ position }` or `{ code }`.
// Whoever started it may stop it meanwhile; the server waits half a second for it and not ten.
import { eventIdOf, newId } from "../../src/message/id.ts";
import { noTelemetry } from "../../src/ports/telemetry.ts";
import { Database } from "../../src/stores/postgres/database.ts";
import { lookAtServer } from "../../src/stores/postgres/look-at-server.ts";
import { PostgresEventStore } from "../../src/stores/postgres/postgres-event-store.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";

const [url = "", schema = "", work = ""] = process.argv.slice(2);
const telemetry = noTelemetry;
const options = { url, schema, maxConnections: 1, patienceMs: 10_000, idleInTransactionMs: 500, telemetry };
const database = new Database(options);
database.asksForIsolation = (await lookAtServer(database)).isolation !== "read committed";
const events = new PostgresEventStore(database, {
  logId: newId(),
  url,
  schema,
  listen: false,
  maxWaitingAppends: 1,
  telemetry,
});
try {
  if (work === "append") await events.append(sampleCommit({ stream: "a-1" }));
  else await importNext();
  console.log(JSON.stringify(await events.head()));
} catch (error) {
  console.log(JSON.stringify({ code: (error as { readonly code?: unknown }).code }));
}
await events.close();
await database.close();

/** Imports what could come next in the stream `a-1`. */
async function importNext(): Promise<void> {
  const [last] = await events.readStream("a-1", { direction: "backward", limit: 1 });
  if (last === undefined) throw new Error("The stream is empty.");
  const { position, version } = last;
  await events.importEvents([
    { ...last, id: eventIdOf(newId(), 0), position: position + 1, version: version + 1 },
  ]);
}
