import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Server } from "./server.ts";

/** What the proxy does with an answer, and with the connection that it came on. */
export type Fate =
  | "pass"
  /** The answer is lost and its connection is cut. */
  | "cut"
  /** The answer is lost, and from now on nobody reaches the server. */
  | "refuse"
  /** The answer is lost, and from now on nothing is heard of the server, although connections stay. */
  | "silence";

/** A way to a server that breaks off when a test says so. */
export interface BreakingProxy {
  /** As the server's, by this way. */
  readonly url: string;
  /**
   * Decides about every later answer that ends a transaction: by then the server has committed. `number` counts them from 1;
   * greetings of new connections are no answers.
   */
  atAnswer(fate: (number: number) => Fate): void;
  /** Cuts all connections and takes no more, until `accept`. */
  refuse(): Promise<void>;
  /** Ends what a fate or `refuse` began, for new connections. */
  accept(): Promise<void>;
}

/** ReadyForQuery of a session without a transaction under way: the end of an answer. */
const readyIdle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** A proxy for the length of a test. */
export async function makeProxy(server: Server): Promise<BreakingProxy> {
  const target = Number(new URL(server.url).port);
  const sockets = new Set<Socket>();
  let decide: (number: number) => Fate = () => "pass";
  let answers = 0;
  let isSilent = false;

  const listener = createServer((client) => {
    const upstream = dial(target, "127.0.0.1");
    const both = [client, upstream];
    const cut = () => {
      for (const socket of both) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    for (const socket of both) {
      sockets.add(socket);
      socket.on("error", cut).on("close", cut);
    }
    let isGreeted = false;
    client.on("data", (chunk) => upstream.write(chunk));
    upstream.on("data", (chunk) => {
      if (chunk.subarray(-readyIdle.length).equals(readyIdle)) {
        const fate = isGreeted ? decide(++answers) : "pass";
        isGreeted = true;
        if (fate === "cut") return cut();
        if (fate === "refuse") return void refuse();
        isSilent ||= fate === "silence";
      }
      if (!isSilent) client.write(chunk);
    });
  });

  const listen = async (port: number) => {
    listener.listen(port, "127.0.0.1");
    await once(listener, "listening");
  };
  const refuse = async () => {
    if (!listener.listening) return;
    const closed = once(listener, "close");
    listener.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  onTestFinished(refuse);
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("A proxy without a port.");
  const url = new URL(server.url);
  url.port = String(address.port);
  return {
    url: url.href,
    atAnswer(fate) {
      answers = 0;
      decide = fate;
    },
    refuse,
    async accept() {
      await refuse();
      isSilent = false;
      await listen(address.port);
    },
  };
}
