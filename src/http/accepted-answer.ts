import { encodeToken } from "../message/token.ts";
import type { Accepted } from "../runtime/runtime.ts";
import { halType } from "./answers.ts";

/** The answer to a command that was accepted. */
export function acceptedAnswer(
  { aggregateId, version, stateVersion, events, state, point }: Accepted,
  collection: string,
  status: 200 | 201,
  withState: boolean,
): Response {
  const self = `/v1/${collection}/${aggregateId}`;
  const headers: Record<string, string> = {
    "content-type": halType,
    etag: etagOf(version, stateVersion),
    "millrace-token": encodeToken([point]),
  };
  if (status === 201) headers.location = self;
  if (withState) headers["preference-applied"] = "return=representation";
  const body = {
    id: aggregateId,
    version,
    position: point.position,
    events: events.map(({ type, version, id, data }) => ({ type, version, id, data })),
    state: withState ? state : undefined,
    _links: aggregateLinks(self),
  };
  return new Response(JSON.stringify(body), { status, headers });
}

/** The ETag of an aggregate: where it is in its stream, and by which version of its code. */
export function etagOf(version: number, stateVersion: number): string {
  return `"${version}-${stateVersion}"`;
}

export function aggregateLinks(self: string) {
  return {
    self: { href: self },
    events: { href: `${self}/events` },
    commands: { href: `${self}/commands` },
  };
}
