import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startGateway } from "../../examples/online-store/payments/gateway/gateway-stub.ts";
import {
  type ServiceName,
  StoreClient,
  type StoreUrls,
  serviceNames,
} from "../../examples/online-store/traffic/store-client.ts";

const root = path.join(import.meta.dirname, "../..");

/** The online store as it runs: in one process, or as one for each service. */
export interface RunningStore {
  readonly urls: StoreUrls;
  readonly client: StoreClient;
}

export type Shape = "one process" | "five processes";

/** Runs `work` with a store of its own, on SQLite files unless a PostgreSQL database is named. */
export async function withStore<T>(
  shape: Shape,
  work: (store: RunningStore) => Promise<T>,
  postgres?: string,
): Promise<T> {
  const folder = mkdtempSync(path.join(process.env.BENCH_DIR ?? tmpdir(), "millrace-bench-"));
  const gateway = await startGateway();
  const children: ChildProcess[] = [];
  try {
    const urls =
      shape === "one process"
        ? await startTogether(folder, gateway.url, children)
        : await startApart(folder, gateway.url, children, postgres);
    return await work({ urls, client: new StoreClient(urls) });
  } finally {
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, "exit") : undefined)));
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startTogether(folder: string, gateway: string, children: ChildProcess[]): Promise<StoreUrls> {
  const script = path.join(import.meta.dirname, "serve-store.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, folder, gateway], { cwd: root });
  children.push(child);
  const url = await urlOf(child);
  return Object.fromEntries(serviceNames.map((name) => [name, url])) as unknown as StoreUrls;
}

// Below those that systems hand out by themselves.
const firstPort = 13_300;

async function startApart(
  folder: string,
  gateway: string,
  children: ChildProcess[],
  postgres: string | undefined,
): Promise<StoreUrls> {
  const urls = Object.fromEntries(
    serviceNames.map((name, index) => [name, `http://127.0.0.1:${firstPort + index}`]),
  ) as Readonly<Record<ServiceName, string>>;
  const main = path.join(root, "src/cli/main.ts");
  await Promise.all(
    serviceNames.map((name) => {
      // For development, so that this machine is told the metrics.
      const child = spawn(
        process.execPath,
        ["--import", import.meta.resolve("tsx"), main, "dev", "--no-watch"],
        {
          cwd: path.join(root, "examples/online-store", name),
          env: {
            ...process.env,
            TSX_TSCONFIG_PATH: path.join(root, "tsconfig.json"),
            PORT: new URL(urls[name]).port,
            DATABASE_URL: postgres ?? `sqlite:${path.join(folder, `${name}.db`)}`,
            MILLRACE_SERVICES: Object.entries(urls)
              .map(([other, url]) => `${other}=${url}`)
              .join(","),
            GATEWAY_URL: gateway,
          },
        },
      );
      children.push(child);
      return urlOf(child);
    }),
  );
  return urls;
}

/** Resolves once a child says where it listens. */
function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let written = "";
    const look = (text: string) => {
      written += text;
      const found = /listening.*?(http:\/\/[^"\s]+:\d+)/s.exec(written);
      if (found?.[1] !== undefined) resolve(found[1].replace("localhost", "127.0.0.1"));
    };
    child.stdout?.setEncoding("utf8").on("data", look);
    child.stderr?.setEncoding("utf8").on("data", look);
    child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${written}`)));
  });
}

/** A warehouse with more of a product than anybody wants, and an account that may order. */
export async function stocked({ client }: RunningStore): Promise<string> {
  const { body: warehouse } = await client.command("warehouse", "/v1/warehouses", { name: "Bench" });
  const add = `/v1/warehouses/${warehouse.id}/commands/add-inventory`;
  await client.command("warehouse", add, { productId: "p1", quantity: 1_000_000 });
  const { body: account } = await client.command("accounts", "/v1/accounts", {
    userId: 1,
    accountNumber: "BENCH",
  });
  const accountId = account.id ?? "";
  for (;;) {
    // What is not active yet is waited for, and the order says when.
    const id = await placed({ client }, accountId);
    if (id !== undefined) return accountId;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Places an order; undefined where it was refused. */
export async function placed(
  { client }: Pick<RunningStore, "client">,
  accountId: string,
): Promise<string | undefined> {
  const { status, body } = await client.command("orders", "/v1/orders", {
    accountId,
    lineItems: [{ productId: "p1", quantity: 1, unitPrice: 100 }],
  });
  return status === 201 ? body.id : undefined;
}
