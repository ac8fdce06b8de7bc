import { deepEqual, equal } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { appended, rejectsWith } from "../expectations.ts";
import { sampleCommit, sampleRefusal } from "../sample-commit.ts";

const nothingToDo = { status: "unchanged", version: 7 } as const;

export const commandIds: Promises = {
  "G4: a command id seen before gives its first result, whatever the repeat would append": async ({
    events,
  }) => {
    const commandId = "command-1";
    appended(await events.append(sampleCommit({ stream: "z-1" })));
    const first = appended(
      await events.append(sampleCommit([{ stream: "a-1", events: 2 }, { stream: "b-1" }], { commandId })),
    );
    appended(await events.append(sampleCommit({ stream: "a-1" })));
    const head = await events.head();
    const repeats = [
      sampleCommit([{ stream: "a-1", events: 2 }, { stream: "b-1" }], { commandId }),
      sampleCommit({ stream: "a-1", expected: "none" }, { commandId }),
      sampleCommit({ stream: "c-1" }, { commandId, conditions: [{ queries: [{}], after: 0 }] }),
      sampleRefusal(commandId),
    ];
    for (const repeat of repeats) deepEqual(await events.append(repeat), { ...first, repeated: true });
    deepEqual(await events.head(), head);
    deepEqual(await events.readStream("c-1"), []);
  },

  "G4: a command id with another fingerprint is refused and changes nothing": async ({ events }) => {
    const commandId = "command-1";
    appended(await events.append(sampleCommit({ stream: "a-1" }, { commandId, fingerprint: "one" })));
    const head = await events.head();
    const other = sampleCommit({ stream: "a-2" }, { commandId, fingerprint: "other" });
    await rejectsWith(events.append(other), "command-id-reused");
    await rejectsWith(events.append(sampleRefusal(commandId, "no", "other")), "command-id-reused");
    deepEqual(await events.head(), head);
    deepEqual(await events.readStream("a-2"), []);
    equal((await events.findCommand(commandId))?.fingerprint, "one");
  },

  "G4: a recorded outcome is what every repeat of its command gets": async ({ events }) => {
    const refused = await events.append(sampleRefusal("command-1", "account-empty"));
    const outcome = { status: "refused", code: "account-empty", detail: "There is nothing left." };
    deepEqual(refused, { status: "recorded", repeated: false, outcome });
    const repeats = [
      sampleRefusal("command-1", "another-code"),
      sampleCommit({ stream: "a-1" }, { commandId: "command-1" }),
    ];
    for (const repeat of repeats) {
      deepEqual(await events.append(repeat), { status: "recorded", repeated: true, outcome });
    }
    await rejectsWith(
      events.append(sampleCommit({ stream: "a-1" }, { commandId: "command-1", fingerprint: "other" })),
      "command-id-reused",
    );
    equal((await events.head()).position, 0, "an outcome takes no position");
    const unchanged = {
      command: { id: "command-2", fingerprint: "two" },
      appends: [],
      outcome: nothingToDo,
    } as const;
    deepEqual(await events.append(unchanged), { status: "recorded", repeated: false, outcome: nothingToDo });
    deepEqual(await events.append(unchanged), { status: "recorded", repeated: true, outcome: nothingToDo });
  },

  "G4: findCommand tells what became of a command, and nothing of one without events or outcome": async ({
    events,
  }) => {
    equal(await events.findCommand("command-1"), undefined);
    appended(await events.append(sampleCommit({ stream: "z-1" })));
    const commit = sampleCommit({ stream: "a-1", events: 3 }, { commandId: "command-1", fingerprint: "one" });
    appended(await events.append(commit));
    await events.append(sampleRefusal("command-2", "account-empty", "two"));
    deepEqual(await events.findCommand("command-1"), {
      fingerprint: "one",
      status: "appended",
      firstPosition: 2,
      lastPosition: 4,
    });
    deepEqual(await events.findCommand("command-2"), {
      fingerprint: "two",
      status: "recorded",
      outcome: { status: "refused", code: "account-empty", detail: "There is nothing left." },
    });
    equal(await events.findCommand("command"), undefined);
    equal(await events.findCommand("COMMAND-1"), undefined);
  },

  "G4: only what was recorded before a time is forgotten, and then its id is as if never used": async ({
    events,
  }) => {
    const commit = sampleCommit({ stream: "a-1", expected: "any" }, { commandId: "command-1" });
    const { recordedAt } = appended(await events.append(commit));
    await events.append(sampleRefusal("command-2"));
    equal(await events.forgetCommands(recordedAt), 0);
    equal((await events.append(commit)).status === "appended" && (await events.head()).position, 1);
    const later = recordedAt + 3_600_000;
    equal(await events.forgetCommands(later), 2);
    equal(await events.forgetCommands(later), 0);
    equal(await events.findCommand("command-1"), undefined);
    equal(await events.findCommand("command-2"), undefined);
    equal((await events.readStream("a-1")).length, 1);
    const again = appended(await events.append(commit));
    equal(again.repeated, false);
    equal((await events.readStream("a-1")).length, 2);
  },

  "many commands are forgotten while others are appended": async ({ events }) => {
    const first = appended(await events.append(sampleCommit({ stream: "z-1" }, { commandId: "first" })));
    const append = (index: number) => events.append(sampleRefusal(`command-${index}`));
    await Promise.all(Array.from({ length: 2500 }, (_, index) => append(index)));
    const forgetting = events.forgetCommands(first.recordedAt + 3_600_000);
    appended(await events.append(sampleCommit({ stream: "z-2" })));
    equal((await forgetting) >= 2501, true);
    equal(await events.findCommand("command-2499"), undefined);
  },

  "G4: a conflict or a failed condition leaves the command's id unused": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "a-1" })));
    const commandId = "command-1";
    const conflict = await events.append(sampleCommit({ stream: "a-1", expected: "none" }, { commandId }));
    equal(conflict.status, "conflict");
    equal(await events.findCommand(commandId), undefined);
    const conditions = [{ queries: [{}], after: 0 }];
    const failed = await events.append(sampleCommit({ stream: "a-1" }, { commandId, conditions }));
    equal(failed.status, "condition-failed");
    equal(await events.findCommand(commandId), undefined);
    appended(
      await events.append(
        sampleCommit({ stream: "a-1", expected: 1 }, { commandId, fingerprint: "decided anew" }),
      ),
    );
  },

  "G4: of concurrent appends with one command id the first happens and the others repeat it": async ({
    events,
  }) => {
    const results = await Promise.all(
      Array.from({ length: 16 }, () =>
        events.append(
          sampleCommit({ stream: "a-1", expected: "none", events: 2 }, { commandId: "command-1" }),
        ),
      ),
    );
    const [first, ...others] = results;
    if (first === undefined) throw new Error("no result");
    appended(first);
    for (const other of others) deepEqual(other, { ...first, repeated: true });
    equal((await events.head()).position, 2);
  },

  "G4: of concurrent appends with one command id and several fingerprints only the first's count": async ({
    events,
  }) => {
    const append = (fingerprint: string) =>
      events.append(sampleCommit({ stream: "a-1" }, { commandId: "command-1", fingerprint }));
    const [first, other, again] = await Promise.allSettled([append("one"), append("other"), append("one")]);
    equal(first?.status === "fulfilled" && first.value.status, "appended");
    equal(again?.status === "fulfilled" && again.value.status, "appended");
    equal(other?.status === "rejected" && other.reason.code, "command-id-reused");
    equal((await events.head()).position, 1);
  },
};
