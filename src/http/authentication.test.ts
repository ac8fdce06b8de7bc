import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { expect, test } from "vitest";
import type { Actor } from "../domain/access.ts";
import { noTelemetry } from "../ports/telemetry.ts";
import { authenticator } from "./authentication.ts";
import type { BearerTokens } from "./bearer-tokens.ts";

const issuer = "https://issuer.example";
const audience = "shop";
const { publicKey, privateKey } = await generateKeyPair("ES256");
const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" };
const jwks: BearerTokens = { jwks: { keys: [jwk] }, issuer, audience };

const now = () => Math.floor(Date.now() / 1000);
const claims = (): JWTPayload => ({
  sub: "ada",
  iss: issuer,
  aud: audience,
  exp: now() + 60,
  roles: ["clerk"],
});

function sign(payload: JWTPayload, key = privateKey, kid = "one"): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid }).sign(key);
}

function ask(settings: BearerTokens, token: string): Promise<Actor> | undefined {
  const request = new Request("http://shop.test/", { headers: { authorization: `Bearer ${token}` } });
  return authenticator(settings, false, noTelemetry)(request);
}

const refused = {
  code: "unauthenticated",
  message: expect.stringContaining("does not hold"),
  data: { challenge: 'Bearer error="invalid_token"' },
};

test("G12: outside development a service does not start undecided, and says what to write", () => {
  expect(() => authenticator(undefined, false, noTelemetry)).toThrow(
    expect.objectContaining({
      code: "authentication-undecided",
      message: expect.stringMatching(/"auth".*jwksUrl.*"none"/),
    }),
  );
  expect(() => authenticator(undefined, true, noTelemetry)).not.toThrow();
  expect(() => authenticator("none", false, noTelemetry)).not.toThrow();
});

test("a token that holds names the actor, its roles and claims", async () => {
  expect(await ask(jwks, await sign(claims()))).toEqual({
    id: "ada",
    roles: ["clerk"],
    claims: expect.objectContaining({ iss: issuer }),
  });
});

test("nobody is asked where no token comes", () => {
  expect(authenticator(jwks, false, noTelemetry)(new Request("http://shop.test/"))).toBeUndefined();
});

const faults: readonly (readonly [string, (payload: JWTPayload) => JWTPayload])[] = [
  ["expired", (payload) => ({ ...payload, exp: now() - 31 })],
  ["not valid yet", (payload) => ({ ...payload, nbf: now() + 40 })],
  ["of another issuer", (payload) => ({ ...payload, iss: "https://elsewhere.example" })],
  ["for another audience", (payload) => ({ ...payload, aud: "bank" })],
  ["without a subject", ({ sub: _, ...payload }) => payload],
  ["without an end", ({ exp: _, ...payload }) => payload],
  ["with an empty subject", (payload) => ({ ...payload, sub: "" })],
  ["with an overlong subject", (payload) => ({ ...payload, sub: "a".repeat(256) })],
  ["with U+0000 in its subject", (payload) => ({ ...payload, sub: "a\u0000" })],
];

test.each(faults)("G12: a token %s does not hold", async (_name, spoil) => {
  await expect(ask(jwks, await sign(spoil(claims())))).rejects.toMatchObject(refused);
});

test("G12: a token by another key, an unsigned one and one signed with the public key do not hold", async () => {
  const other = await generateKeyPair("ES256");
  await expect(ask(jwks, await sign(claims(), other.privateKey))).rejects.toMatchObject(refused);
  await expect(ask(jwks, await sign(claims(), privateKey, "two"))).rejects.toMatchObject(refused);
  await expect(ask(jwks, new UnsecuredJWT(claims()).encode())).rejects.toMatchObject(refused);
  const confused = await new SignJWT(claims())
    .setProtectedHeader({ alg: "HS256", kid: "one" })
    .sign(new TextEncoder().encode(JSON.stringify(jwk)));
  await expect(ask(jwks, confused)).rejects.toMatchObject(refused);
});

test("clocks may be apart by the skew", async () => {
  const late = await sign({ ...claims(), exp: now() - 20 });
  await expect(ask(jwks, late)).resolves.toMatchObject({ id: "ada" });
  await expect(ask({ ...jwks, clockSkewSeconds: 0 }, late)).rejects.toMatchObject(refused);
});

test("G12: a token that held before does not hold once it has expired", async () => {
  const authenticate = authenticator({ ...jwks, clockSkewSeconds: 0 }, false, noTelemetry);
  const token = await sign({ ...claims(), exp: now() + 1 });
  const request = new Request("http://shop.test/", { headers: { authorization: `Bearer ${token}` } });
  await expect(authenticate(request)).resolves.toMatchObject({ id: "ada" });
  await expect
    .poll(() => authenticate(request)?.catch((error) => error.code), { timeout: 5000 })
    .toBe("unauthenticated");
});

test.each([
  ["a JWK", jwk],
  ["a CryptoKey", publicKey],
])("the key can be %s", async (_name, key) => {
  expect(await ask({ key, issuer, audience }, await sign(claims()))).toMatchObject({ id: "ada" });
});

test("among several issuers a subject is told apart by its issuer", async () => {
  const several = { ...jwks, issuer: [issuer, "https://other.example"] };
  expect(await ask(several, await sign(claims()))).toMatchObject({ id: `${issuer}|ada` });
  const other = await sign({ ...claims(), iss: "https://other.example" });
  expect(await ask(several, other)).toMatchObject({ id: "https://other.example|ada" });
});

test("keys come from where the issuer publishes them; nobody gets in while it cannot be reached", async () => {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const token = await sign(claims());
  expect(await ask({ jwksUrl, issuer, audience }, token)).toMatchObject({ id: "ada" });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await expect(ask({ jwksUrl, issuer, audience }, token)).rejects.toMatchObject(refused);
});

test.each([
  ["roles", { roles: ["a", 1, "b"] }, ["a", "b"]],
  ["scope", { scope: "a b" }, ["a", "b"]],
  ["realm_access.roles", { realm_access: { roles: ["a"] } }, ["a"]],
  ["https://x.example/roles", { "https://x.example/roles": ["a"] }, ["a"]],
  ["__proto__.roles", {}, []],
])("roles are read from the claim %s", async (rolesClaim, more, roles) => {
  const { roles: _, ...payload } = claims();
  expect(await ask({ ...jwks, rolesClaim }, await sign({ ...payload, ...more }))).toMatchObject({ roles });
});

test.each([
  ["no key at all", { issuer, audience }],
  ["two sources of keys", { ...jwks, key: publicKey }],
  ["no issuer", { ...jwks, issuer: "" }],
  ["no audience", { ...jwks, audience: [] }],
  ["no URL", { jwksUrl: "keys", issuer, audience }],
  ["a short secret", { key: new Uint8Array(31), issuer, audience }],
  ["a secret as JWK", { key: { kty: "oct", k: "AAAA" }, issuer, audience }],
] satisfies readonly (readonly [string, BearerTokens])[])("%s is refused at the start", (_name, settings) => {
  expect(() => authenticator(settings, false, noTelemetry)).toThrow(
    expect.objectContaining({ code: "configuration-invalid" }),
  );
});
