import { SignJWT } from "jose";
import type { Asking } from "./client.ts";

const secret = new TextEncoder().encode("a secret of at least thirty-two bytes");
/** How the services of these tests let callers prove who they are. */
export const auth = { key: secret, issuer: "https://issuer.example", audience: "shop" };

/** The headers of an actor. */
export async function as(sub: string, ...roles: readonly string[]): Promise<Asking> {
  const token = await new SignJWT({ roles: [...roles] })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuer(auth.issuer)
    .setAudience(auth.audience)
    .setExpirationTime("5m")
    .sign(secret);
  return { authorization: `Bearer ${token}` };
}
