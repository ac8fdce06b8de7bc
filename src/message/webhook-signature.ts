import { MillraceError } from "../errors/millrace-error.ts";

/** The headers of a signed request. */
export interface SignatureHeaders {
  readonly "webhook-id": string;
  /** Epoch seconds. */
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** How far the clocks of sender and receiver may be apart, and how late a request may come. */
const toleranceSeconds = 300;

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const encoder = new TextEncoder();

/**
 * Secrets of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), symmetric, with
 * which requests are signed and verified: several while they are changed. `whsec_` and the base64 of 24 to 64 bytes each.
 */
export class WebhookSecrets {
  readonly #keys: readonly Promise<Key>[];

  /** Throws `configuration-invalid`, naming `where`. */
  constructor(secrets: string | readonly string[], where: string) {
    this.#keys = [secrets].flat().map((secret) => {
      const key = importKey(bytesOf(secret, where));
      key.catch(() => {});
      return key;
    });
    if (this.#keys.length === 0) throw noSecret(where);
  }

  /** `now` in epoch milliseconds; `id` is the same whenever the same message is sent again. */
  async sign(id: string, body: string, now: number): Promise<SignatureHeaders> {
    const timestamp = String(Math.floor(now / 1000));
    const content = encoder.encode(`${id}.${timestamp}.${body}`);
    const signatures = await Promise.all(
      this.#keys.map(async (key) => `v1,${base64(await crypto.subtle.sign("HMAC", await key, content))}`),
    );
    return {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatures.join(" "),
    };
  }

  /** Rejects with `unauthenticated` for a request that none of the secrets has signed, or not of late. */
  async verify(headers: Headers, body: string, now: number): Promise<void> {
    const id = headers.get("webhook-id");
    const timestamp = headers.get("webhook-timestamp");
    const signature = headers.get("webhook-signature");
    if (id === null || timestamp === null || signature === null || !/^\d{1,12}$/.test(timestamp)) {
      throw unauthenticated("the headers webhook-id, webhook-timestamp and webhook-signature");
    }
    if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) {
      throw unauthenticated(`a time within ${toleranceSeconds} seconds of this one`);
    }
    const content = encoder.encode(`${id}.${timestamp}.${body}`);
    const given = signature.split(" ").flatMap((part) => (part.startsWith("v1,") ? part.slice(3) : []));
    for (const key of this.#keys) {
      for (const candidate of given) {
        const bytes = fromBase64(candidate);
        // Compares in constant time.
        if (bytes !== undefined && (await crypto.subtle.verify("HMAC", await key, bytes, content))) return;
      }
    }
    throw unauthenticated("a signature that was made with the secret");
  }
}

function unauthenticated(expected: string): MillraceError {
  return new MillraceError(
    "unauthenticated",
    `The request must be signed as Standard Webhooks are; expected ${expected}.`,
  );
}

function bytesOf(secret: unknown, where: string): Uint8Array<ArrayBuffer> {
  const bytes =
    typeof secret === "string" && secret.startsWith("whsec_") ? fromBase64(secret.slice(6)) : undefined;
  if (bytes !== undefined && bytes.length >= 24 && bytes.length <= 64) return bytes;
  throw noSecret(where);
}

function noSecret(where: string): MillraceError {
  return new MillraceError(
    "configuration-invalid",
    `${where} must be "whsec_" and the base64 of 24 to 64 random bytes, which openssl rand -base64 32 makes; found something else.`,
  );
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<Key> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
