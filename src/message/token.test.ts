import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeToken, encodeToken } from "./token.ts";

const point = { logId: "0198b5f0-0000-7000-8000-000000000001", position: 42, eventId: "command-1.0" };

const expectInvalid = (token: string) =>
  expect(() => decodeToken(token), token).toThrow(expect.objectContaining({ code: "token-invalid" }));

test("G8: a token gives back the points that it was made of", () => {
  const points = fc.array(
    fc.record({
      logId: fc.string({ unit: "binary" }),
      position: fc.maxSafeNat(),
      eventId: fc.string({ unit: "binary" }),
    }),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(points, (list) => {
      expect(decodeToken(encodeToken(list))).toEqual(list);
    }),
  );
});

test("a token can stand in a header and in a URL as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.maxSafeNat(), (text, position) => {
      expect(encodeToken([{ logId: text, position, eventId: text }])).toMatch(/^[A-Za-z0-9_-]+$/);
    }),
  );
});

test("a token is the same in every release", () => {
  expect(encodeToken([point])).toBe(
    "W1siMDE5OGI1ZjAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIiw0MiwiY29tbWFuZC0xLjAiXV0",
  );
});

test("G11: what no token could be is refused", () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const values = [
    null,
    1,
    "x",
    {},
    [1],
    [[]],
    [["log", 1]],
    [["log", 1, "id", 2]],
    [[1, 1, "id"]],
    [["log", 1, 2]],
  ];
  for (const value of values) expectInvalid(encode(value));
  for (const position of [-1, 1.5, "1", null, 2 ** 53]) expectInvalid(encode([["log", position, "id"]]));
  for (const token of ["", "x", "!!!", "W10=", " W10", "W10\n", encodeToken([point]).slice(0, -1)]) {
    expectInvalid(token);
  }
  expectInvalid(Buffer.from('[["log", 1, "id"]]').toString("base64url"));
  expectInvalid(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]).toString("base64url"));
  expectInvalid(encodeToken(Array.from({ length: 100 }, () => point)));
});

test("a token of no points is one that asks for nothing", () => {
  expect(decodeToken(encodeToken([]))).toEqual([]);
});
