import type { HttpOptions } from "../../src/http/index.ts";
import type { Service } from "../../src/index.ts";
import type { Role, Runtime } from "../../src/runtime/runtime.ts";

/** A service that answers HTTP, over whatever store and host. */
export interface OpenedHttp {
  fetch(request: Request): Promise<Response>;
  readonly runtime: Runtime;
  /** From now on the process is on its way out. */
  stopping(): void;
  close(): Promise<void>;
}

export type OpenHttp = (
  service: Service,
  options?: HttpOptions,
  roles?: readonly Role[],
) => Promise<OpenedHttp>;

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of all shapes and assert what they find.
type Body = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

export type RequestBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export type Asking = Readonly<Record<string, string>>;

/** Asks as callers do: JSON in, text and JSON out. */
export class Client {
  readonly #opened: OpenedHttp;
  readonly #always: Asking;

  constructor(opened: OpenedHttp, always: Asking = {}) {
    this.#opened = opened;
    this.#always = always;
  }

  get(path: string, headers: Asking = {}): Promise<Answer> {
    return this.send("GET", path, undefined, headers);
  }

  /** A text is sent as it is, everything else as JSON. */
  post(path: string, body?: unknown, headers: Asking = {}): Promise<Answer> {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    return this.send("POST", path, text, { ...json, ...headers });
  }

  async send(method: string, path: string, body?: RequestBody, headers: Asking = {}): Promise<Answer> {
    const response = await this.fetch(method, path, body, headers);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "") && text !== "";
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  fetch(method: string, path: string, body?: RequestBody, headers: Asking = {}, signal?: AbortSignal) {
    return this.#opened.fetch(
      new Request(`http://shop.test${path}`, {
        method,
        headers: { ...this.#always, ...headers },
        ...(body === undefined ? {} : { body, duplex: "half" }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  }

  /** Opens an account; its id and the token of its first event. */
  async openAccount(userId = "ada", more: object = {}): Promise<{ id: string; path: string; token: string }> {
    const { status, body, headers, text } = await this.post("/v1/accounts", { userId, ...more });
    if (status !== 201) throw new Error(`${status}: ${text}`);
    const { id } = body as { id: string };
    return { id, path: `/v1/accounts/${id}`, token: headers.get("millrace-token") ?? "" };
  }

  /** The position of the last event of the log. */
  async head(): Promise<number> {
    const { checks } = await this.#opened.runtime.operations.health();
    const detail = checks.find(({ name }) => name === "event store")?.detail ?? "";
    return Number(/\d+/.exec(detail)?.[0]);
  }
}
