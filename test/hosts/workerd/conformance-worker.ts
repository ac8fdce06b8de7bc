import { openMemory } from "../../../src/stores/memory/index.ts";
import type { ObjectStorage } from "../../../src/stores/sqlite/object-connection.ts";
import { openObject } from "../../../src/stores/sqlite/open-object.ts";
import type { ConformanceOptions, OpenedStore } from "../../../src/testing/conformance/conformance-case.ts";
import { eventStoreConformance } from "../../../src/testing/conformance/event-store-conformance.ts";
import { stateStoreConformance } from "../../../src/testing/conformance/state-store-conformance.ts";

// Runs one case of the conformance suite in a Durable Object of its own.

export class Conformance {
  readonly #storage: ObjectStorage;

  constructor({ storage }: { readonly storage: ObjectStorage }) {
    this.#storage = storage;
  }

  async fetch(request: Request): Promise<Response> {
    const { seeds, name } = (await request.json()) as { seeds: ConformanceOptions; name: string };
    const openAgain = async (): Promise<OpenedStore> => {
      const { events, state, close } = await openObject({ storage: this.#storage });
      return { events, state, close, reopen: openAgain };
    };
    let isFirst = true;
    const open = async (): Promise<OpenedStore> => {
      // An object has one database: where a case wants another log, it is any other.
      if (!isFirst) return openMemory();
      isFirst = false;
      return openAgain();
    };
    const cases = [...eventStoreConformance(open, seeds), ...stateStoreConformance(open, seeds)];
    try {
      const found = cases.find((each) => each.name === name);
      if (found === undefined) throw new Error(`There is no case ${name}.`);
      await found.run();
      return Response.json({});
    } catch (error) {
      return Response.json({ error: error instanceof Error ? error.stack : String(error) });
    }
  }
}

interface Env {
  readonly OBJECTS: {
    newUniqueId(): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

export default {
  fetch: (request: Request, { OBJECTS }: Env) => OBJECTS.get(OBJECTS.newUniqueId()).fetch(request),
};
