import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A pooler in transaction mode, which tracks nothing: neither prepared statements nor settings. */
export interface Pooler {
  readonly url: string;
  /** How often a connection to the server went over to another client. */
  switches(): number;
  close(): Promise<void>;
}

interface PoolerOptions {
  /** To the server; clients may be as many as they like. */
  readonly connections: number;
  /** Whether each transaction finds a connection as if new: `DISCARD ALL` after the one before. */
  readonly discards: boolean;
}

/** The length of a message counts itself and not the type before it. */
const lengthBytes = 4;
const protocol3 = 196_608;
const sslRequest = 80_877_103;

/** Takes the first whole message off what came in, if there is one; the first message of a client has no type. */
function takeMessage(
  buffer: Buffer,
  typed: boolean,
): { readonly message: Buffer; readonly rest: Buffer } | undefined {
  const begin = typed ? 1 : 0;
  if (buffer.length < begin + lengthBytes) return undefined;
  const end = begin + buffer.readUInt32BE(begin);
  if (buffer.length < end) return undefined;
  return { message: buffer.subarray(0, end), rest: buffer.subarray(end) };
}

function onMessages(socket: Socket, isTyped: () => boolean, handle: (message: Buffer) => void): void {
  let buffer: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (let taken = takeMessage(buffer, isTyped()); taken; taken = takeMessage(buffer, isTyped())) {
      buffer = taken.rest;
      handle(taken.message);
    }
  });
}

function messageOf(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(type.length + lengthBytes);
  head.write(type);
  head.writeUInt32BE(body.length + lengthBytes, type.length);
  return Buffer.concat([head, body]);
}

const typeOf = (message: Buffer) => String.fromCharCode(message[0] ?? 0);

interface Client {
  readonly socket: Socket;
  /** What it sent while it had no connection. */
  readonly unsent: Buffer[];
  backend: Backend | undefined;
}

interface Backend {
  readonly socket: Socket;
  client: Client | undefined;
  lastClient: Client | undefined;
  /** Answers to come until the server is ready for the next client. */
  pending: number;
}

export async function makePooler(serverUrl: string, options: PoolerOptions): Promise<Pooler> {
  const { hostname, port, username, pathname } = new URL(serverUrl);
  const free: Backend[] = [];
  const waiting: Client[] = [];
  const sockets = new Set<Socket>();
  /** What the server tells of itself at the start, as each client is told it. */
  let greeting: readonly Buffer[] = [];
  let switches = 0;

  const send = (backend: Backend, message: Buffer) => {
    if (["Q", "S"].includes(typeOf(message))) backend.pending++;
    backend.socket.write(message);
  };

  const assign = () => {
    while (free.length > 0 && waiting.length > 0) {
      const [backend, client] = [free.shift() as Backend, waiting.shift() as Client];
      if (backend.lastClient !== client) switches++;
      backend.client = backend.lastClient = client;
      client.backend = backend;
      for (const message of client.unsent.splice(0)) send(backend, message);
    }
  };

  /** Resolves once the server is ready. */
  const openBackend = () =>
    new Promise<void>((ready) => {
      const socket = connect({ port: Number(port), host: hostname, noDelay: true });
      sockets.add(socket);
      const backend: Backend = { socket, client: undefined, lastClient: undefined, pending: 1 };
      const told: Buffer[] = [];
      const handle = (message: Buffer) => {
        if (greeting.length === 0) told.push(message);
        backend.client?.socket.write(message);
        if (typeOf(message) !== "Z") return;
        if (greeting.length === 0) greeting = told;
        backend.pending--;
        const isOutside = String.fromCharCode(message[5] ?? 0) === "I";
        if (backend.pending > 0 || !isOutside) return;
        const { client } = backend;
        if (client !== undefined) client.backend = undefined;
        backend.client = undefined;
        if (options.discards && client !== undefined) {
          send(backend, messageOf("Q", Buffer.from("DISCARD ALL\0")));
        } else {
          free.push(backend);
        }
        ready();
        assign();
      };
      onMessages(socket, () => true, handle);
      socket.on("error", () => {});
      socket.on("connect", () => {
        const version = Buffer.alloc(lengthBytes);
        version.writeUInt32BE(protocol3);
        const parameters = Buffer.from(`user\0${username}\0database\0${pathname.slice(1)}\0\0`);
        socket.write(messageOf("", Buffer.concat([version, parameters])));
      });
    });

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const client: Client = { socket, unsent: [], backend: undefined };
    let isGreeted = false;
    onMessages(
      socket,
      () => isGreeted,
      (message) => {
        if (!isGreeted) {
          isGreeted = message.readUInt32BE(lengthBytes) !== sslRequest;
          for (const reply of isGreeted ? greeting : [Buffer.from("N")]) socket.write(reply);
        } else if (typeOf(message) === "X") {
          socket.end();
        } else if (client.backend !== undefined) {
          send(client.backend, message);
        } else {
          client.unsent.push(message);
          if (!waiting.includes(client)) waiting.push(client);
          assign();
        }
      },
    );
    socket.on("error", () => {});
    socket.on("close", () => {
      if (waiting.includes(client)) waiting.splice(waiting.indexOf(client), 1);
      // In the middle of something: the server rolls it back when its connection goes.
      if (client.backend === undefined) return;
      client.backend.socket.destroy();
      if (server.listening) void openBackend();
    });
  });
  await Promise.all(Array.from({ length: options.connections }, openBackend));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { readonly port: number };
  return {
    url: `postgres://${username}@127.0.0.1:${address.port}${pathname}`,
    switches: () => switches,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
