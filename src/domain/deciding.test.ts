import { aggregate, event, refuse, unless, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { RecordedEvent } from "../message/event.ts";
import { admits, mayCommand, mayReadAggregate, mayReadView } from "./access.ts";
import { decide } from "./decide.ts";
import { evolve, fold, readEvent } from "./fold.ts";
import { foldRow, readForView } from "./view-fold.ts";

const user = aggregate({
  name: "user",
  collection: "users",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("HERE"), email: z.string(), visits: z.number() }),
  ]),
  initialState: { status: "NONE" },
  events: {
    UserJoined: event(z.object({ email: z.string() }), {
      version: 3,
      upcast: {
        1: (data: { mail: string }) => ({ address: data.mail }),
        2: (data: { address: string }) => ({ email: data.address }),
      },
      tags: (data) => [`domain:${data.email.split("@")[1]}`],
    }),
    EmailChanged: z.object({ email: z.string() }),
    Visited: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
  },
  commands: {
    Join: z.object({ email: z.string() }),
    ChangeEmail: z.object({ email: z.string() }),
    Visit: z.object({ wrong: z.boolean() }),
  },
  creates: "Join",
  begins: "UserJoined",
  decide: {
    Join: ({ data }, _state, { UserJoined }) =>
      unless(
        { types: ["ClubClosed"], tags: ["club:one"], after: 5 },
        refuse("club-closed", "The club is closed."),
        [UserJoined(data)],
      ),
    ChangeEmail: ({ data }, _state, { EmailChanged }) => [EmailChanged(data), EmailChanged(data)],
    Visit: ({ data, receivedAt }) => [
      { type: "Visited", data: { at: data.wrong ? "yesterday" : receivedAt } },
    ],
  },
  evolve: {
    UserJoined: (_state, { data }) => ({ status: "HERE", email: data.email, visits: 0 }),
    EmailChanged: (state, { data }) => ({ ...state, email: data.email }),
    Visited: (state, { data }) => ({ ...state, visits: state.visits + data.at.getUTCFullYear() }),
  },
  unique: { email: "email-taken" },
});
const { definition } = user;

function command(type: string, data: unknown) {
  const metadata = { correlationId: "c", depth: 2, actor: "ann" };
  return { type, data, id: "cmd", aggregateId: "u1", receivedAt: "2026-01-01T00:00:00.000Z", metadata };
}

function recorded(type: string, data: unknown, schemaVersion = 1): RecordedEvent {
  return {
    id: "e",
    type,
    data,
    schemaVersion,
    stream: "user-u1",
    category: "user",
    aggregateId: "u1",
    version: 1,
    position: 9,
    recordedAt: 0,
    metadata: { correlationId: "c", depth: 0 },
    tags: [],
  };
}

describe("deciding", () => {
  test("gives events ids of their command, its metadata, their schema version and tags", () => {
    const resolution = decide(
      definition,
      { state: { status: "NONE" }, version: 0 },
      command("Join", { email: "a@b.c" }),
    );
    expect(resolution).toMatchObject({
      events: [
        {
          id: "cmd.0",
          type: "UserJoined",
          schemaVersion: 3,
          metadata: { correlationId: "c", causationId: "cmd", actor: "ann", depth: 2 },
          tags: ["domain:b.c", "user.email:a@b.c"],
        },
      ],
      state: { status: "HERE", email: "a@b.c" },
    });
  });

  test("what is unique and what else stands against it become conditions with refusals", () => {
    expect(
      decide(definition, { state: { status: "NONE" }, version: 0 }, command("Join", { email: "a@b.c" })),
    ).toMatchObject({
      conditions: [
        { queries: [{ types: ["ClubClosed"], tags: ["club:one"] }], after: 5 },
        { queries: [{ tags: ["user.email:a@b.c"] }], after: 0, exceptStream: "user-u1" },
      ],
      refusals: [{ code: "club-closed" }, { code: "email-taken" }],
    });
  });

  test("a unique value is claimed when it changes, once, and not when it stays", () => {
    const here = { state: { status: "HERE", email: "a@b.c", visits: 0 }, version: 1 };
    const changed = decide(definition, here, command("ChangeEmail", { email: "new@b.c" }));
    expect(changed).toMatchObject({
      conditions: [{ queries: [{ tags: ["user.email:new@b.c"] }] }],
      events: [{ tags: ["user.email:new@b.c"] }, { tags: [] }],
    });
    expect(decide(definition, here, command("ChangeEmail", { email: "a@b.c" }))).toMatchObject({
      conditions: [],
    });
  });

  test("an event that does not fit its schema is a bug of decide, and says what is wrong", () => {
    const here = { state: { status: "HERE", email: "a@b.c", visits: 0 }, version: 1 };
    expect(() => decide(definition, here, command("Visit", { wrong: true }))).toThrow(
      /decide of user.Visit wrote Visited .*\/at/,
    );
    expect(decide(definition, here, command("Visit", { wrong: false }))).toMatchObject({
      state: { visits: 2026 },
    });
  });
});

describe("reading events", () => {
  test("old data is upcast step by step, and read on the output side of its schema", () => {
    expect(readEvent(definition, recorded("UserJoined", { mail: "a@b.c" }, 1)).data).toEqual({
      email: "a@b.c",
    });
    expect(readEvent(definition, recorded("UserJoined", { address: "a@b.c" }, 2)).data).toEqual({
      email: "a@b.c",
    });
    expect(readEvent(definition, recorded("Visited", { at: "2026-01-01T00:00:00Z" })).data).toEqual({
      at: new Date("2026-01-01"),
    });
  });

  test("what only a newer version can read is told apart from what is broken", () => {
    expect(() => readEvent(definition, recorded("UserLeft", {}))).toThrow(
      expect.objectContaining({ code: "event-type-unknown", retryable: true }),
    );
    expect(() => readEvent(definition, recorded("UserJoined", { email: "a@b.c" }, 4))).toThrow(
      expect.objectContaining({ code: "event-type-unknown" }),
    );
    expect(() => readEvent(definition, recorded("UserJoined", {}, 3))).toThrow(
      expect.objectContaining({ code: "event-unreadable" }),
    );
    expect(() => readEvent(definition, recorded("UserJoined", null, 1))).toThrow(
      expect.objectContaining({ code: "domain-threw" }),
    );
  });

  test("a throw in evolve is reported as a bug, with the place", () => {
    expect(() => evolve(definition, { status: "HERE" }, recorded("Visited", {}))).toThrow(
      /evolve of user.Visited threw at position 9/,
    );
    expect(fold(definition, { status: "NONE" }, [recorded("UserJoined", { email: "x" }, 3)])).toMatchObject({
      email: "x",
    });
  });
});

describe("folding rows", () => {
  const users = view({
    name: "users",
    from: [user],
    schema: z.object({ email: z.string() }),
    key: ({ data }) => ("email" in data ? data.email.split("@")[1] : undefined),
    on: {
      UserJoined: (_row, { data }) => (data.email === "bad@b.c" ? ({} as never) : data),
      EmailChanged: () => undefined,
      Visited: () => {
        throw new Error("never");
      },
    },
  }).definition;

  test("the key says which row, or none", () => {
    expect(readForView(users, recorded("UserJoined", { mail: "a@b.c" }))?.key).toBe("b.c");
    expect(readForView(users, recorded("Visited", { at: "2026-01-01T00:00:00Z" }))).toBeUndefined();
    expect(readForView(users, { ...recorded("UserJoined", {}), category: "other" })).toBeUndefined();
  });

  test("a row that does not fit its schema, or a throw, is reported as a bug", () => {
    expect(foldRow(users, undefined, recorded("UserJoined", { email: "a@b.c" }))).toEqual({ email: "a@b.c" });
    expect(foldRow(users, { email: "a@b.c" }, recorded("EmailChanged", {}))).toBeUndefined();
    expect(() => foldRow(users, undefined, recorded("UserJoined", { email: "bad@b.c" }))).toThrow(
      /made a row that does not fit its schema: \/email/,
    );
    expect(() => foldRow(users, undefined, recorded("Visited", {}))).toThrow(
      /Visited of view users threw at position 9: never/,
    );
  });
});

describe("G12: access", () => {
  const ann = { id: "ann", roles: ["clerk"], claims: { team: 7 } };

  test("rules let in whom they name, and no rule lets nobody in", () => {
    expect(admits(undefined, ann)).toBe(false);
    expect([
      admits("anyone", undefined),
      admits("authenticated", undefined),
      admits("authenticated", ann),
    ]).toEqual([true, false, true]);
    expect([
      admits({ role: "clerk" }, ann),
      admits({ role: "boss" }, ann),
      admits({ role: "clerk" }, undefined),
    ]).toEqual([true, false, false]);
    expect(admits(({ claims }) => claims.team === 7, ann)).toBe(true);
  });

  test("without rules all is open; with any, whatever no rule speaks of is closed", () => {
    expect(mayCommand(undefined, "user", "Join", undefined)).toBe(true);
    const access = {
      aggregates: { user: { commands: { Join: "anyone" as const } } },
      views: { users: { read: { role: "clerk" } } },
    };
    expect([mayCommand(access, "user", "Join", undefined), mayCommand(access, "user", "Visit", ann)]).toEqual(
      [true, false],
    );
    expect([
      mayReadAggregate(access, "user", ann),
      mayReadView(access, "users", ann),
      mayReadView(access, "others", ann),
    ]).toEqual([false, true, false]);
    expect(mayCommand({ aggregates: { user: { commands: { role: "clerk" } } } }, "user", "Visit", ann)).toBe(
      true,
    );
  });
});
