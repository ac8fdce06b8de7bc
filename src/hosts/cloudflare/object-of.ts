import { MillraceError } from "../../errors/millrace-error.ts";
import type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
import type { WorkerTarget } from "./worker.ts";

/** Carries what is to be drained from a Worker to its Durable Object; taken off of whatever comes from outside. */
export const drainHeader = "millrace-drain";

/** A binding to the Durable Objects of a class: what of it matters here. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: never): { fetch(request: Request): Promise<Response> };
}

/** A service in its Durable Object, of which there is one: `name` tells it from those of the same class, such as one for each tenant. */
export function objectOf(namespace: ObjectNamespace, name = "service"): WorkerTarget {
  const object = () => namespace.get(namespace.idFromName(name) as never);
  return {
    fetch(request) {
      if (!request.headers.has(drainHeader)) return object().fetch(request);
      const clean = new Request(request);
      clean.headers.delete(drainHeader);
      return object().fetch(clean);
    },
    async drain(request: DrainRequest) {
      const headers = { [drainHeader]: JSON.stringify(request) };
      const answer = await object().fetch(new Request("https://object/", { method: "POST", headers }));
      if (answer.ok) return (await answer.json()) as DrainReport;
      throw new MillraceError("service-unavailable", `The Durable Object answered ${answer.status}.`);
    },
  };
}
