import { describe, expect, test } from "vitest";
import { isMillraceError } from "../../src/errors/millrace-error.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { noFilters } from "./playing.ts";
import { eventually, hastyClock, places, running, type Stores } from "./running.ts";
import { travel } from "./travel.ts";

async function plan(
  runtime: Runtime,
  aggregateId: string,
  hotel = "hotel",
  flight = "flight",
): Promise<void> {
  await runtime.commands.handle({
    aggregate: "trip",
    aggregateId,
    type: "PlanTrip",
    data: { hotel, flight },
  });
}

async function offers(runtime: Runtime, places: Readonly<Record<string, number>>): Promise<void> {
  for (const [aggregateId, count] of Object.entries(places)) {
    await runtime.commands.handle({
      aggregate: "offer",
      aggregateId,
      type: "MakeOffer",
      data: { places: count },
    });
  }
}

async function taken(runtime: Runtime, aggregateId: string): Promise<readonly string[]> {
  return ((await runtime.commands.load("offer", aggregateId)).state as unknown as { taken: string[] }).taken;
}

async function statuses(runtime: Runtime): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { rows } = await runtime.queries.rows("trips", noFilters);
    return Object.fromEntries(rows.map(({ key, row }) => [key, row.status]));
  } catch (error) {
    if (isMillraceError(error, "view-building")) return {};
    throw error;
  }
}

/** What the stream of an instance tells. */
async function story({ events }: Stores, instance: string): Promise<readonly string[]> {
  return (await events.readStream(`~book_trip-${instance}`)).map(({ type, data }) => {
    const { call, number, deadline } = data as {
      call?: { type: string };
      number?: number;
      deadline?: string;
    };
    return [type, number, call?.type, deadline].filter((part) => part !== undefined).join(" ");
  });
}

/** A calendar that stands still until it is set forward. */
function settableClock(): Clock & { forward(ms: number): void } {
  let now = Date.parse("2026-01-01T00:00:00Z");
  return {
    ...hastyClock,
    now: () => now,
    forward: (ms) => {
      now += ms;
    },
  };
}

describe.each(places)("a process on $name", ({ open }) => {
  test("sends commands, hears what became of them, and tells its whole story in its stream", async () => {
    const opened = await open();
    const runtime = await running(travel, opened, { clock: settableClock() });
    await offers(runtime, { hotel: 1, flight: 1 });
    await plan(runtime, "t1");
    await eventually(
      () => story(opened, "t1"),
      (found) => found.length >= 9,
    );
    await runtime.commands.handle({ aggregate: "trip", aggregateId: "t1", type: "PayTrip", data: {} });
    await eventually(
      () => statuses(runtime),
      ({ t1 }) => t1 === "BOOKED",
    );
    // The answer to the last command comes when it comes.
    expect((await story(opened, "t1")).slice(0, 13)).toEqual([
      "EventReceived",
      "StateChanged",
      "CommandRequested 1 Reserve",
      "CommandRequested 2 Reserve",
      "DeadlineScheduled 3 unpaid",
      "CommandAnswered 1",
      "StateChanged",
      "CommandAnswered 2",
      "StateChanged",
      "EventReceived",
      "DeadlineCancelled 3 unpaid",
      "CommandRequested 4 BookTrip",
      "ProcessEnded",
    ]);
    expect(await taken(runtime, "hotel")).toEqual(["t1"]);
  });

  test("takes back in reverse order what was accepted, where something is refused", async () => {
    const opened = await open();
    const runtime = await running(travel, opened, { clock: settableClock() });
    await offers(runtime, { hotel: 1, flight: 0 });
    await plan(runtime, "t1");
    await eventually(
      () => statuses(runtime),
      ({ t1 }) => t1 === "FAILED",
    );
    expect(await taken(runtime, "hotel")).toEqual([]);
    expect(await story(opened, "t1")).toEqual(
      expect.arrayContaining([
        "CompensationBegan",
        "CommandRequested 4 Release",
        "CompensationEnded",
        "ProcessEnded",
      ]),
    );
  });

  test("a deadline passes once, also after a downtime, and never in a replay", async () => {
    const opened = await open();
    const clock = settableClock();
    const first = await running(travel, opened, { clock });
    await offers(first, { hotel: 5, flight: 5 });
    for (const id of ["t1", "t2", "t3"]) await plan(first, id);
    await eventually(
      () => taken(first, "flight"),
      (found) => found.length === 3,
    );
    await eventually(
      () => story(opened, "t3"),
      (found) => found.includes("CommandAnswered 2"),
    );
    clock.forward(29_000);
    await first.commands.handle({ aggregate: "trip", aggregateId: "t3", type: "PayTrip", data: {} });
    await eventually(
      () => statuses(first),
      ({ t3 }) => t3 === "BOOKED",
    );
    await first.stop();
    clock.forward(60_000);
    const [second] = await Promise.all([
      running(travel, opened, { clock }),
      running(travel, opened, { clock }),
    ]);
    await eventually(
      () => statuses(second),
      ({ t1, t2 }) => t1 === "FAILED" && t2 === "FAILED",
    );
    expect((await statuses(second)).t3).toBe("BOOKED");
    expect(await taken(second, "hotel")).toEqual(["t3"]);
    await second.operations.rebuild("book-trip-deadlines");
    await eventually(
      async () => (await second.operations.processors()).find(({ name }) => name === "book-trip-deadlines"),
      (report) => report?.tables?.length === 1 && report.tables[0]?.generation === 2,
    );
    for (const id of ["t1", "t2"]) {
      const passed = (await story(opened, id)).filter((event) => event.startsWith("DeadlinePassed"));
      expect(passed).toEqual(["DeadlinePassed 3 unpaid"]);
    }
    expect((await story(opened, "t3")).some((event) => event.startsWith("DeadlinePassed"))).toBe(false);
  });

  test("instances are worked on side by side, and each trip is booked or taken back as a whole", async () => {
    const opened = await open();
    const clock = settableClock();
    const runtimes = [
      await running(travel, opened, { clock }),
      await running(travel, opened, { clock }),
    ] as const;
    await offers(runtimes[0], { hotel: 10, flight: 7 });
    const ids = Array.from({ length: 20 }, (_, index) => `t${index}`);
    await Promise.all(ids.map((id, index) => plan(runtimes[index % 2 === 0 ? 0 : 1], id)));
    await eventually(
      () => statuses(runtimes[0]),
      (found) => Object.values(found).filter((status) => status === "FAILED").length === 13,
    );
    const [hotel, flight] = [await taken(runtimes[0], "hotel"), await taken(runtimes[0], "flight")];
    expect(flight).toHaveLength(7);
    expect([...hotel].sort()).toEqual([...flight].sort());
  });
});
