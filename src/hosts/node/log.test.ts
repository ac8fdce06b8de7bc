import { expect, test } from "vitest";
import { MillraceError } from "../../errors/millrace-error.ts";
import { createLog, type LogOptions } from "./log.ts";

function logged(options: Omit<LogOptions, "stream">, write: (log: ReturnType<typeof createLog>) => void) {
  const written: string[] = [];
  write(createLog({ ...options, stream: { write: (text) => written.push(text) } }));
  return written;
}

test("an entry is one line of JSON", () => {
  const [line = ""] = logged({ level: "info", pretty: false }, (log) =>
    log("warn", "slow\ndisk", { seconds: 3 }),
  );
  expect(line.endsWith("\n")).toBe(true);
  expect(line.trimEnd()).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    message: "slow\ndisk",
    seconds: 3,
  });
});

test("an error is logged with its code, stack and cause", () => {
  const error = new MillraceError("store-full", "The disk is full.", { cause: new Error("ENOSPC") });
  const [line = ""] = logged({ level: "info", pretty: false }, (log) => log("error", "failed", { error }));
  expect(JSON.parse(line).error).toMatchObject({
    code: "store-full",
    message: "The disk is full.",
    stack: expect.stringContaining("log.test.ts"),
    cause: { message: "ENOSPC" },
  });
});

test("what is below the level is not written", () => {
  const lines = logged({ level: "warn", pretty: false }, (log) => {
    log("debug", "a");
    log("info", "b");
    log("warn", "c");
  });
  expect(lines).toHaveLength(1);
  expect(logged({ level: "silent", pretty: false }, (log) => log("error", "a"))).toEqual([]);
});

test("in development an entry is a line to read", () => {
  const [line] = logged({ level: "info", pretty: true }, (log) =>
    log("info", "listening", { url: "http://localhost:3000", roles: "command, query" }),
  );
  expect(line).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} info {2}listening {2}url=http:\/\/localhost:3000 {2}roles="command, query"\n$/,
  );
});

test("in development an error's stack follows its line", () => {
  const [text = ""] = logged({ level: "info", pretty: true }, (log) =>
    log("error", "failed", { error: new Error("no luck") }),
  );
  expect(text).toMatch(/^\S+ error failed {2}error="no luck"\n {4}at /);
});
