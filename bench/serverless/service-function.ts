import { aggregate, service } from "millrace";
import { commands, fetchHandler } from "millrace/fetch";
import { openMemory } from "millrace/memory";
import { z } from "zod";

// A service with one aggregate as a function.

const details = z.object({ title: z.string().min(1) });
const task = aggregate({
  name: "task",
  collection: "tasks",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("OPEN"), title: z.string() }),
  ]),
  initialState: { status: "NONE" },
  events: { TaskCreated: details },
  commands: { CreateTask: details },
  creates: "CreateTask",
  begins: "TaskCreated",
  decide: { CreateTask: ({ data }, _state, { TaskCreated }) => [TaskCreated(data)] },
  evolve: { TaskCreated: (_state, { data }) => ({ status: "OPEN", ...data }) },
});
const handler = fetchHandler(service({ name: "tasks", aggregates: [task] }), {
  stores: async () => openMemory(),
  sides: [commands],
  auth: "none",
});
export const handle = (request: Request) => handler.fetch(request);
