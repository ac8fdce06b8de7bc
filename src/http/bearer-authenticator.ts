import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  importJWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import QuickLRU from "quick-lru";
import type { Actor } from "../domain/access.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { isStorableText } from "../message/json.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Authenticator } from "./authenticator.ts";
import type { BearerTokens } from "./bearer-tokens.ts";
import { invalidToken } from "./unauthenticated.ts";

const symmetric = ["HS256", "HS384", "HS512"];
const asymmetric = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Verifying costs more than handling a command, and callers send the same token again and again. */
const rememberedTokens = 500;

/** For so long a token whose key was withdrawn may still get in. */
const rememberForMs = 60_000;

/** Longer ids are no ids, and every event carries one. */
const longestActorId = 255;

interface Verified {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** Goes by bearer tokens. Throws `configuration-invalid` for settings that cannot be meant. */
export function bearerAuthenticator(settings: BearerTokens, telemetry: Telemetry): Authenticator {
  const verify = verifier(settings, telemetry);
  return (request) => {
    const header = request.headers.get("authorization");
    if (header === null) return undefined;
    const token = /^bearer +([\w~+/.-]+=*) *$/i.exec(header)?.[1];
    return token === undefined ? Promise.reject(invalidToken()) : verify(token);
  };
}

function verifier(settings: BearerTokens, telemetry: Telemetry): (token: string) => Promise<Actor> {
  const keys = keysOf(settings);
  const skewSeconds = settings.clockSkewSeconds ?? 30;
  const options = {
    issuer: listOf("issuer", settings.issuer),
    audience: listOf("audience", settings.audience),
    algorithms: settings.key instanceof Uint8Array ? symmetric : asymmetric,
    clockTolerance: skewSeconds,
    requiredClaims: ["sub", "exp"],
  };
  const remembered = new QuickLRU<string, Verified>({ maxSize: rememberedTokens });
  return async (token) => {
    const known = remembered.get(token);
    if (known !== undefined && Date.now() < known.until) return known.actor;
    try {
      const { payload } = await jwtVerify(token, keys, options);
      const actor = actorOf(payload, settings.rolesClaim ?? "roles", options.issuer.length > 1);
      const expiresAt = ((payload.exp ?? 0) + skewSeconds) * 1000;
      remembered.set(token, { actor, until: Math.min(expiresAt, Date.now() + rememberForMs) });
      return actor;
    } catch (error) {
      if (isFaultOfToken(error)) {
        telemetry.log("info", "A bearer token was not accepted.", { error: String(error) });
      } else {
        telemetry.log("error", "The keys of the issuer could not be used: nobody gets in.", { error });
      }
      throw invalidToken();
    }
  };
}

/** A caller may send what it likes; that the issuer's keys cannot be had is for operators to mend. */
function isFaultOfToken(error: unknown): boolean {
  if (error instanceof SubjectUnusable) return true;
  if (!(error instanceof errors.JOSEError)) return false;
  // The base class alone is what the fetching of keys throws for an answer other than 200.
  return !(
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === errors.JOSEError.code
  );
}

class SubjectUnusable extends Error {}

function keysOf({ jwksUrl, jwks, key }: BearerTokens): JWTVerifyGetKey {
  const given = [jwksUrl, jwks, key].filter((source) => source !== undefined);
  if (given.length !== 1) {
    throw invalid(`"auth" takes exactly one of jwksUrl, jwks and key; found ${given.length}.`);
  }
  try {
    if (jwksUrl !== undefined) return createRemoteJWKSet(new URL(jwksUrl));
    if (jwks !== undefined) return createLocalJWKSet(jwks);
  } catch (cause) {
    throw invalid('"jwksUrl" of "auth" must be a URL, "jwks" a JSON Web Key Set.', cause);
  }
  if (key instanceof Uint8Array) {
    // RFC 7518, section 3.2: a key of at least the size of the hash.
    if (key.byteLength < 32) throw invalid(`A secret "key" has 32 bytes or more; found ${key.byteLength}.`);
    return async () => key;
  }
  if (key !== undefined && !("kty" in key)) return async () => key;
  if (key?.kty === "oct")
    throw invalid('A secret "key" is given as bytes, a public one as JWK or CryptoKey.');
  return async ({ alg }) => importJWK(key ?? {}, alg);
}

/** A subject is unique within its issuer alone, so among several the issuer goes before it. */
function actorOf(payload: JWTPayload, rolesClaim: string, severalIssuers: boolean): Actor {
  const { sub } = payload;
  if (typeof sub !== "string" || sub === "" || sub.length > longestActorId || !isStorableText(sub)) {
    throw new SubjectUnusable(`The claim "sub" must be text of 1 to ${longestActorId} characters.`);
  }
  const id = severalIssuers ? `${payload.iss}|${sub}` : sub;
  return { id, roles: rolesOf(payload, rolesClaim), claims: payload };
}

/** Roles as a list or as words in one text; a claim's name may itself hold dots, so the whole name goes first. */
function rolesOf(claims: JWTPayload, name: string): readonly string[] {
  const inner = (value: unknown, part: string): unknown =>
    typeof value === "object" && value !== null && Object.hasOwn(value, part)
      ? (value as Readonly<Record<string, unknown>>)[part]
      : undefined;
  const value = inner(claims, name) ?? name.split(".").reduce<unknown>(inner, claims);
  if (typeof value === "string") return value.split(" ").filter((role) => role !== "");
  return Array.isArray(value) ? value.filter((role) => typeof role === "string") : [];
}

function listOf(name: string, value: string | readonly string[]): string[] {
  const list = [value].flat();
  if (list.length > 0 && list.every((item) => typeof item === "string" && item !== "")) return list;
  throw invalid(`"${name}" of "auth" must be text, or a list of texts, that tokens are compared with.`);
}

function invalid(message: string, cause?: unknown): MillraceError {
  return new MillraceError("configuration-invalid", message, { cause });
}
