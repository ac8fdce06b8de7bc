import pg from "pg";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { forSeconds, judge, median } from "../measure.ts";
import { commitOf } from "../sample-commit.ts";
import { type Ground, requireRows } from "./ground.ts";

const callers = 32;
const heldSeconds = 60;
const beforeSeconds = 30;
const burstSeconds = 1;

/** Appends before somebody opens a transaction, and while it stays open for a minute: what it costs by the end. */
export async function heldTransactionCases(ground: Ground): Promise<void> {
  await ground.inFreshDatabase(async (url) => {
    const store = await openPostgres({ url });
    let appended = 0;
    const burst = async () => {
      const took = await forSeconds(burstSeconds, callers, (index) => store.events.append(commitOf(index)));
      appended += took.length;
      return took.length / burstSeconds;
    };
    const burstsFor = async (seconds: number) => {
      const rates: number[] = [];
      for (let done = 0; done < seconds; done += burstSeconds) rates.push(await burst());
      return rates;
    };
    for (let run = 0; run < 3; run++) await burst();
    const before = await burstsFor(beforeSeconds);
    const held = new pg.Client({ connectionString: url });
    await held.connect();
    await held.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()");
    const during = await burstsFor(heldSeconds);
    await held.query("COMMIT");
    await held.end();
    const after = await burstsFor(beforeSeconds / 3);
    await store.close();
    await requireRows(url, "millrace.events", appended);

    const last = during.slice(-beforeSeconds);
    console.log(
      `\nAppends of ${callers} callers around a transaction that is held open (events/s, medians of seconds)`,
    );
    for (const [name, rates] of [
      [`${beforeSeconds} s before`, before],
      [`the first ${heldSeconds - beforeSeconds} s`, during.slice(0, -beforeSeconds)],
      [`the last ${beforeSeconds} s of ${heldSeconds}`, last],
      [`${beforeSeconds / 3} s after`, after],
    ] as const) {
      const [low, high] = [Math.min(...rates), Math.max(...rates)].map(Math.round);
      console.log(
        `  ${name.padEnd(44)} ${Math.round(median(rates)).toLocaleString("en-US").padStart(12)}   [${low} to ${high}]`,
      );
    }
    judge("held / before", median(last) / median(before), 0.9, "at least");
  });
}
