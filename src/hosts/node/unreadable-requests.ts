import {
  type IncomingMessage,
  maxHeaderSize,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { MillraceError } from "../../errors/millrace-error.ts";
import { type ProblemStyle, problemOf } from "../../http/problem.ts";

/** What is no request to answer, because it cannot be read as one, is told as any other failure is. */
export class UnreadableRequests {
  readonly #style: ProblemStyle;
  /** The last answer of each connection: what is on its way cannot be followed by another. */
  readonly #answers = new WeakMap<Socket, ServerResponse>();

  constructor(style: ProblemStyle) {
    this.#style = style;
  }

  /** Takes over from Node what its parser refuses, and what it would refuse although there is no need to. */
  watch(server: Server): void {
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
      this.#refuse(error, socket).catch(() => socket.destroy());
    });
    // An expectation that nobody here knows may be passed over (RFC 9110, 10.1.1).
    server.on("checkExpectation", (incoming, outgoing) => server.emit("request", incoming, outgoing));
  }

  /** Whether a request may go on; one that may not is answered. */
  admits(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    this.#answers.set(incoming.socket, outgoing);
    const hosts = hostsOf(incoming);
    // HTTP/1.0 knows no Host header.
    if (hosts === 1 || (hosts === 0 && incoming.httpVersion === "1.0")) return true;
    void this.#problem(malformed("one Host header", String(hosts))).then(({ status, headers, text }) =>
      outgoing.writeHead(status, { ...headers, connection: "close" }).end(text),
    );
    return false;
  }

  /** The answer to a request of which no URL can be made. */
  answerTo(error: unknown): Response {
    const found = error instanceof Error ? error.message : String(error);
    const response = problemOf(malformed("a Host header and a path", found), this.#style);
    response.headers.set("connection", "close");
    return response;
  }

  async #refuse(error: NodeJS.ErrnoException, socket: Socket): Promise<void> {
    const answer = this.#answers.get(socket);
    const isAnswering = answer?.headersSent === true && !answer.writableFinished;
    if (!socket.writable || isAnswering) return void socket.destroy();
    const { status, headers, text } = await this.#problem(failureOf(error));
    const lines = Object.entries({ ...headers, connection: "close" }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n`;
    socket.end(head + text, () => socket.destroy());
  }

  async #problem(error: MillraceError) {
    const response = problemOf(error, this.#style);
    const text = await response.text();
    const headers = {
      ...Object.fromEntries(response.headers),
      "content-length": String(Buffer.byteLength(text)),
    };
    return { status: response.status, headers, text };
  }
}

/** How many Host headers a request has; Node itself goes by the first of several, and a proxy in front perhaps by another. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === "host") hosts++;
  }
  return hosts;
}

/** What Node's parser, or its patience, said. */
function failureOf(error: NodeJS.ErrnoException): MillraceError {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return new MillraceError(
        "headers-too-large",
        `The request line and the headers may have ${maxHeaderSize} bytes.`,
      );
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new MillraceError("payload-too-large", "The extensions of the body's chunks are too large.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new MillraceError("request-late", "The request was not there in full within the time allowed.");
    default:
      return malformed("HTTP/1.1", error.message);
  }
}

function malformed(expected: string, found: string): MillraceError {
  return new MillraceError(
    "request-malformed",
    `The request cannot be read: expected ${expected}; found ${found}.`,
  );
}
