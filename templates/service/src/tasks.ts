import { view } from "millrace";
import { z } from "zod";
import { task } from "./task.ts";

/** One row per task, to be listed and filtered: GET /v1/views/tasks?status=OPEN&sort=-createdAt */
export const tasks = view({
  name: "tasks",
  from: [task],
  schema: z.object({
    title: z.string(),
    status: z.enum(["OPEN", "DONE"]),
    createdAt: z.iso.datetime(),
    timesReopened: z.number(),
  }),
  indexes: ["status", "createdAt"],
  on: {
    TaskCreated: (_row, { data }) => ({ ...data, status: "OPEN", timesReopened: 0 }),
    TaskCompleted: (row) => row && { ...row, status: "DONE" },
    TaskReopened: (row) => row && { ...row, status: "OPEN", timesReopened: row.timesReopened + 1 },
  },
});
