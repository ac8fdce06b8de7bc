/** What the service answered a command with. */
export interface Answer {
  /** 0 where nothing answered. */
  readonly status: number;
  /** Of a refusal or failure; else empty. */
  readonly code: string;
  /** Of the account. */
  readonly id: string;
  /** The account's version after the command. */
  readonly version: number;
  readonly token: string;
}

/** What is read back of an account. */
export interface ReadAnswer {
  readonly status: number;
  readonly body: { readonly [field: string]: unknown };
}

/** The routes of the account service that traffic uses. */
export interface AccountApi {
  create(data: object, key: string): Promise<Answer>;
  /** Sends a command, by its name in a path. */
  command(id: string, name: string, key: string): Promise<Answer>;
  /** Sends an event-shaped command. */
  event(id: string, event: object, key: string): Promise<Answer>;
  /** The account as it is now, folded from its events. */
  state(id: string): Promise<ReadAnswer>;
  /** The account's row in the view, once it includes what the token stands for. */
  row(id: string, token: string): Promise<ReadAnswer>;
}

/** Longer than the service itself waits for anything. */
const answerTimeoutMs = 30_000;

export function accountApi(url: string): AccountApi {
  const post = async (path: string, data: object, key: string): Promise<Answer> => {
    try {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify(data),
        signal: AbortSignal.timeout(answerTimeoutMs),
      });
      const body = (await response.json()) as { id?: string; version?: number; code?: string };
      return {
        status: response.status,
        code: body.code ?? "",
        id: body.id ?? "",
        version: body.version ?? 0,
        token: response.headers.get("millrace-token") ?? "",
      };
    } catch (error) {
      return { status: 0, code: failureOf(error), id: "", version: 0, token: "" };
    }
  };
  const get = async (path: string, headers: Record<string, string>): Promise<ReadAnswer> => {
    try {
      const response = await fetch(`${url}${path}`, {
        headers,
        signal: AbortSignal.timeout(answerTimeoutMs),
      });
      return { status: response.status, body: (await response.json()) as ReadAnswer["body"] };
    } catch (error) {
      return { status: 0, body: { code: failureOf(error) } };
    }
  };
  return {
    create: (data, key) => post("/v1/accounts", data, key),
    command: (id, name, key) => post(`/v1/accounts/${id}/commands/${name}`, {}, key),
    event: (id, event, key) => post(`/v1/accounts/${id}/events`, event, key),
    state: (id) => get(`/v1/accounts/${id}`, {}),
    row: (id, token) => get(`/v1/views/accounts/${id}`, { "millrace-token": token, prefer: "wait=10" }),
  };
}

/** Such as `ECONNREFUSED`, which `fetch` keeps in the cause, or `TimeoutError`. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}
