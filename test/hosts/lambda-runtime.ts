import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./lambda-process.ts", import.meta.url));

/** How long a call may take. */
const timeoutMs = 15_000;

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Lambda as a function sees it: a server of the Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) and instances
 * that ask it for their next call. Each works on one call at a time.
 */
export class LambdaRuntime {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #queue: Invocation[] = [];
  readonly #idle: ((invocation: Invocation) => void)[] = [];
  readonly #underWay = new Map<string, Invocation>();
  readonly #instances: ChildProcess[] = [];

  async start(instances: number, env: Readonly<Record<string, string>>): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { port } = this.#server.address() as AddressInfo;
    for (let index = 0; index < instances; index++) {
      this.#instances.push(
        spawn(process.execPath, ["--import", "tsx", script], {
          stdio: ["ignore", "inherit", "inherit"],
          env: { ...process.env, ...env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
        }),
      );
    }
  }

  /** Calls the function. Rejects with what it reports as an error. */
  invoke(event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const invocation = { id: randomUUID(), event, resolve, reject };
      const idle = this.#idle.shift();
      if (idle === undefined) this.#queue.push(invocation);
      else idle(invocation);
    });
  }

  async stop(): Promise<void> {
    for (const instance of this.#instances) instance.kill("SIGKILL");
    this.#server.closeAllConnections();
    this.#server.close();
    await Promise.all(
      this.#instances.map(
        (instance) => instance.exitCode === null && instance.signalCode === null && once(instance, "exit"),
      ),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, path = ""] = /^\/2018-06-01\/runtime\/(.*)$/.exec(request.url ?? "") ?? [];
    if (request.method === "GET" && path === "invocation/next") {
      const invocation = await this.#next();
      this.#underWay.set(invocation.id, invocation);
      response.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": invocation.id,
        "lambda-runtime-deadline-ms": String(Date.now() + timeoutMs),
        "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-central-1:123456789012:function:accounts",
        "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
      });
      response.end(JSON.stringify(invocation.event));
      return;
    }
    const [, id = "", what = ""] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    const invocation = this.#underWay.get(id);
    this.#underWay.delete(id);
    const body: unknown = JSON.parse(await text(request));
    response.writeHead(202).end("{}");
    if (what === "response") invocation?.resolve(body);
    else invocation?.reject(new Error((body as { errorMessage: string }).errorMessage));
  }

  #next(): Promise<Invocation> {
    const queued = this.#queue.shift();
    return queued === undefined
      ? new Promise((resolve) => this.#idle.push(resolve))
      : Promise.resolve(queued);
  }
}
