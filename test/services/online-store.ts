import path from "node:path";
import type { ServiceName, StoreUrls } from "../../examples/online-store/traffic/store-client.ts";
import { serviceNames } from "../../examples/online-store/traffic/store-client.ts";
import { type Running, startShop, takenPort, temporaryFolder, terminate } from "../cli/millrace.ts";
import { root } from "../entry-points.ts";

/** The services of the online store, each a process of its own that reaches the others over HTTP. */
export interface RunningStore {
  readonly urls: StoreUrls;
  /** From its folder, or from another one that holds another version of it. */
  start(name: ServiceName, folder?: string): Promise<void>;
  /** In order, as an orchestrator does. */
  stop(name: ServiceName): Promise<void>;
  /** With -9. */
  kill(name: ServiceName): Promise<void>;
}

export interface StoreOptions {
  /** Where payments find their gateway. */
  readonly gateway: string;
  /** After which time an order that has not ended fails, such as "20 s". */
  readonly deadline: string;
  /** A PostgreSQL database, in which each service has a schema; absent: an SQLite file for each. */
  readonly postgres?: string;
}

/** Makes the store ready to start, with ports and databases of its own. */
export async function onlineStore({ gateway, deadline, postgres }: StoreOptions): Promise<RunningStore> {
  const folder = temporaryFolder();
  const ports = await Promise.all(serviceNames.map(() => freePort()));
  const urls = Object.fromEntries(
    serviceNames.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]),
  ) as Readonly<Record<ServiceName, string>>;
  const running = new Map<ServiceName, Running>();
  return {
    urls,
    async start(name, from = path.join(root, "examples/online-store", name)) {
      const env = {
        PORT: new URL(urls[name]).port,
        DATABASE_URL: postgres ?? `sqlite:${path.join(folder, `${name}.db`)}`,
        MILLRACE_SERVICES: Object.entries(urls)
          .map(([other, url]) => `${other}=${url}`)
          .join(","),
        GATEWAY_URL: gateway,
        ORDER_DEADLINE: deadline,
        LOG_LEVEL: "info",
      };
      running.set(name, await startShop(from, env));
    },
    async stop(name) {
      const process = running.get(name);
      if (process !== undefined) await terminate(process);
    },
    async kill(name) {
      running.get(name)?.child.kill("SIGKILL");
      await running.get(name)?.exited;
    },
  };
}

async function freePort(): Promise<number> {
  const { port, free } = await takenPort();
  free();
  return port;
}
