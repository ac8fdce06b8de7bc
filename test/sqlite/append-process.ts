// Appends without end, by several callers to a stream each and to one that they share, and prints what was acknowledged:
// `{ position, stream, commandId }` a line. An append that fails ends it, with the error's code as the last line.
import { newId } from "../../src/message/id.ts";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";

const [path = "", name = "", callers = "8", count = "Infinity"] = process.argv.slice(2);
const { events, close } = await openSqlite({ path });
try {
  await Promise.all(
    Array.from({ length: Number(callers) }, async (_, caller) => {
      for (let index = 0; index < Number(count); index++) {
        const stream = index % 4 === 0 ? "shared-1" : `${name}-${caller}`;
        const commandId = newId();
        const result = await events.append(
          sampleCommit({ stream, events: [{ data: { text: "x".repeat(200) } }] }, { commandId }),
        );
        if (result.status !== "appended") throw new Error(result.status);
        process.stdout.write(`${JSON.stringify({ position: result.point.position, stream, commandId })}\n`);
      }
    }),
  );
} catch (error) {
  process.stdout.write(`${JSON.stringify({ code: (error as { readonly code?: unknown }).code })}\n`);
}
await close();
