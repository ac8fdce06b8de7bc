import type { CryptoKey, JSONWebKeySet, JWK } from "jose";

/** JSON Web Tokens in `Authorization: Bearer …`, verified against exactly one of `jwksUrl`, `jwks` and `key`. */
export interface BearerTokens {
  /** Where the issuer publishes its keys. */
  readonly jwksUrl?: string;
  /** The keys themselves. */
  readonly jwks?: JSONWebKeySet;
  /** One public key, or the bytes of a secret shared with the issuer (HS256, HS384, HS512). */
  readonly key?: CryptoKey | JWK | Uint8Array;
  /** The `iss` that tokens must have. */
  readonly issuer: string | readonly string[];
  /** The `aud` that tokens must have: this service. */
  readonly audience: string | readonly string[];
  /** How far clocks may be apart; default 30. */
  readonly clockSkewSeconds?: number;
  /** The claim that lists the actor's roles; dots lead inwards, as in `realm_access.roles`. Default `roles`. */
  readonly rolesClaim?: string;
}
