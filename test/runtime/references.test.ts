import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/ports/clock.ts";
import { inProcess } from "../../src/runtime/in-process.ts";
import { bookings, bookingsTrusting, rooms } from "./rooms-and-bookings.ts";
import { eventually, running, stores } from "./running.ts";
import { book, codeOf, end, onRoom, stateOf, two } from "./two-runtimes.ts";

describe.each(stores)("references on $name", ({ open }) => {
  test("what is not there, not as it must be, or retired is refused, each with a code of its own", async () => {
    const { owner, referrer } = await two(open);
    await onRoom(owner, "red", "OpenRoom");
    await onRoom(owner, "blue", "OpenRoom");
    await onRoom(owner, "blue", "CloseRoom");
    await onRoom(owner, "gone", "OpenRoom");
    await onRoom(owner, "gone", "TearDown");
    await eventually(
      () => stateOf(owner, "gone"),
      ({ status }) => status === "GONE",
    );
    expect(codeOf(await book(referrer, "b1", "red"))).toBe("accepted");
    expect(codeOf(await book(referrer, "b2", "blue"))).toBe("reference-unfit");
    expect(codeOf(await book(referrer, "b3", "gone"))).toBe("reference-retired");
    expect(codeOf(await book(referrer, "b4", "none"))).toBe("reference-missing");
    // What it was told of since counts at once, and what is told later too.
    await onRoom(owner, "blue", "OpenRoom");
    expect(codeOf(await book(referrer, "b5", "blue"))).toBe("accepted");
  });

  test("what is not known yet is an error to try again while its owner cannot be asked, and nothing is recorded", async () => {
    const { owner, referrer, toRooms } = await two(open);
    toRooms.isCut = true;
    await onRoom(owner, "red", "OpenRoom");
    const request = { aggregate: "booking", aggregateId: "b1", type: "Book", data: { roomId: "red" } };
    const again = { ...request, idempotencyKey: "key" };
    await expect(referrer.commands.handle(again)).rejects.toMatchObject({
      code: "reference-not-yet-known",
      retryable: true,
    });
    toRooms.isCut = false;
    const outcome = await eventually(
      () => referrer.commands.handle(again).catch(() => undefined),
      (found) => found !== undefined,
    );
    expect(outcome && codeOf(outcome)).toBe("accepted");
  });

  test("what is known is trusted while its owner is silent, or for as long as the reference says", async () => {
    const patient = await two(open);
    await onRoom(patient.owner, "red", "OpenRoom");
    expect(codeOf(await book(patient.referrer, "b1", "red"))).toBe("accepted");
    patient.toRooms.isCut = true;
    expect(codeOf(await book(patient.referrer, "b2", "red"))).toBe("accepted");

    let elapsed = 0;
    const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + elapsed };
    const wary = await two(open, bookingsTrusting("1 min"), { clock });
    await onRoom(wary.owner, "red", "OpenRoom");
    expect(codeOf(await book(wary.referrer, "b1", "red"))).toBe("accepted");
    wary.toRooms.isCut = true;
    expect(codeOf(await book(wary.referrer, "b2", "red"))).toBe("accepted");
    elapsed += 61_000;
    await expect(book(wary.referrer, "b3", "red")).rejects.toMatchObject({ code: "reference-unconfirmed" });
    wary.toRooms.isCut = false;
    expect(codeOf(await book(wary.referrer, "b3", "red"))).toBe("accepted");
  });

  test("one that is referred to stays, with what stands in its way, until that is over", async () => {
    const { owner, referrer } = await two(open);
    await onRoom(owner, "red", "OpenRoom");
    await book(referrer, "b1", "red");
    await book(referrer, "b2", "red");
    await end(referrer, "b2");
    expect(codeOf(await onRoom(owner, "red", "TearDown"))).toBe("accepted");
    const kept = await eventually(
      () => stateOf(owner, "red"),
      ({ status }) => status === "OPEN",
    );
    expect(kept.kept).toEqual([expect.stringMatching(/^bookings: .*booking-b1\.$/)]);
    await end(referrer, "b1");
    await onRoom(owner, "red", "TearDown");
    await eventually(
      () => stateOf(owner, "red"),
      ({ status }) => status === "GONE",
    );
    expect(codeOf(await book(referrer, "b3", "red"))).toBe("reference-retired");
  });

  test("what has acknowledged lets nothing begin to refer, though it cannot be told what became of it", async () => {
    const { owner, referrer, toRooms, opened } = await two(open);
    await onRoom(owner, "red", "OpenRoom");
    await book(referrer, "b1", "red");
    await end(referrer, "b1");
    // The mark arrives; that the room is gone does not.
    toRooms.isFeedCut = true;
    await onRoom(owner, "red", "TearDown");
    await eventually(
      () => stateOf(owner, "red"),
      ({ status }) => status === "GONE",
    );
    expect(codeOf(await book(referrer, "b2", "red"))).toBe("reference-retiring");
    // Everything behind the log can be thrown away.
    const anew = await running(bookings, opened.bookings, {
      services: { rooms: inProcess(owner, "bookings") },
    });
    expect(codeOf(await book(anew, "b3", "red"))).toMatch(/^reference-reti/);
  });

  test("a deadline lifts what a service holds up that cannot be reached, and its late word counts no more", async () => {
    let later = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + later };
    const { owner, referrer, toBookings } = await two(open, bookings, {}, { clock });
    await onRoom(owner, "red", "OpenRoom");
    toBookings.isCut = true;
    await onRoom(owner, "red", "TearDown");
    expect((await stateOf(owner, "red")).status).toBe("LEAVING");
    await eventually(
      () => owner.queries.rows("tear-down-rooms-deadlines", { filters: [], limit: 1 }),
      ({ rows }) => rows.length === 1,
    );
    later = 2 * 3_600_000;
    const kept = await eventually(
      () => stateOf(owner, "red"),
      ({ status }) => status === "OPEN",
    );
    expect(kept.kept).toEqual(["bookings did not answer within 1 h."]);
    toBookings.isCut = false;
    const outcome = await eventually(
      () => book(referrer, `b-${Math.random()}`, "red"),
      ({ status }) => status === "accepted",
    );
    expect(codeOf(outcome)).toBe("accepted");
  });

  test("one that was restored can be referred to again", async () => {
    const { owner, referrer } = await two(open);
    await onRoom(owner, "red", "OpenRoom");
    await onRoom(owner, "red", "TearDown");
    await eventually(
      () => stateOf(owner, "red"),
      ({ status }) => status === "GONE",
    );
    await onRoom(owner, "red", "OpenRoom");
    const outcome = await eventually(
      () => book(referrer, "b1", "red"),
      ({ status }) => status === "accepted",
    );
    expect(codeOf(outcome)).toBe("accepted");
  });

  test("retiring that is acknowledged between a decision and its append holds that up, and the other way round", async () => {
    const slow = await two(open);
    await onRoom(slow.owner, "red", "OpenRoom");
    await book(slow.referrer, "b1", "red");
    await end(slow.referrer, "b1");
    slow.beforeAppending("booking-b2", async () => {
      await onRoom(slow.owner, "red", "TearDown");
      await eventually(
        () => stateOf(slow.owner, "red"),
        ({ status }) => status === "GONE",
      );
    });
    expect(codeOf(await book(slow.referrer, "b2", "red"))).toMatch(/^reference-reti/);

    const quick = await two(open);
    await onRoom(quick.owner, "red", "OpenRoom");
    quick.beforeAppending("~references_of_bookings-rooms:red", async () => {
      expect(codeOf(await book(quick.referrer, "b1", "red"))).toBe("accepted");
    });
    await onRoom(quick.owner, "red", "TearDown");
    const kept = await eventually(
      () => stateOf(quick.owner, "red"),
      ({ status }) => status === "OPEN",
    );
    expect(kept.kept).toHaveLength(1);
  });

  test("a check of both sides finds what is missing, retired or known otherwise", async () => {
    const { owner, referrer, opened, toRooms } = await two(open);
    await onRoom(owner, "red", "OpenRoom");
    await onRoom(owner, "blue", "OpenRoom");
    for (const id of ["red", "blue"]) await book(referrer, `in-${id}`, id);
    expect(await referrer.operations.checkIntegrity()).toEqual({ compared: 4, findings: [] });
    // One is torn down by somebody who asks nobody, and another owner has nothing at all.
    const careless = await running(rooms, opened.rooms, {});
    await onRoom(careless, "blue", "TearDown");
    await eventually(
      () => referrer.operations.checkIntegrity(),
      ({ findings }) => findings.length === 1,
    );
    expect(await referrer.operations.checkIntegrity()).toMatchObject({
      findings: [{ kind: "dangling", reference: "rooms/blue", referrer: "booking-in-blue" }],
    });
    const empty = await running(rooms, await open(), {});
    const other = await running(bookings, opened.bookings, {
      roles: [],
      services: { rooms: inProcess(empty, "bookings") },
    });
    const { findings } = await other.operations.checkIntegrity();
    expect(findings.map(({ kind, reference }) => `${kind} ${reference}`).sort()).toEqual([
      "dangling rooms/blue",
      "dangling rooms/red",
      "orphan rooms/blue",
      "orphan rooms/red",
    ]);
    toRooms.isFeedCut = true;
    await expect(referrer.operations.checkIntegrity()).rejects.toThrow("cut");
  });

  test("whatever comes first, nothing refers to what is gone: bookings against tearing down, many times", async () => {
    const { owner, referrer } = await two(open);
    const ids = Array.from({ length: 30 }, (_, index) => `r${index}`);
    for (const id of ids) await onRoom(owner, id, "OpenRoom");
    await book(referrer, "warm-up", ids[0] ?? "");
    await end(referrer, "warm-up");
    const booked = new Map<string, string>();
    await Promise.all(
      ids.flatMap((id, index) => [
        onRoom(owner, id, "TearDown"),
        ...Array.from({ length: 4 }, async (_, attempt) => {
          // Spread over the time that tearing down takes.
          for (let turn = (index + attempt) % 7; turn > 0; turn--) await stateOf(owner, id);
          const outcome = await book(referrer, `${id}-${attempt}`, id);
          booked.set(`${id}-${attempt}`, codeOf(outcome));
        }),
      ]),
    );
    const states = await Promise.all(
      ids.map((id) =>
        eventually(
          () => stateOf(owner, id),
          ({ status }) => status === "OPEN" || status === "GONE",
        ),
      ),
    );
    const gone = ids.filter((_, index) => states[index]?.status === "GONE");
    const wrong = [...booked].filter(
      ([booking, code]) => code === "accepted" && gone.includes(booking.split("-")[0] ?? ""),
    );
    expect(wrong).toEqual([]);
  });
});
