import { describe, expect, test } from "vitest";
import type { RecordedEvent } from "../message/event.ts";
import { decide } from "./decide.ts";
import { type AnyState, fold } from "./fold.ts";
import { askReferrer, markId, referenceMarks } from "./reference-marks.ts";

const marks = referenceMarks("my-garden");
const of = "water-works/t:1";

/** An event with which an aggregate of the service begins to refer to `of`, or ceases to. */
function change(stream: string, kind: "begins" | "ceases", position = 1): RecordedEvent {
  return {
    id: `e${position}`,
    type: "Joined",
    data: {},
    schemaVersion: 1,
    stream,
    category: "hose",
    aggregateId: stream,
    version: 1,
    position,
    recordedAt: 0,
    metadata: { correlationId: "c", depth: 0 },
    tags: kind === "begins" ? [`reference:${of}`, `refers:${of}`] : [`reference:${of}`],
  };
}

/** What a command leads to, after others that were accepted. */
function asked(
  types: readonly ("RetireReference" | "KeepReference")[],
  gathered: readonly RecordedEvent[] = [],
) {
  let state: AnyState = marks.initialState;
  let resolution: ReturnType<typeof decide> | undefined;
  for (const [version, type] of types.entries()) {
    const { aggregateId, data } = askReferrer("my-garden", type, markId("water-works", "t:1"), { round: 1 });
    const metadata = { correlationId: "c", depth: 0 };
    const command = { type, data, id: `cmd${version}`, aggregateId, receivedAt: "", metadata };
    const facts = { referrers: [], gathered };
    resolution = decide(marks, { state, version }, command, facts);
    if ("refused" in resolution) return { refusal: resolution, status: state.status };
    state = resolution.state;
  }
  const events = resolution === undefined || "refused" in resolution ? [] : resolution.events;
  return { events: events.map(({ type, data, tags }) => ({ type, data, tags })), status: state.status };
}

const retiring = { type: "ReferenceRetiring", data: { of }, tags: [`about:${of}`] };
const kept = { type: "ReferenceKept", data: { of }, tags: [`about:${of}`] };

test("it is asked by the name of the service that owns what is retired, among what the decision goes by", () => {
  expect(askReferrer("my-garden", "RetireReference", "a1", { round: 2 })).toEqual({
    service: "my-garden",
    aggregate: "~references_of_my_garden",
    aggregateId: "a1",
    type: "RetireReference",
    data: { round: 2 },
  });
  expect(marks.name).toBe("~references_of_my_garden");
  expect(marks.gathers?.(markId("water-works", "t:1"))).toEqual({
    tag: `reference:${of}`,
    unless: `refers:${of}`,
  });
});

describe("retiring is accepted", () => {
  test("where nothing refers to it, or nothing any more", () => {
    expect(asked(["RetireReference"])).toEqual({ events: [retiring], status: "RETIRING" });
    const released = [change("hose-h1", "begins", 1), change("hose-h1", "ceases", 2)];
    expect(asked(["RetireReference"], released)).toEqual({ events: [retiring], status: "RETIRING" });
  });

  test("twice, the second time without an event", () => {
    expect(asked(["RetireReference", "RetireReference"])).toEqual({ events: [], status: "RETIRING" });
  });

  test("again, once it was kept", () => {
    const { events, status } = asked(["RetireReference", "KeepReference", "RetireReference"]);
    expect([events, status]).toEqual([[retiring], "RETIRING"]);
  });
});

describe("retiring is refused", () => {
  test("while something refers to it, by name", () => {
    const gathered = [
      change("hose-h1", "begins", 1),
      change("hose-h2", "begins", 2),
      change("hose-h1", "ceases", 3),
    ];
    expect(asked(["RetireReference"], gathered)).toEqual({
      refusal: {
        refused: true,
        code: "reference-in-use",
        detail: `${of} is referred to in my-garden by hose-h2.`,
      },
      status: "NONE",
    });
  });

  test("where something refers to it again", () => {
    const kinds = ["begins", "ceases", "begins"] as const;
    const gathered = kinds.map((kind, index) => change("hose-h1", kind, index + 1));
    expect(asked(["RetireReference"], gathered).refusal?.code).toBe("reference-in-use");
  });

  test("by five names, and the number of the others", () => {
    const gathered = [1, 2, 3, 4, 5, 6, 7].map((n) => change(`hose-h${n}`, "begins", n));
    const five = "hose-h1, hose-h2, hose-h3, hose-h4, hose-h5";
    expect(asked(["RetireReference"], gathered.slice(0, 5)).refusal?.detail).toMatch(`by ${five}.`);
    expect(asked(["RetireReference"], gathered).refusal?.detail).toMatch(`by ${five} and 2 more.`);
  });
});

test("keeping takes it back, and changes nothing where nothing is being retired", () => {
  expect(asked(["RetireReference", "KeepReference"])).toEqual({ events: [kept], status: "NONE" });
  expect(asked(["KeepReference"])).toEqual({ events: [], status: "NONE" });
  expect(asked(["RetireReference", "KeepReference", "KeepReference"])).toEqual({
    events: [],
    status: "NONE",
  });
});

test("its state is what its events say", () => {
  const told = (type: string) => ({ ...change("x-1", "begins"), type, data: { of } });
  expect(fold(marks, marks.initialState, [told("ReferenceRetiring")]).status).toBe("RETIRING");
  const both = [told("ReferenceRetiring"), told("ReferenceKept")];
  expect(fold(marks, marks.initialState, both).status).toBe("NONE");
});
