import type { Actor } from "../domain/access.ts";

/** Tells who asks; undefined where nobody proved anything. Rejects with `unauthenticated` for a token that does not hold. */
export type Authenticator = (request: Request) => Promise<Actor> | undefined;

/** Where callers do not prove who they are. */
export const nobody: Authenticator = () => undefined;
