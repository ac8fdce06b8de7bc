import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { createTask, makeShop, millrace, start, startShop, takenPort, terminate } from "./millrace.ts";

describe("millrace start", () => {
  test("serves, logs JSON, tells its health, and ends in order on SIGTERM", async () => {
    const shop = await startShop(makeShop());
    const id = await createTask(shop.url, "paint");
    expect(id).not.toBe("");
    expect((await fetch(`${shop.url}/health/live`)).status).toBe(200);
    await expect.poll(async () => (await fetch(`${shop.url}/health/ready`)).status).toBe(200);
    expect(await terminate(shop)).toBe(0);
    for (const line of shop.stdout().trimEnd().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
    }
    expect(shop.stderr()).toBe("");
  });

  test("ends in order on SIGINT too", async () => {
    const shop = await startShop(makeShop());
    shop.child.kill("SIGINT");
    expect(await shop.exited).toBe(0);
  });

  test("G1: answers a command that it had accepted before SIGTERM, and has it afterwards", async () => {
    const folder = makeShop();
    const shop = await startShop(folder);
    const body = JSON.stringify({ title: "late" });
    const { hostname, port } = new URL(shop.url);
    const socket = connect(Number(port), hostname);
    const answer = new Promise<string>((resolve, reject) => {
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      socket.on("end", () => resolve(text)).on("error", reject);
    });
    // The server knows of the request once its headers are there; asking for "100 Continue" tells when.
    const continued = new Promise((resolve) => socket.once("data", resolve));
    socket.write(
      [
        "POST /v1/tasks HTTP/1.1",
        `Host: ${hostname}:${port}`,
        "Content-Type: application/json",
        "Expect: 100-continue",
        `Content-Length: ${body.length}`,
        "",
        "",
      ].join("\r\n"),
    );
    await continued;
    shop.child.kill("SIGTERM");
    await shop.sees(/stopping/);
    socket.write(body);
    expect(await answer).toMatch(/HTTP\/1\.1 201 [\s\S]*connection: close/i);
    expect(await shop.exited).toBe(0);

    const tail = await millrace(["events", "tail", "--json"], folder);
    expect(tail.stdout).toContain('"title":"late"');
  });

  test("a second signal ends it at once", async () => {
    const shop = await startShop(makeShop());
    const { hostname, port } = new URL(shop.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    const continued = new Promise((resolve) => socket.once("data", resolve));
    socket.write(
      `POST /v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
    );
    await continued;
    shop.child.kill("SIGTERM");
    await shop.sees(/stopping/);
    shop.child.kill("SIGTERM");
    expect(await shop.exited).toBe(143);
  });

  test("takes no connection while it stops", async () => {
    const shop = await startShop(makeShop());
    await terminate(shop);
    await expect(fetch(`${shop.url}/health/live`)).rejects.toThrow();
  });

  test("a port in use is a clear error", async () => {
    const { port, free } = await takenPort();
    const ended = await millrace(["start"], makeShop(), { PORT: String(port) });
    free();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: Port \d+ is in use.*PORT.*\[configuration-invalid\]\n$/);
  });

  test("--roles and --port go before the environment", async () => {
    const started = start(["start", "--roles", "query", "--port", "0"], makeShop(), {
      MILLRACE_ROLES: "command",
      PORT: "1",
    });
    const line = await started.sees(/(\{.*"listening".*\})/);
    expect(JSON.parse(line)).toMatchObject({ roles: "query" });
    await terminate(started);
  });

  test("its parts run in processes of their own, on one database", async () => {
    const folder = makeShop();
    const [command, query, processor] = await Promise.all(
      ["command", "query", "processor"].map((role) => startShop(folder, { MILLRACE_ROLES: role })),
    );
    const id = await createTask(command?.url ?? "", "apart");
    await expect
      .poll(async () => (await fetch(`${query?.url}/v1/views/tasks/${id}`)).status, { timeout: 20_000 })
      .toBe(200);
    for (const part of [command, query, processor]) expect(part && (await terminate(part))).toBe(0);
  });

  test("after a crash the next process takes over at once, without waiting for the leases of the dead", async () => {
    const folder = makeShop();
    const first = await startShop(folder);
    await createTask(first.url, "before");
    first.child.kill("SIGKILL");
    await first.exited;
    const second = await startShop(folder);
    const id = await createTask(second.url, "after");
    // A lease lasts ten seconds.
    await expect
      .poll(async () => (await fetch(`${second.url}/v1/views/tasks/${id}`)).status, { timeout: 6000 })
      .toBe(200);
    await terminate(second);
  });

  test("G12: tells metrics and processors to operators alone, and without tokens there are none", async () => {
    const shop = await startShop(makeShop());
    for (const place of ["/metrics", "/admin/processors"]) {
      expect([401, 403], place).toContain((await fetch(shop.url + place)).status);
    }
    await terminate(shop);
  });
});
