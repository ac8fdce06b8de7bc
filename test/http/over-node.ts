import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { answerRequests } from "../../src/hosts/node/answer-requests.ts";
import { shutDown } from "../../src/hosts/node/shut-down.ts";
import { noTelemetry } from "../../src/ports/telemetry.ts";
import { createMeter } from "../../src/runtime/metrics.ts";
import { everyRole } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import type { OpenHttp } from "./client.ts";

/** Opens services as they are served by default: each over an SQLite file, behind a server that is asked over sockets. */
export const overNode = (async (service, options = {}, roles = everyRole) => {
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-http-"));
  const stores = await openSqlite({ path: path.join(folder, "test.db") });
  const { events, state } = stores;
  const runtime = await startService(service, { events, state, roles });
  const settings = {
    auth: "none",
    development: false,
    ...options,
    http: options,
    port: 0,
    host: "127.0.0.1",
  } as const;
  const services = { stop: () => runtime.stop(), close: () => stores.close() };
  const answered = await answerRequests([runtime], settings, noTelemetry, createMeter());
  const { server, requests, url, stopping } = answered;
  return {
    fetch: (request) => fetch(new Request(request.url.replace("http://shop.test", url), request)),
    runtime,
    url,
    stopping,
    async close() {
      stopping();
      await shutDown({ server, services, requests, log: noTelemetry.log });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}) satisfies OpenHttp;
