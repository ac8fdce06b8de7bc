import { expect, test } from "vitest";
import { noTelemetry } from "../ports/telemetry.ts";
import { eventStream } from "./event-stream.ts";
import type { Exchange } from "./exchange.ts";

/** What is logged of a stream that breaks off, and how a reader sees it. */
async function brokenOff({ left, stopping }: { left: boolean; stopping: boolean }) {
  const logged: string[] = [];
  let failing: (reason: Error) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => {
    failing = reject;
  });
  async function* steps(): AsyncGenerator<string> {
    yield await broken;
  }
  const leaving = new AbortController();
  const request = new Request("http://localhost/", { signal: leaving.signal });
  const telemetry = { ...noTelemetry, log: (_level: string, message: string) => void logged.push(message) };
  const settings = { heartbeatMs: 60_000, isStopping: () => stopping, telemetry };
  const answer = await eventStream({ request } as Exchange, settings, steps);
  const text = answer.text();
  if (left) leaving.abort();
  failing(new Error("The store was closed."));
  return { text: await text, logged };
}

test("a stream that breaks off ends, and is logged where anybody misses it", async () => {
  const message = "A stream of events broke off.";
  const text = ": open\n\n";
  expect(await brokenOff({ left: false, stopping: false })).toEqual({ text, logged: [message] });
  expect(await brokenOff({ left: true, stopping: false })).toEqual({ text, logged: [] });
  expect(await brokenOff({ left: false, stopping: true })).toEqual({ text, logged: [] });
});
