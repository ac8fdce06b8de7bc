import { checkGuards, given } from "millrace/testing";
import { expect, test } from "vitest";
import { task } from "./task.ts";

const created = {
  type: "TaskCreated",
  data: { title: "Paint", createdAt: "2026-01-01T00:00:00.000Z" },
} as const;
const completed = { type: "TaskCompleted", data: {} } as const;

test("a task is open until it is completed, and can be reopened", () => {
  given(task, created).when("CompleteTask", {}).expectEvents(completed);
  given(task, created, completed)
    .when("ReopenTask", { reason: "not dry" })
    .expectEvents({ type: "TaskReopened", data: { reason: "not dry" } });
  given(task, created, completed).when("CompleteTask", {}).expectRefusal("task-not-open");
});

test("what is offered and what is accepted are the same", () => {
  expect(checkGuards(task).never).toEqual([]);
});
