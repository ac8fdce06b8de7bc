import type { CommandCall, RecordedEvent } from "millrace";
import { functionHandler } from "millrace/fetch";
import { describe, expect, test } from "vitest";
import type { PushedEvent } from "../../src/message/pushed-event.ts";
import { WebhookSecrets } from "../../src/message/webhook-signature.ts";
import { secret } from "../runtime/as-functions.ts";
import { rewardDeposits } from "../runtime/wallet-service.ts";

describe("a function of its own", () => {
  const secrets = new WebhookSecrets(secret, "the test");
  const { fetch: call } = functionHandler(rewardDeposits, { secret });
  const event = {
    id: "e1",
    type: "Deposited",
    data: { owner: "o", amount: 1 },
    stream: "wallet-1",
    category: "wallet",
    aggregateId: "1",
    version: 2,
    position: 2,
    recordedAt: 0,
    schemaVersion: 1,
    metadata: { correlationId: "c", depth: 0 },
    tags: [],
  } satisfies RecordedEvent;

  function pushed(more: Partial<PushedEvent> = {}, changes: Partial<RecordedEvent> = {}): PushedEvent {
    return {
      specversion: "1.0",
      id: "e1",
      source: "wallets",
      type: "Deposited",
      subject: "1",
      time: "2026-01-01T00:00:00Z",
      datacontenttype: "application/json",
      partitionkey: "wallet-1",
      data: { event: { ...event, ...changes }, answers: [] },
      ...more,
    };
  }

  async function post(body: unknown, changes: Record<string, string> = {}, name = rewardDeposits.name) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const headers = {
      "content-type": "application/cloudevents-batch+json",
      ...(await secrets.sign("m1", text, Date.now())),
      ...changes,
    };
    const url = `https://function.example/v1/processors/${name}/events`;
    const answer = await call(new Request(url, { method: "POST", headers, body: text }));
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  test("answers with the commands", async () => {
    const commands: CommandCall[] = [{ aggregate: "wallet", aggregateId: "1", type: "AddBonus", data: {} }];
    expect(await post([pushed()])).toEqual({
      status: 200,
      body: { results: [{ id: "e1", status: "handled", commands }] },
    });
  });

  test.each([
    ["no signature", { "webhook-signature": "" }],
    ["the signature of another secret", { "webhook-signature": `v1,${btoa("x".repeat(32))}` }],
    ["the signature of another message", { "webhook-id": "m2" }],
    ["a signature of yesterday", { "webhook-timestamp": String(Math.floor(Date.now() / 1000) - 86_400) }],
    ["no time", { "webhook-timestamp": "soon" }],
  ])("G12: answers 401 to %s", async (_what, headers) => {
    expect(await post([pushed()], headers)).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  });

  test("G12: refuses a message that was signed at another time, however well", async () => {
    const text = JSON.stringify([pushed()]);
    const signed = await secrets.sign("m1", text, Date.now() - 301_000);
    expect(await post(text, { ...signed })).toMatchObject({ status: 401 });
  });

  test("takes the signature of either secret while it is changed", async () => {
    const newer = `whsec_${btoa("another secret of thirty-two byte")}`;
    const both = functionHandler(rewardDeposits, { secret: [newer, secret] });
    const text = JSON.stringify([pushed()]);
    const headers = { "content-type": "application/json", ...(await secrets.sign("m1", text, Date.now())) };
    const url = "https://function.example/v1/processors/reward-deposits/events";
    const answer = await both.fetch(new Request(url, { method: "POST", headers, body: text }));
    expect(answer.status).toBe(200);
  });

  test.each([
    ["no batch", {}],
    ["an empty batch", []],
    ["no CloudEvent", [{ specversion: "1.0" }]],
    ["two sequences", [pushed(), pushed({ id: "e2", previous: "e1", partitionkey: "wallet-2" })]],
    ["a gap", [pushed(), pushed({ id: "e3", previous: "e2" })]],
    ["no JSON", "{"],
  ])("G11: answers 400 to %s", async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { code: "request-malformed" } });
  });

  test("knows what it is, and what it cannot read", async () => {
    expect(await post([pushed()], {}, "confirm")).toMatchObject({
      status: 404,
      body: { code: "processor-not-found", detail: expect.stringContaining("reward-deposits") as string },
    });
    const newer = pushed({}, { schemaVersion: 2 });
    expect((await post([newer])).body.results).toMatchObject([
      { status: "failed", error: { code: "event-type-unknown", retryable: true } },
    ]);
    const unfit = pushed({}, { data: {} });
    expect((await post([unfit])).body.results).toMatchObject([
      { status: "failed", error: { code: "event-unreadable", retryable: false } },
    ]);
  });

  test("is not made with a secret that is none", () => {
    for (const bad of ["", "whsec_", "secret", `whsec_${btoa("short")}`]) {
      expect(() => functionHandler(rewardDeposits, { secret: bad })).toThrow(/whsec_/);
    }
    expect(() => functionHandler(rewardDeposits, { secret: [] })).toThrow(/whsec_/);
  });
});
