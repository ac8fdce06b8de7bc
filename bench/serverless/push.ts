import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { newId } from "../../src/message/id.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { httpFunction } from "../../src/transports/http-function.ts";
import { byCallers, compare, judge, ratioOf } from "../measure.ts";
import { purses, secret } from "./rewards.ts";

const events = 10_000;
const concurrency = 16;

/** Events that are pushed to a function in another process, next to posts of the same bodies that nobody does anything with. */
export async function pushCases(): Promise<void> {
  const ours = await Endpoint.start("function");
  const bare = await Endpoint.start("bare");
  try {
    for (const batchSize of [1, 10]) await measure(batchSize, ours.url, bare.url);
  } finally {
    await ours.stop();
    await bare.stop();
  }
}

async function measure(batchSize: number, functionUrl: string, bareUrl: string): Promise<void> {
  let bodies: string[] = [];
  const pushed = await compare(
    `Events pushed, ${batchSize} in a batch, ${concurrency} batches at once`,
    "events/s",
    [
      {
        name: "bare posts of the same bodies",
        async run() {
          if (bodies.length === 0) bodies = await bodiesOf(batchSize, functionUrl);
          const started = performance.now();
          await byCallers(concurrency, bodies.length, async (index) => {
            const body = bodies[index] as string;
            const headers = { "content-type": "application/json" };
            await (await fetch(bareUrl, { method: "POST", headers, body })).text();
          });
          return events / ((performance.now() - started) / 1000);
        },
      },
      { name: "the relay", run: () => push(batchSize, functionUrl, fetch) },
    ],
  );
  judge("of bare posts", ratioOf(pushed, "the relay", "bare posts of the same bodies"), 0.5, "at least");
}

/** What the relay posts. */
async function bodiesOf(batchSize: number, url: string): Promise<string[]> {
  const bodies: string[] = [];
  await push(batchSize, url, (input, init) => {
    bodies.push(init?.body as string);
    return fetch(input, init);
  });
  return bodies;
}

/** Pushes the events of a log with `batchSize` of them in each stream; resolves with how many a second. */
async function push(batchSize: number, url: string, call: typeof fetch): Promise<number> {
  const stores = openMemory();
  await fill(stores.events, batchSize);
  const transport = httpFunction("reward", { url, secret, fetch: call });
  const started = performance.now();
  const runtime = await startService(purses, {
    events: stores.events,
    state: stores.state,
    roles: ["relay"],
    functions: { reward: { transport, takes: "events", concurrency, batchSize } },
  });
  for (;;) {
    const states = await stores.state.listProcessors();
    const [range] = states.get("policy:reward")?.ranges ?? [];
    if (range?.checkpoint.position === events) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const rate = events / ((performance.now() - started) / 1000);
  await runtime.stop();
  await stores.close();
  return rate;
}

async function fill(log: ReturnType<typeof openMemory>["events"], perStream: number): Promise<void> {
  for (let stream = 0; stream < events / perStream; stream++) {
    const id = newId();
    await log.append({
      command: { id, fingerprint: "" },
      appends: [
        {
          stream: `purse-${stream}`,
          expected: "none",
          events: Array.from({ length: perStream }, (_, index) => ({
            id: `${id}.${index}`,
            type: "Deposited",
            data: { amount: 1 },
            schemaVersion: 1,
            metadata: { correlationId: id, depth: 0 },
            tags: [],
          })),
        },
      ],
    });
  }
}

class Endpoint {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(kind: "function" | "bare"): Promise<Endpoint> {
    const script = fileURLToPath(new URL("./function-server.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, kind], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    return new Endpoint(child, url);
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await once(this.#child, "exit");
  }
}
