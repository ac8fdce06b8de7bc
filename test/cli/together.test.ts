import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { root } from "../entry-points.ts";
import { bank, tellers } from "../services/bank-and-tellers.ts";
import { millrace, startShop, temporaryFolder, terminate } from "./millrace.ts";

const folder = temporaryFolder();

const alone = `
import { defineConfig } from "millrace/node";
import service from "./service.ts";
export default defineConfig({ service, port: 1, database: "sqlite:./data/own.db", auth: "none" });
`;

const together = (members: string) => `
import { defineConfig } from "millrace/node";
import bank from "./bank/service.ts";
import tellers from "./tellers/service.ts";
export default defineConfig({ together: [${members}], port: 0, auth: "none" });
`;

const both = together(
  '{ service: bank, database: "sqlite:./data/bank.db" }, { service: tellers, database: "sqlite:./data/tellers.db" }',
);

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

beforeAll(async () => {
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
  write("package.json", '{ "type": "module" }');
  write("bank/service.ts", bank);
  write("bank/millrace.config.ts", alone);
  write("tellers/service.ts", tellers);
  const written = await millrace(
    ["contracts", "write", path.join(folder, "tellers/contracts")],
    path.join(folder, "bank"),
  );
  expect(written).toMatchObject({ code: 0 });
  write("millrace.config.ts", both);
}, 60_000);

test("several services answer under one URL, and commands look at the one that is named", async () => {
  const running = await startShop(folder);
  const deposit = await fetch(`${running.url}/v1/wallets/w1/commands/deposit`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"amount":7}',
  });
  expect(deposit.status).toBe(200);
  const answer = (route: string) => fetch(`${running.url}${route}`);
  await expect
    .poll(async () => (await (await answer("/v1/views/received/w1")).json()) as unknown)
    .toMatchObject({ deposits: 1, total: 7 });
  expect(await (await answer("/health/ready")).json()).toMatchObject({
    ready: true,
    checks: expect.arrayContaining([{ name: "tellers/view received", ok: true }]),
  });
  const { paths } = (await (await answer("/openapi.json")).json()) as { paths: object };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      "/v1/wallets/{id}/commands/deposit",
      "/v1/views/received",
      "/v1/feeds/bank",
      "/services/bank/admin/processors",
      "/services/tellers/admin/parked",
    ]),
  );
  expect((await answer("/v1/feeds/tellers")).status).toBe(404);
  expect((await answer("/services/bank/admin/processors")).status).toBe(401);

  const listed = await millrace(["processors", "list", "--service", "tellers", "--json"], folder);
  expect(JSON.parse(listed.stdout)).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: "bank-feed", kind: "subscription" })]),
  );
  const checked = await millrace(["integrity", "check", "--service", "tellers"], folder);
  expect(checked).toMatchObject({ code: 0, stdout: "OK    0 compared, 0 do not go together\n" });
  const unnamed = await millrace(["processors", "list"], folder);
  expect(unnamed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--service with one of bank, tellers"),
  });
  const wrong = await millrace(["audit", "--service", "shop"], folder);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('no service "shop"') });
  expect(await terminate(running)).toBe(0);
}, 60_000);

test.each([
  ["one database for two", together("{ service: bank }, { service: tellers }"), /would share one database/],
  [
    "one service twice",
    together('{ service: bank, database: "sqlite:a.db" }, { service: bank, database: "sqlite:b.db" }'),
    /names service bank twice/,
  ],
  ["nothing", together(""), /must be a list of configurations/],
  ["what is no service", together("{ service: 7 }"), /member 1 of "together".* must be what service/],
])("%s is refused", async (_what, config, message) => {
  write("other.config.ts", config);
  const { code, stderr } = await millrace(["start", "--config", "other.config.ts"], folder);
  expect(stderr).toMatch(message);
  expect(code).toBe(1);
});
