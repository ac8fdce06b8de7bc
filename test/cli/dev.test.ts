import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createTask, makeShop, millrace, type Running, startShop, takenPort, terminate } from "./millrace.ts";

function urls(process: Running): readonly string[] {
  return [...process.stdout().matchAll(/(http:\/\/[^"\s]+:\d+)["\s]/g)].map(([, url = ""]) => url);
}

async function nextUrl(process: Running, before: number): Promise<string> {
  await expect.poll(() => urls(process).length, { timeout: 30_000 }).toBeGreaterThan(before);
  return urls(process).at(-1) ?? "";
}

test("dev needs no authentication decision, logs lines to read, and starts again on a change with its data", async () => {
  const folder = makeShop("");
  const dev = await startShop(folder, {}, ["dev"]);
  expect(dev.stdout()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}listening {2}/m);
  const id = await createTask(dev.url, "kept");

  writeFileSync(path.join(folder, "src/tasks.ts"), "export const tasks = ;");
  await dev.sees(/tasks\.ts:1:\d+[\s\S]*Waiting for a change/);
  expect(dev.stderr()).not.toMatch(/^\s+at /m);

  const before = urls(dev).length;
  writeFileSync(
    path.join(folder, "src/service.ts"),
    'import { service } from "millrace"; import { task } from "./task.ts"; export default service({ name: "shop", aggregates: [task] });',
  );
  const url = await nextUrl(dev, before);
  const response = await fetch(`${url}/v1/tasks/${id}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("kept");
  expect(await terminate(dev)).toBe(0);
});

test("dev tells this machine its metrics and its documentation", async () => {
  const dev = await startShop(makeShop(""), {}, ["dev", "--no-watch"]);
  await createTask(dev.url, "count me");
  const metrics = await (await fetch(`${dev.url}/metrics`)).text();
  expect(metrics).toMatch(/^millrace_commands_total\{aggregate="task",.*\} 1$/m);
  expect(metrics).toMatch(/^millrace_append_seconds_count(\{.*\})? [1-9]/m);
  expect(metrics).toMatch(/^millrace_http_requests_total\{.*\} 1$/m);
  expect((await fetch(`${dev.url}/admin/processors`)).status).toBe(200);
  const page = await (await fetch(`${dev.url}/docs`)).text();
  expect(page).toMatch(/swagger/i);
  const assets = [...page.matchAll(/(?:src|href)="([^"]+\.(?:css|js))"/g)].map(([, asset = ""]) => asset);
  expect(assets.length).toBeGreaterThan(0);
  for (const asset of assets) {
    expect((await fetch(new URL(asset, `${dev.url}/docs`))).status, asset).toBe(200);
  }
  expect(await terminate(dev)).toBe(0);
});

test("dev ends with exit code 1 where no change of a file would help", async () => {
  const { port, free } = await takenPort("127.0.0.1");
  const ended = await millrace(["dev"], makeShop(), { PORT: String(port) });
  free();
  expect(ended.stderr).toMatch(/Port \d+ of 127\.0\.0\.1 is in use/);
  expect(ended.code).toBe(1);
});

test("dev without a configuration ends rather than waits", async () => {
  const ended = await millrace(["dev", "--config", "nothing.ts"], makeShop());
  expect(ended.stderr).toMatch(/There is no configuration/);
  expect(ended.code).toBe(1);
});

test("dev keeps everything in memory if asked to", async () => {
  const dev = await startShop(makeShop(""), { DATABASE_URL: "memory:" }, ["dev", "--no-watch"]);
  await createTask(dev.url, "forgotten");
  dev.child.kill("SIGINT");
  expect(await dev.exited).toBe(0);
});
