import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { bookings, bookingsTrusting } from "../runtime/rooms-and-bookings.ts";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { overMemory } from "./over-stores.ts";

const key = new TextEncoder().encode("a secret of at least thirty-two bytes");
const auth = { key, issuer: "https://issuer.example", audience: "bookings" };

async function as(sub: string, ...roles: readonly string[]) {
  const token = await new SignJWT({ roles: [...roles] })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuer(auth.issuer)
    .setAudience(auth.audience)
    .setExpirationTime("5m")
    .sign(key);
  return { authorization: `Bearer ${token}` };
}

const commandsAlone: OpenHttp = (service, options) => overMemory()(service, options, ["command"]);

const mark = "/v1/references-of-bookings/rooms:red";
const retire = `${mark}/commands/retire-reference`;
const keep = `${mark}/commands/keep-reference`;

describe("what a service is asked of its references", () => {
  const { client } = opened(commandsAlone, bookings);

  test("an owner has something marked as retiring, and takes it back", async () => {
    const marked = await client().post(retire, { round: 1 });
    expect([marked.status, marked.body.events.map(({ type }: { type: string }) => type)]).toEqual([
      200,
      ["ReferenceRetiring"],
    ]);
    expect((await client().get(mark)).body).toMatchObject({ state: { status: "RETIRING" }, version: 1 });
    const kept = await client().post(keep, { round: 1 });
    expect(kept.body.events.map(({ type }: { type: string }) => type)).toEqual(["ReferenceKept"]);
    expect((await client().get(mark)).body).toMatchObject({ state: { status: "NONE" }, version: 2 });
  });

  test("bad input changes nothing", async () => {
    const before = await client().head();
    expect((await client().post(retire, { round: "one" })).status).toBe(422);
    expect((await client().post(retire, "round")).status).toBe(400);
    const misnamed = await client().post("/v1/references-of-bookings/red/commands/retire-reference", {
      round: 1,
    });
    expect([misnamed.status, misnamed.body.code]).toEqual([409, "reference-misnamed"]);
    expect(misnamed.body.detail).toContain('"rooms:7"');
    expect(await client().head()).toBe(before);
  });
});

describe("who may ask", () => {
  const { client } = opened(commandsAlone, bookingsTrusting(undefined, { role: "service" }), { auth });

  test.each([
    ["POST", retire],
    ["POST", keep],
    ["GET", mark],
    ["GET", `${mark}/events`],
    ["GET", `${mark}/commands`],
  ] as const)("G12: %s %s asks who is there, and whether they may", async (method, path) => {
    expect((await client().send(method, path)).status).toBe(401);
    expect((await client(await as("ada", "clerk")).send(method, path)).status).toBe(403);
  });

  test("G12: who has the role gets in", async () => {
    const rooms = client(await as("service:rooms", "service"));
    expect((await rooms.post(retire, { round: 1 })).status).toBe(200);
    expect((await rooms.get(mark)).status).toBe(200);
  });
});

describe("a service whose access rules say nothing of it", () => {
  const { client } = opened(commandsAlone, bookingsTrusting(undefined, undefined), { auth });

  test("lets everybody ask that it lets in at all", async () => {
    expect((await client().post(retire, { round: 1 })).status).toBe(401);
    expect((await client(await as("ada")).post(retire, { round: 1 })).status).toBe(200);
  });
});
