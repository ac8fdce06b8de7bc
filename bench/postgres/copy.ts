import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { newId } from "../../src/message/id.ts";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { type Contestant, rateOf } from "../measure.ts";
import { sampleData, sampleMetadata } from "../sample-commit.ts";
import { type Ground, requireRows, rowsOf } from "./ground.ts";

/** COPY of events with their commands into the store's own tables and indexes, from files that the server reads; events per second. */
export function copying(ground: Ground, events: number): Contestant {
  return {
    name: "COPY",
    run: () =>
      ground.inFreshDatabase(async (url) => {
        await (await openPostgres({ url })).close();
        const folder = mkdtempSync(path.join(tmpdir(), "millrace-copy-"));
        // The server is another user where the benchmark is root.
        chmodSync(folder, 0o755);
        try {
          const files = writeRows(folder, events);
          const rate = await rateOf(events, async () => {
            await rowsOf(
              url,
              `COPY millrace.events FROM '${files.events}';
              COPY millrace.commands (id, fingerprint, first_position, last_position) FROM '${files.commands}'`,
            );
          });
          await requireRows(url, "millrace.events", events);
          await requireRows(url, "millrace.commands", events);
          return rate;
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
  };
}

function writeRows(folder: string, count: number): { readonly events: string; readonly commands: string } {
  const events: string[] = [];
  const commands: string[] = [];
  for (let position = 1; position <= count; position++) {
    const id = newId();
    const data = JSON.stringify(sampleData(position));
    const metadata = JSON.stringify(sampleMetadata(id));
    events.push(
      `${position}\taccount-${id}\t1\t${id}.0\tAccountSuspended\t1\t${Date.now()}\t${data}\t${metadata}\t[]\n`,
    );
    commands.push(`${id}\t\t${position}\t${position}\n`);
  }
  const files = { events: path.join(folder, "events.txt"), commands: path.join(folder, "commands.txt") };
  writeFileSync(files.events, events.join(""));
  writeFileSync(files.commands, commands.join(""));
  return files;
}
