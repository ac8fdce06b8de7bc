import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "millrace/node";
import { expect, test } from "vitest";
import accounts from "../service.ts";
import { Player } from "../traffic/player.ts";
import { summarize } from "../traffic/summary.ts";

test("traffic on the service is played without a failure, and shows each write that it reads back", async () => {
  const { url, close } = await serve(
    accounts,
    { auth: "none", port: 0, database: "memory:", logLevel: "silent" },
    { env: {}, development: true, signals: false },
  );
  try {
    const played = await new Player({ url, perSecond: 400, concurrency: 8, seconds: 1 }).play();
    const { failures, kinds, requests } = summarize(played, 1000);
    expect(kinds.filter(({ what }) => what === "create")).toHaveLength(1);
    expect(requests).toBeGreaterThan(0);
    expect(failures, JSON.stringify(kinds)).toBe(0);
  } finally {
    await close();
  }
});

test("a row that does not show what was written is a failure", async () => {
  const server = createServer((request, response) => {
    const creates = request.url === "/v1/accounts";
    response.writeHead(creates ? 201 : 200, { location: "/v1/accounts/a1" });
    response.end(JSON.stringify({ status: "ACCOUNT_PENDING", version: 3 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const played = await new Player({ url, perSecond: 1000, concurrency: 4, seconds: 1 }).play();
    expect(summarize(played, 1000).failures).toBeGreaterThan(0);
    expect(played.map(({ outcome }) => outcome)).toContain("WRONG: ACCOUNT_PENDING after suspend-account");
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
