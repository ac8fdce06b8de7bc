import { aggregate, refuse } from "millrace";
import { z } from "zod";

const existing = { title: z.string(), createdAt: z.iso.datetime() };

/** Something to do. Commands ask for a change, `decide` answers with events or a refusal, `evolve` folds events. */
export const task = aggregate({
  name: "task",
  collection: "tasks",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("OPEN"), ...existing }),
    z.object({ status: z.literal("DONE"), ...existing }),
  ]),
  initialState: { status: "NONE" },
  events: {
    TaskCreated: z.object(existing),
    TaskCompleted: z.object({}),
    TaskReopened: z.object({ reason: z.string() }),
  },
  commands: {
    CreateTask: z.object({ title: z.string().min(1).max(200) }),
    CompleteTask: z.object({}),
    ReopenTask: z.object({ reason: z.string().min(1).max(200) }),
  },
  creates: "CreateTask",
  begins: "TaskCreated",
  decide: {
    CreateTask: ({ data, receivedAt }, _state, { TaskCreated }) => [
      TaskCreated({ title: data.title, createdAt: receivedAt }),
    ],
    CompleteTask: (_command, state, { TaskCompleted }) =>
      state.status === "OPEN" ? [TaskCompleted({})] : refuse("task-not-open", `The task is ${state.status}.`),
    ReopenTask: ({ data }, state, { TaskReopened }) =>
      state.status === "DONE"
        ? [TaskReopened({ reason: data.reason })]
        : refuse("task-not-done", `The task is ${state.status}.`),
  },
  when: {
    CompleteTask: (state) => state.status === "OPEN",
    ReopenTask: (state) => state.status === "DONE",
  },
  evolve: {
    TaskCreated: (_state, { data }) => ({ status: "OPEN", ...data }),
    TaskCompleted: (state) => ({ ...state, status: "DONE" }),
    TaskReopened: (state) => ({ ...state, status: "OPEN" }),
  },
});
