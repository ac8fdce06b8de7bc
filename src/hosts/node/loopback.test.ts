import { expect, test } from "vitest";
import { isFromLoopback } from "./loopback.ts";

type Incoming = Parameters<typeof isFromLoopback>[0];

function incoming(remoteAddress: string | undefined, headers: Incoming["headers"] = {}): Incoming {
  return { socket: { remoteAddress }, headers } as Incoming;
}

test.each(["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])("%s is this machine", (address) => {
  expect(isFromLoopback(incoming(address, { host: "localhost:3000" }))).toBe(true);
  expect(isFromLoopback(incoming(address, { host: "[::1]:3000" }))).toBe(true);
  expect(isFromLoopback(incoming(address, { host: "127.0.0.1" }))).toBe(true);
});

test.each(["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "127.0.0.1.evil", undefined])(
  "G12: %s is not, whatever the headers say",
  (address) => {
    const headers = { host: "localhost", "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1" };
    expect(isFromLoopback(incoming(address, headers))).toBe(false);
    expect(isFromLoopback(incoming(address, { host: "localhost" }))).toBe(false);
  },
);

test("G12: what a proxy of this machine passes on is not from this machine", () => {
  expect(isFromLoopback(incoming("127.0.0.1", { host: "localhost", "x-forwarded-for": "10.0.0.1" }))).toBe(
    false,
  );
  expect(isFromLoopback(incoming("127.0.0.1", { host: "localhost", forwarded: "for=10.0.0.1" }))).toBe(false);
});

test("G12: a name of somebody else's that leads to this machine does not count", () => {
  for (const host of ["evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example"]) {
    expect(isFromLoopback(incoming("127.0.0.1", { host }))).toBe(false);
  }
});
