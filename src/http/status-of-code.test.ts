import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ErrorCode, errorCodes } from "../errors/error-codes.ts";
import { statusOfCode } from "./status-of-code.ts";

test("every error code has a status, and nothing else has", () => {
  expect(Object.keys(statusOfCode).toSorted()).toEqual(Object.keys(errorCodes).toSorted());
});

test("docs/errors.md has a row for every error code, with its meaning and status", () => {
  const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+?) \| (\d{3}) \| (.+?) \|$/gm)];
  const told = Object.fromEntries(rows.map(([, code, meaning, status]) => [code, [meaning, Number(status)]]));
  const known = (Object.keys(errorCodes) as ErrorCode[]).map((code) => [
    code,
    [errorCodes[code].meaning, statusOfCode[code]],
  ]);
  expect(told).toEqual(Object.fromEntries(known));
  expect(rows).toHaveLength(known.length);
});

test("what may succeed later says when, and what is the caller's fault is not a fault of ours", () => {
  for (const [code, { retryable }] of Object.entries(errorCodes)) {
    const status = statusOfCode[code as ErrorCode];
    if (retryable) expect([408, 409, 503], code).toContain(status);
  }
});
