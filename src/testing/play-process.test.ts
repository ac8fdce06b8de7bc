import { expect, test } from "vitest";
import { bookTrip, offer, trip } from "../../test/runtime/travel.ts";
import { playProcess } from "./play-process.ts";

const reserve = (what: string) => offer.commands.Reserve(what, { trip: "t1" });
const release = (what: string) => offer.commands.Release(what, { trip: "t1" });
const planned = { type: "TripPlanned", data: { hotel: "h", flight: "f" } } as const;
const refused = { status: "refused", code: "sold-out", detail: "Nothing is left." } as const;

const begun = () => playProcess(bookTrip).receive(trip, "t1", planned);

test("commands go out, answers come in, and an event cancels the deadline that waits for it", () => {
  begun()
    .expectSent(reserve("h"), reserve("f"))
    .expectDeadlines("unpaid")
    .answer("Reserve")
    .answer("Reserve")
    .expectState({ trip: "t1", hotel: "h", flight: "f", reserved: 2 })
    .receive(trip, "t1", { type: "TripPaid", data: {} })
    .expectDeadlines()
    .expectSent(trip.commands.BookTrip("t1", {}))
    .expectEnded();
});

test("what was accepted is taken back in reverse order, each after the answer to the one before", () => {
  begun()
    .answer("Reserve")
    .answer("Reserve")
    .passDeadline("unpaid")
    .expectSent(reserve("h"), reserve("f"), release("f"))
    .answer("Release")
    .expectSent(release("h"))
    .expectEnded(false)
    .answer("Release")
    .expectSent(trip.commands.FailTrip("t1", { reason: "taken back" }))
    .expectEnded();
});

test("what is accepted only after the compensation began is taken back then, and before it ends", () => {
  begun()
    .expectSent(reserve("h"), reserve("f"))
    .answer("Reserve", refused)
    .expectSent()
    .expectEnded(false)
    .answer("Reserve")
    .expectSent(release("f"))
    .answer("Release", refused)
    .expectSent(trip.commands.FailTrip("t1", { reason: "taken back" }))
    .expectEnded();
});

test("what comes before the beginning or after the end does not concern it", () => {
  playProcess(bookTrip)
    .receive(trip, "t1", { type: "TripPaid", data: {} })
    .expectSent()
    .receive(trip, "t1", planned)
    .receive(trip, "t1", { type: "TripPaid", data: {} })
    .expectEnded()
    .receive(trip, "t1", planned)
    .expectSent(reserve("h"), reserve("f"), trip.commands.BookTrip("t1", {}));
});

test("an expectation that is not met fails with what was found", () => {
  expect(() => begun().expectSent(reserve("h"))).toThrow(/process book-trip sent other commands/);
  expect(() => begun().expectDeadlines()).toThrow(/waits for other deadlines/);
  expect(() => begun().expectState({})).toThrow(/another state/);
  expect(() => begun().expectEnded()).toThrow(/is RUNNING/);
  expect(() => begun().passDeadline("nothing")).toThrow(/has no deadline "nothing"/);
  expect(() => begun().answer("Nothing")).toThrow(/has no command Nothing to answer/);
});
