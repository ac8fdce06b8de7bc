import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { isGoneWorker, newWorkerName } from "./worker-name.ts";

test("names are unique, and a worker of this process is not gone", () => {
  const [one, two] = [newWorkerName(), newWorkerName()];
  expect(one).not.toBe(two);
  expect([one, two].map(isGoneWorker)).toEqual([false, false]);
});

test("a worker whose process ended is gone", () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  expect(isGoneWorker(`${hostname()}/${pid}/some-id`)).toBe(true);
});

test("a worker with the id of this process that it did not name is gone: the first of a restarted container", () => {
  expect(isGoneWorker(`${hostname()}/${process.pid}/some-id`)).toBe(true);
});

test("nothing is known of other machines, of other names, of processes that live", () => {
  expect(isGoneWorker("another-host/1/some-id")).toBe(false);
  expect(isGoneWorker("some-id")).toBe(false);
  expect(isGoneWorker(`${hostname()}/x/some-id`)).toBe(false);
  expect(isGoneWorker(`${hostname()}/${process.ppid}/some-id`)).toBe(false);
});
