import { existsSync } from "node:fs";
import { newId } from "../../src/message/id.ts";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { commitOf, sampleData } from "../sample-commit.ts";
import { bareAppends } from "./bare-sqlite.ts";
import { withScratchFile } from "./scratch.ts";

const callers = 64;
const events = 40_000;
const singleEvents = 4_000;
const peerEvents = 1_500;

/** Durable appends: many callers, and one. */
export async function appendCases(): Promise<void> {
  const many = await compare(`Durable appends, ${callers} callers, distinct streams`, "events/s", [
    millrace("millrace", callers, events),
    bare(`bare loop, ${callers} per transaction`, callers, events),
    ...(await emmett(peerEvents)),
  ]);
  judge(
    "millrace / bare loop",
    ratioOf(many, "millrace", `bare loop, ${callers} per transaction`),
    0.7,
    "at least",
  );
  if (many.medians.has("emmett-sqlite, callers in turn"))
    judge(
      "millrace / emmett-sqlite",
      ratioOf(many, "millrace", "emmett-sqlite, callers in turn"),
      40,
      "at least",
    );

  const one = await compare("Durable appends, one caller", "events/s", [
    millrace("millrace", 1, singleEvents),
    bare("bare loop, 1 per transaction", 1, singleEvents),
  ]);
  judge(
    "latency of millrace / bare",
    ratioOf(one, "bare loop, 1 per transaction", "millrace"),
    1.5,
    "at most",
  );
}

function millrace(name: string, concurrency: number, count: number): Contestant {
  return {
    name,
    run: () =>
      withScratchFile(async (path) => {
        const { events: store, close } = await openSqlite({ path });
        const rate = await rateOf(count, () =>
          byCallers(concurrency, count, (index) => store.append(commitOf(index))),
        );
        const { position } = await store.head();
        if (position !== count) throw new Error(`expected ${count} events, found ${position}`);
        await close();
        return rate;
      }),
  };
}

function bare(name: string, perTransaction: number, count: number): Contestant {
  return {
    name,
    run: () => withScratchFile((path) => rateOf(count, () => bareAppends(path, count, perTransaction))),
  };
}

/**
 * Emmett's SQLite store, where `npm ci` was run in bench/peers. It opens the file anew for each append and fails with
 * SQLITE_BUSY when two do so at once, so its callers take turns: the rate that it reaches at its best.
 */
async function emmett(count: number): Promise<readonly Contestant[]> {
  const entry = new URL(
    "../peers/node_modules/@event-driven-io/emmett-sqlite/dist/index.js",
    import.meta.url,
  );
  if (!existsSync(entry)) {
    console.log(
      "emmett-sqlite is left out: run `npm ci` in bench/peers (it compiles sqlite3 where no binary can be had).",
    );
    return [];
  }
  const { getSQLiteEventStore } = (await import(entry.href)) as {
    getSQLiteEventStore: (options: unknown) => {
      appendToStream(stream: string, events: readonly unknown[]): Promise<unknown>;
      schema?: { migrate(): Promise<void> };
    };
  };
  return [
    {
      name: "emmett-sqlite, callers in turn",
      run: () =>
        withScratchFile(async (path) => {
          const store = getSQLiteEventStore({ fileName: path, schema: { autoMigration: "CreateOrUpdate" } });
          const append = async (stream: string, index: number): Promise<void> => {
            // Now and then it fails even so ("SQL statements in progress"): the caller would try again.
            try {
              await store.appendToStream(stream, [{ type: "AccountSuspended", data: sampleData(index) }]);
            } catch {
              await append(`account-${newId()}`, index);
            }
          };
          const { log } = console;
          console.log = () => {};
          try {
            await append("warm-up", 0);
            return await rateOf(count, () =>
              byCallers(1, count, (index) => append(`account-${newId()}`, index)),
            );
          } finally {
            console.log = log;
          }
        }),
    },
  ];
}
