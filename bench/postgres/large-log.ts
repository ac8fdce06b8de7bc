import { openPostgres } from "../../src/stores/postgres/index.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { commitOf } from "../sample-commit.ts";
import { catchUp } from "./catch-up.ts";
import { type Ground, requireRows, rowsOf } from "./ground.ts";

const callers = 32;
const appends = 30_000;
const small = 50_000;
const large = 5_000_000;

/** Rates with a large log next to those with a small one. */
export async function largeLogCases(ground: Ground): Promise<void> {
  await ground.inFreshDatabase((smallUrl) =>
    ground.inFreshDatabase(async (largeUrl) => {
      await fillByServer(smallUrl, small);
      await fillByServer(largeUrl, large);
      const [few, many] = [small, large].map((count) => count.toLocaleString("en-US")) as [string, string];
      const caughtUp = await compare("A view catches up over a log of so many events", "events/s", [
        { name: few, run: () => catchUp(smallUrl, small) },
        { name: many, run: () => catchUp(largeUrl, large) },
      ]);
      judge(`${many} / ${few}`, ratioOf(caughtUp, many, few), 0.8, "at least");

      const appended = await compare(`Appends by ${callers} callers to a log of so many events`, "events/s", [
        appendingTo(few, smallUrl, small),
        appendingTo(many, largeUrl, large),
      ]);
      judge(`${many} / ${few}`, ratioOf(appended, many, few), 0.8, "at least");
    }),
  );
}

function appendingTo(name: string, url: string, before: number): Contestant {
  let stored = before;
  return {
    name,
    run: async () => {
      const store = await openPostgres({ url });
      const append = (index: number) => store.events.append(commitOf(index));
      const warmUp = appends / 4;
      await byCallers(callers, warmUp, append);
      const rate = await rateOf(appends, () => byCallers(callers, appends, append));
      await store.close();
      stored += warmUp + appends;
      await requireRows(url, "millrace.events", stored);
      return rate;
    },
  };
}

/**
 * Has the server make up `count` events of accounts, each by a command of its own. Every account has ten, and a thousand accounts are
 * busy at a time: at each place a log is like at any other, however long it is.
 */
async function fillByServer(url: string, count: number): Promise<void> {
  await (await openPostgres({ url })).close();
  await rowsOf(
    url,
    `WITH places AS (
      SELECT position, 'account-a' || (position - 1) / 10000 * 1000 + (position - 1) % 1000 AS stream,
        ((position - 1) / 1000 % 10)::integer + 1 AS version, 'command-' || lpad(position::text, 10, '0') AS command
      FROM generate_series(1::bigint, ${count}) position),
    commands AS (
      INSERT INTO millrace.commands (id, fingerprint, first_position, last_position)
      SELECT command, '', position, position FROM places)
    INSERT INTO millrace.events
      (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
    SELECT position, stream, version, command || '.0',
      CASE WHEN version = 1 THEN 'AccountOpened' WHEN version % 2 = 0 THEN 'AccountSuspended' ELSE 'AccountActivated' END,
      1, 1700000000000 + position,
      CASE WHEN version = 1 THEN json_build_object('userId', position, 'accountNumber', 'ACC-' || position)
        ELSE json_build_object('reason', 'The customer asked for it by telephone and was called back to make sure.') END,
      json_build_object('correlationId', command, 'causationId', command, 'depth', 0), '[]'
    FROM places`,
  );
  // As a log that grew event by event was looked after in passing.
  await rowsOf(url, "VACUUM (ANALYZE) millrace.events");
  await rowsOf(url, "VACUUM (ANALYZE) millrace.commands");
  await rowsOf(url, "CHECKPOINT");
  await requireRows(url, "millrace.events", count);
}
