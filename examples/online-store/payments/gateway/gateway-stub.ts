import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How often, as shares of 1, a charge is answered otherwise than with the money taken. */
export interface Behaviour {
  /** Says no. */
  readonly refuse: number;
  /** Takes the money and never answers. */
  readonly hang: number;
  /** Takes the money and answers twice on the same connection. */
  readonly twice: number;
  /** Breaks the connection off before it has taken the money. */
  readonly drop: number;
  /** Takes the money and then breaks the connection off. */
  readonly dropAfter: number;
}

export interface StubOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly behaviour?: Partial<Behaviour>;
  /** Whether the process goes on for its sake; default true. */
  readonly keepsProcess?: boolean;
}

export interface GatewayStub {
  readonly url: string;
  close(): Promise<void>;
}

interface Charge {
  readonly paymentId: string;
  readonly amount: number;
  readonly status: "charged" | "refused" | "voided";
}

const wellBehaved: Behaviour = { refuse: 0, hang: 0, twice: 0, drop: 0, dropAfter: 0 };

/**
 * A payment gateway for tries: `POST /charges { paymentId, amount }` takes money once for each payment,
 * `POST /charges/{id}/void` gives it back and has nothing taken any more, `GET /charges` lists what was taken, and
 * `POST /behaviour { refuse: 0.1, hang: 0.05, … }` says how it misbehaves from then on.
 */
export async function startGateway(options: StubOptions = {}): Promise<GatewayStub> {
  const charges = new Map<string, Charge>();
  let behaviour: Behaviour = { ...wellBehaved, ...options.behaviour };

  const take = (paymentId: string, amount: number, status: "charged" | "refused"): Charge => {
    const known = charges.get(paymentId);
    if (known !== undefined) return known;
    const charge: Charge = { paymentId, amount, status };
    charges.set(paymentId, charge);
    return charge;
  };

  const answerCharge = (paymentId: string, amount: number, response: ServerResponse) => {
    const manner = drawn(behaviour);
    if (manner === "drop") return response.destroy();
    const { status } = take(paymentId, amount, manner === "refuse" ? "refused" : "charged");
    if (manner === "hang") return undefined;
    if (manner === "dropAfter") return response.destroy();
    const answer =
      status === "charged"
        ? { paymentId, status, reference: `charge-${paymentId}` }
        : {
            paymentId,
            status: "refused",
            reason: status === "voided" ? "payment-voided" : "payment-refused",
          };
    return sendJson(response, status === "charged" ? 200 : 402, answer, manner === "twice");
  };

  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? "/", "http://gateway");
      const body = request.method === "POST" ? await readJson(request) : {};
      const [, voided] = /^\/charges\/([^/]+)\/void$/.exec(pathname) ?? [];
      if (request.method === "GET" && pathname === "/charges") {
        return sendJson(response, 200, { charges: [...charges.values()], behaviour });
      }
      if (pathname === "/behaviour") {
        behaviour = { ...wellBehaved, ...(body as Partial<Behaviour>) };
        return sendJson(response, 200, behaviour);
      }
      if (voided !== undefined) {
        const paymentId = decodeURIComponent(voided);
        const { amount } = charges.get(paymentId) ?? { amount: 0 };
        charges.set(paymentId, { paymentId, amount, status: "voided" });
        return sendJson(response, 200, { status: "voided" });
      }
      const { paymentId, amount } = body as { paymentId?: unknown; amount?: unknown };
      if (pathname === "/charges" && typeof paymentId === "string" && typeof amount === "number") {
        return answerCharge(paymentId, amount, response);
      }
      return sendJson(response, 404, { error: "There is no such thing here." });
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  if (options.keepsProcess === false) server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One way to misbehave, or none, by its share. */
function drawn(behaviour: Behaviour): keyof Behaviour | undefined {
  let at = Math.random();
  for (const [manner, share] of Object.entries(behaviour) as [keyof Behaviour, number][]) {
    at -= share;
    if (at < 0) return manner;
  }
  return undefined;
}

function sendJson(response: ServerResponse, status: number, body: unknown, twice = false): void {
  const text = JSON.stringify(body);
  const { socket } = response;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text, () => {
    if (!twice || socket === null || socket.destroyed) return;
    const head = `HTTP/1.1 ${status} Again\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}`;
    socket.write(`${head}\r\n\r\n${text}`);
  });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}
