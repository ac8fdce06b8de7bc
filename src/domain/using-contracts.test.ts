import { aggregate, contract, policy, publish, readContract, service, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const row = z.object({ litres: z.number() });
const tap = aggregate({
  name: "tap",
  collection: "taps",
  state: z.object({ status: z.enum(["SHUT", "OPEN"]) }),
  initialState: { status: "SHUT" },
  events: { Turned: row },
  commands: { Turn: row, Shut: z.object({}) },
  decide: { Turn: () => [], Shut: () => [] },
  evolve: { Turned: (state) => state },
});
const turned = publish({
  type: "TapTurned",
  from: tap,
  on: "Turned",
  schema: z.object({ millilitres: z.int() }),
  data: ({ data }) => ({ millilitres: data.litres * 1000 }),
});
const water = contract(service({ name: "water-works", aggregates: [tap], publishes: [turned] }));

describe("a service that uses contracts", () => {
  const used = view({
    name: "used",
    from: [water],
    schema: z.object({ millilitres: z.int() }),
    on: { TapTurned: (_row, { data }) => data },
  });
  const shut = policy({
    name: "shut",
    from: [water],
    on: { TapTurned: ({ aggregateId }) => water.commands.tap.Shut(aggregateId, {}) },
  });

  test("needs no aggregate of its own", () => {
    const { definition } = service({ name: "meter", uses: [water], views: [used], policies: [shut] });
    expect(definition).toMatchObject({
      aggregates: [],
      uses: [{ contract: water, unknownTypes: "skip", newerVersions: "stop" }],
    });
    expect(definition.views[0]?.from).toEqual([water.definition]);
  });

  test("says what becomes of what it cannot read", () => {
    const { uses } = service({
      name: "meter",
      uses: [{ contract: water, unknownTypes: "stop" }],
    }).definition;
    expect(uses).toEqual([{ contract: water, unknownTypes: "stop", newerVersions: "stop" }]);
  });

  const others = readContract({ ...water.document, service: "other-works" });
  test.each([
    [
      "reads a contract that it does not use",
      () => service({ name: "meter", aggregates: [tap], views: [used] }),
      /used reads @water_works, which is neither an aggregate of service meter nor a contract that it uses; expected among tap/,
    ],
    [
      "reacts to a contract that it does not use",
      () => service({ name: "meter", uses: [others], policies: [shut] }),
      /shut reads @water_works, .*expected among @other_works/,
    ],
    [
      "has neither aggregates nor contracts",
      () => service({ name: "meter", views: [] }),
      /declares no aggregate; expected at least one, or a contract/,
    ],
    [
      "uses a contract twice",
      () => service({ name: "meter", uses: [water, { contract: water }] }),
      /two of contract "water-works"/,
    ],
    ["uses its own contract", () => service({ name: "water-works", uses: [water] }), /uses its own contract/],
    [
      "publishes of a contract",
      () =>
        service({
          name: "meter",
          uses: [water],
          publishes: [
            publish({ type: "Again", from: water, on: "TapTurned", schema: row, data: () => undefined }),
          ],
        }),
      /Again is published of @water_works, which is not an aggregate of service meter/,
    ],
    [
      "publishes one version twice",
      () => service({ name: "meter", aggregates: [tap], publishes: [turned, turned] }),
      /two of integration event "TapTurned of version 1"/,
    ],
    [
      "uses what is no contract",
      () => service({ name: "meter", uses: [tap as never] }),
      /uses .* which is no contract/,
    ],
  ])("is refused where it %s", (_what, declare, message) => {
    expect(declare).toThrow(message);
    expect(declare).toThrow(expect.objectContaining({ code: "declaration-invalid" }));
  });
});
