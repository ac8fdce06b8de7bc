import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "./listen.ts";
import { RequestsInWork } from "./requests-in-work.ts";
import { type RunningParts, shutDown } from "./shut-down.ts";

/** What happened, in order. */
let happened: string[];
let server: Server;
let url: string;
/** Answers the request that is in work. */
let answer: () => void;
let inWork: Promise<void>;
let parts: RunningParts;

beforeEach(async () => {
  happened = [];
  const requests = new RequestsInWork();
  let arrived: () => void = () => {};
  inWork = new Promise((resolve) => {
    arrived = resolve;
  });
  server = createServer((_request, response) => {
    void requests.track(async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
        arrived();
      });
      happened.push("answered");
      response.end("done");
    });
  });
  url = await listen(server, 0, "127.0.0.1");
  const services = {
    stop: async () => void happened.push("runtime stopped"),
    close: async () => void happened.push("stores closed"),
  };
  parts = { server, services, requests, log: (level) => void happened.push(level) };
});
afterEach(() => server.closeAllConnections());

test("G1: answers what was accepted, then stops the runtime, then closes the stores", async () => {
  const response = fetch(url).then((it) => it.text());
  await inWork;
  const stopped = shutDown(parts);
  await expect.poll(() => fetch(url).catch(() => "refused")).toBe("refused");
  expect(happened).toEqual([]);
  answer();
  expect(await response).toBe("done");
  await stopped;
  expect(happened).toEqual(["answered", "runtime stopped", "stores closed"]);
});

test("what takes longer than the time allowed is cut off, said so, and the stores are closed all the same", async () => {
  const response = fetch(url).then(
    () => "answered",
    () => "cut off",
  );
  await inWork;
  await shutDown(parts, 50);
  expect(await response).toBe("cut off");
  expect(happened).toEqual(["warn", "stores closed"]);
});

test("connections that wait for a next request do not hold it up", async () => {
  const response = fetch(url).then((it) => it.text());
  await inWork;
  answer();
  await response;
  await shutDown(parts);
  expect(happened).toEqual(["answered", "runtime stopped", "stores closed"]);
});
