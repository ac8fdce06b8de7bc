import { openPostgres } from "millrace/postgres";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { type ProcessorState, unstartedProcessor } from "../../src/ports/processor-state.ts";
import { freshDatabase } from "./fresh-database.ts";

const range = {
  from: 0,
  to: 1024,
  checkpoint: { logId: "log", position: 0, eventId: "" },
  epoch: 1,
  leaseUntil: 0,
};

test("G5: processors that are updated at once share a transaction, and none waits for what holds another", async () => {
  const url = await freshDatabase();
  const { state, close } = await openPostgres({ url });
  const stranger = new pg.Client(url);
  await stranger.connect();
  onTestFinished(async () => {
    await stranger.end();
    await close();
  });
  const names = ["a", "b", "c", "d"];
  await Promise.all(
    names.map((name) => state.updateProcessor(name, (before) => ({ ...before, ranges: [range] }))),
  );
  const transactionOf = async () => {
    const { rows } = await stranger.query<{ processor: string; transaction: string }>(
      "SELECT processor, xmin::text AS transaction FROM millrace.processor_ranges",
    );
    return new Map(rows.map(({ processor, transaction }) => [processor, transaction]));
  };
  const epochTo = (epoch: number) => (before: ProcessorState) => ({
    ...before,
    ranges: before.ranges.map((held) => ({ ...held, epoch })),
  });

  await Promise.all(names.map((name) => state.updateProcessor(name, epochTo(2))));
  expect(new Set((await transactionOf()).values()).size).toBe(1);

  await stranger.query("BEGIN");
  await stranger.query("SELECT FROM millrace.processor_ranges WHERE processor = 'b' FOR UPDATE");
  const waiting = state.updateProcessor("b", epochTo(3));
  const rest = await Promise.all(["a", "c", "d"].map((name) => state.updateProcessor(name, epochTo(3))));
  expect(rest.map(({ ranges }) => ranges[0]?.epoch)).toEqual([3, 3, 3]);
  expect((await state.listProcessors()).get("b")?.ranges[0]?.epoch).toBe(2);
  await stranger.query("COMMIT");
  expect((await waiting).ranges[0]?.epoch).toBe(3);
});

test("what one update throws is its own, and an update of what is not there yet makes it", async () => {
  const { state, close } = await openPostgres({ url: await freshDatabase() });
  onTestFinished(close);
  await state.updateProcessor("a", () => ({ ...unstartedProcessor, paused: true }));
  const results = await Promise.allSettled([
    state.updateProcessor("a", (before) => ({ ...before, buildTarget: 7 })),
    state.updateProcessor("a", (before) => ({ ...before, paused: false })),
    state.updateProcessor("b", () => {
      throw new Error("a bug in a change");
    }),
    state.updateProcessor("c", (before) => ({ ...before, buildTarget: 3 })),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(await state.listProcessors()).toEqual(
    new Map([
      ["a", { ...unstartedProcessor, buildTarget: 7 }],
      ["c", { ...unstartedProcessor, buildTarget: 3 }],
    ]),
  );
});
