import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./function-process.ts", import.meta.url));

/** A policy as a function in a process of its own. */
export class FunctionEndpoint {
  readonly url: string;
  calls = 0;
  kills = 0;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<FunctionEndpoint> {
    const endpoint = new FunctionEndpoint(await freePort());
    await endpoint.#start();
    return endpoint;
  }

  /** Kills it with -9, and starts it anew. */
  kill(): void {
    this.kills++;
    this.#starting = this.#starting.then(async () => {
      await this.#end();
      if (!this.#isClosed) await this.#start();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#starting;
    await this.#end();
  }

  async #start(): Promise<void> {
    this.#child = fork(script, [String(this.#port)], { execArgv: ["--import", "tsx"] });
    await once(this.#child, "message");
    this.#child.on("message", () => {
      this.calls++;
    });
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
