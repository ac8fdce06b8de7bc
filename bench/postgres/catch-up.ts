import pg from "pg";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { judgeMemory } from "../catch-up-memory.ts";
import { fillLog } from "../fill-log.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { rebuildView } from "../rebuild-view.ts";
import { emmettEvents, openEmmettStore } from "./emmett.ts";
import { emmettAccountsView } from "./emmett-account.ts";
import { type Ground, requireRows } from "./ground.ts";
import { installPeers } from "./peers.ts";

const events = 100_000;
const streams = 10_000;
const page = 1_000;
const longEvents = 1_000_000;
const longStreams = 100_000;

/** Emmett is timed over so many of its 100,000, which all take it as long. */
const peerTimed = 15_000;

/** A view catches up over a filled log, next to a bare read of the log and to Emmett's consumer; and what memory a long one takes. */
export async function catchUpCases(ground: Ground): Promise<void> {
  await ground.inFreshDatabase(async (url) => {
    await fill(url, events, streams);
    const result = await compare(
      `View catches up over ${events.toLocaleString("en-US")} events of ${streams.toLocaleString("en-US")} streams`,
      "events/s",
      [
        { name: "millrace", run: () => catchUp(url, events) },
        { name: "bare keyset read", run: () => rateOf(events, () => readAll(url)) },
        ...(installPeers() ? [emmettConsumer(ground)] : []),
      ],
    );
    if (result.medians.has("Emmett"))
      judge("millrace / Emmett", ratioOf(result, "millrace", "Emmett"), 30, "at least");
    judge("millrace / bare read", ratioOf(result, "millrace", "bare keyset read"), 0.25, "at least");
  });
  await ground.inFreshDatabase(async (url) => {
    await fill(url, longEvents, longStreams);
    judgeMemory(url, longEvents, 250);
  });
}

async function fill(url: string, count: number, streamCount: number): Promise<void> {
  const store = await openPostgres({ url });
  await fillLog(store.events, count, streamCount);
  await store.close();
  await requireRows(url, "millrace.events", count);
}

/** Throws the view's table away and lets the service build it again; events per second. */
export async function catchUp(url: string, count: number): Promise<number> {
  const store = await openPostgres({ url });
  const rate = await rebuildView(store, count);
  await store.close();
  return rate;
}

/** Reads the log page by page, with all that the store keeps of an event, as `pg` hands it over. */
async function readAll(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = "SELECT * FROM millrace.events WHERE position > $1 ORDER BY position LIMIT $2";
  let read = 0;
  for (let after = "0"; ; ) {
    const { rows } = await client.query<{ position: string }>({
      name: "page",
      text,
      values: [after, page],
    });
    read += rows.length;
    after = rows.at(-1)?.position ?? after;
    if (rows.length < page) break;
  }
  await client.end();
  if (read !== events) throw new Error(`${events} events are stored and ${read} were read`);
}

async function fillEmmett(url: string): Promise<void> {
  const store = await openEmmettStore(url);
  const reason = "The customer asked for it by telephone and was called back to make sure.";
  await byCallers(32, streams, (index) =>
    store.appendToStream(`account-a${index}`, [
      { type: "AccountOpened", data: { userId: index, accountNumber: `ACC-${index}` } },
      ...Array.from({ length: events / streams - 1 }, (_, change) => ({
        type: change % 2 === 0 ? "AccountSuspended" : "AccountActivated",
        data: { reason },
      })),
    ]),
  );
  await store.close();
  await requireRows(url, emmettEvents, events);
}

/** Emmett's consumer with the options that it has by default. */
function emmettConsumer(ground: Ground): Contestant {
  return {
    name: "Emmett",
    run: () =>
      ground.inFreshDatabase(async (url) => {
        await fillEmmett(url);
        return rateOfEmmett(url);
      }),
  };
}

async function rateOfEmmett(url: string): Promise<number> {
  const store = await openEmmettStore(url);
  let folded = 0;
  let started = 0;
  let enough = () => {};
  const done = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const consumer = store.consumer();
  consumer.projector({
    projection: emmettAccountsView(() => {
      started ||= performance.now();
      if (++folded === peerTimed) enough();
    }),
  });
  const running = consumer.start();
  await Promise.race([done, running]);
  const rate = folded / ((performance.now() - started) / 1000);
  await consumer.stop();
  await store.close();
  return rate;
}
