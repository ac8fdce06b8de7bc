import { aggregate, retirement } from "millrace";
import { playProcess } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { CommandResult } from "../message/command.ts";
import { askReferrer } from "./reference-marks.ts";

const tap = aggregate({
  name: "tap",
  collection: "taps",
  state: z.object({ status: z.enum(["OPEN", "GOING", "GONE"]) }),
  initialState: { status: "OPEN" },
  events: {
    Doomed: z.object({ referrers: z.array(z.string()) }),
    Spared: z.object({ reason: z.string() }),
    Retired: z.object({}),
    Restored: z.object({}),
  },
  commands: { Retire: z.object({}), Keep: z.object({ reason: z.string() }) },
  decide: { Retire: () => [{ type: "Retired", data: {} }], Keep: () => [] },
  evolve: {
    Doomed: () => ({ status: "GOING" }),
    Spared: () => ({ status: "OPEN" }),
    Retired: () => ({ status: "GONE" }),
    Restored: () => ({ status: "OPEN" }),
  },
});
const retireTap = retirement({
  name: "retire-tap",
  of: tap,
  asked: "Doomed",
  referrers: ({ data }) => data.referrers,
  retire: (id) => tap.commands.Retire(id, {}),
  keep: (id, reason) => tap.commands.Keep(id, { reason }),
  restored: ["Restored"],
  within: "20 s",
});

const doomed = (...referrers: string[]) => ({ type: "Doomed", data: { referrers } }) as const;
const restored = { type: "Restored", data: {} } as const;
const ask = (service: string, round = 1) => askReferrer(service, "RetireReference", "t1", { round });
const release = (service: string, round = 1) => askReferrer(service, "KeepReference", "t1", { round });
const retire = tap.commands.Retire("t1", {});
const keep = (reason: string) => tap.commands.Keep("t1", { reason });
const refused: CommandResult = { status: "refused", code: "reference-in-use", detail: "A hose is joined." };

const begun = () => playProcess(retireTap).receive(tap, "t1", doomed("garden", "kitchen"));
const phase = (expected: string) => ({ phase: expected });

/** The process, whose state has these parts. */
function isIn(played: ReturnType<typeof begun>, parts: object): ReturnType<typeof begun> {
  const whole = { id: "t1", round: 1, referrers: ["garden", "kitchen"], acknowledged: [], ...parts };
  return played.expectState(whole);
}

describe("what is to be retired", () => {
  test("is at once where nobody can refer to it", () => {
    const played = playProcess(retireTap).receive(tap, "t1", doomed()).expectSent(retire).expectDeadlines();
    isIn(played, { ...phase("retired"), referrers: [] })
      .answer("Retire")
      .expectSent();
  });

  test("is once all who may refer to it have acknowledged", () => {
    const played = begun()
      .expectSent(ask("garden"), ask("kitchen"))
      .expectDeadlines("unanswered")
      .answer("RetireReference")
      .expectSent();
    isIn(played, { ...phase("asking"), acknowledged: ["garden"] })
      .expectDeadlines("unanswered")
      .answer("RetireReference")
      .expectSent(retire)
      .expectDeadlines();
    isIn(played, { ...phase("retired"), acknowledged: ["garden", "kitchen"] })
      .answer("Retire")
      .expectSent()
      .expectEnded(false);
  });

  test("is asked again of fewer: who is no longer asked is told that it stays, also where it acknowledges later", () => {
    const again = playProcess(retireTap)
      .receive(tap, "t1", doomed("garden", "kitchen", "bath"))
      .answer("RetireReference")
      .receive(tap, "t1", doomed("kitchen"));
    again.expectSent(ask("garden"), ask("kitchen"), ask("bath"), release("garden"), {
      ...ask("kitchen"),
      data: { round: 2 },
    });
    again.answer("RetireReference").expectSent().answer("RetireReference").expectSent(release("bath", 2));
  });

  test("is of no concern before it was asked for", () => {
    playProcess(retireTap).receive(tap, "t1", restored).expectSent().expectDeadlines();
  });
});

describe("it is kept, with the reason", () => {
  test("where one refuses; who has acknowledged is told", () => {
    const played = begun()
      .answer("RetireReference")
      .expectSent(ask("garden"), ask("kitchen"))
      .answer("RetireReference", refused)
      .expectSent(release("garden"), keep("kitchen: A hose is joined."))
      .expectDeadlines();
    isIn(played, { ...phase("in use"), acknowledged: ["garden"] })
      .answer("KeepReference")
      .answer("Keep")
      .expectSent();
  });

  test("where one refuses; who acknowledges after that is told then", () => {
    begun()
      .expectSent(ask("garden"), ask("kitchen"))
      .answer("RetireReference", refused)
      .expectSent(keep("garden: A hose is joined."))
      .answer("RetireReference")
      .expectSent(release("kitchen"));
  });

  test("once, where all refuse", () => {
    begun()
      .answer("RetireReference", refused)
      .expectSent(ask("garden"), ask("kitchen"), keep("garden: A hose is joined."))
      .answer("RetireReference", refused)
      .expectSent();
  });

  test("where one does not answer in time, also if it acknowledges later, which is then taken back", () => {
    begun()
      .answer("RetireReference")
      .expectSent(ask("garden"), ask("kitchen"))
      .passDeadline("unanswered")
      .expectSent(release("garden"), keep("kitchen did not answer within 20 s."))
      .expectDeadlines()
      .answer("RetireReference")
      .expectSent(release("kitchen"));
  });

  test("where none answers in time, naming all; a refusal that comes later changes nothing", () => {
    begun()
      .expectSent(ask("garden"), ask("kitchen"))
      .passDeadline("unanswered")
      .expectSent(keep("garden, kitchen did not answer within 20 s."))
      .answer("RetireReference", refused)
      .expectSent();
  });

  test("where it turns out that it cannot be retired; all are told", () => {
    const played = begun()
      .answer("RetireReference")
      .answer("RetireReference")
      .expectSent(ask("garden"), ask("kitchen"), retire)
      .answer("Retire", { status: "refused", code: "tap-leaks", detail: "It leaks." })
      .expectSent(release("garden"), release("kitchen"), keep("tap t1 could not be retired."));
    isIn(played, { ...phase("in use"), acknowledged: ["garden", "kitchen"] });
  });
});

describe("asked again", () => {
  test("after it was kept, an answer to the time before does not count", () => {
    const played = begun()
      .passDeadline("unanswered")
      .receive(tap, "t1", doomed("garden", "kitchen"))
      .expectSent(
        ask("garden"),
        ask("kitchen"),
        keep("garden, kitchen did not answer within 20 s."),
        ask("garden", 2),
        ask("kitchen", 2),
      )
      .expectDeadlines("unanswered")
      // To the first time, both of them.
      .answer("RetireReference")
      .answer("RetireReference", refused)
      .expectSent();
    isIn(played, { ...phase("asking"), round: 2 })
      .answer("RetireReference")
      .expectSent()
      .answer("RetireReference")
      .expectSent(retire);
  });

  test("after it was kept, only who has acknowledged this time is told where it is kept again", () => {
    begun()
      .answer("RetireReference")
      .answer("RetireReference", refused)
      .receive(tap, "t1", doomed("garden", "kitchen"))
      .answer("RetireReference", refused)
      .expectSent(
        ask("garden"),
        ask("kitchen"),
        release("garden"),
        keep("kitchen: A hose is joined."),
        ask("garden", 2),
        ask("kitchen", 2),
        keep("garden: A hose is joined."),
      );
  });

  test("while it still was asked for, those are asked who are named now", () => {
    const played = begun().receive(tap, "t1", doomed("kitchen"));
    played.expectSent(ask("garden"), ask("kitchen"), ask("kitchen", 2)).expectDeadlines("unanswered");
    isIn(played, { ...phase("asking"), round: 2, referrers: ["kitchen"] });
  });
});

describe("restored", () => {
  test("after it was retired, it may be referred to again by all, and can be retired again", () => {
    const played = begun()
      .answer("RetireReference")
      .answer("RetireReference")
      .answer("Retire")
      .receive(tap, "t1", restored)
      .expectSent(ask("garden"), ask("kitchen"), retire, release("garden"), release("kitchen"));
    isIn(played, { ...phase("in use"), acknowledged: ["garden", "kitchen"] })
      .receive(tap, "t1", restored)
      .expectSent()
      .receive(tap, "t1", doomed("kitchen"))
      .expectSent(ask("kitchen", 2));
  });

  test("while others are being asked, it changes nothing yet", () => {
    isIn(begun().receive(tap, "t1", restored), phase("asking"))
      .expectSent(ask("garden"), ask("kitchen"))
      .expectDeadlines("unanswered");
  });
});

test("a time to wait that is no duration is refused", () => {
  const declare = () =>
    retirement({
      name: "retire-tap",
      of: tap,
      asked: "Doomed",
      referrers: ({ data }) => data.referrers,
      retire: (id) => tap.commands.Retire(id, {}),
      keep: (id, reason) => tap.commands.Keep(id, { reason }),
      within: "soon",
    });
  expect(declare).toThrow(expect.objectContaining({ code: "declaration-invalid" }));
  expect(declare).toThrow(/A duration is .* found "soon"/);
});
