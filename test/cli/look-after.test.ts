import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import {
  createTask,
  makeShop,
  millrace,
  type Running,
  start,
  startShop,
  temporaryFolder,
  terminate,
} from "./millrace.ts";

let folder: string;
let shop: Running & { readonly url: string };
const ids: string[] = [];

async function json(args: readonly string[], env = {}): Promise<never> {
  const ended = await millrace([...args, "--json"], folder, env);
  expect(ended.stderr).toBe("");
  expect(ended.code).toBe(0);
  // Tests look at what they expect to be there.
  return JSON.parse(ended.stdout) as never;
}

async function eventually<T>(look: () => Promise<T>, check: (found: T) => void): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    try {
      return check(found);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

beforeAll(async () => {
  folder = makeShop();
  shop = await startShop(folder);
  for (const title of ["big", "small", "poison"]) ids.push(await createTask(shop.url, title));
  // Until the policy has completed the small one and parked the poisoned one.
  await eventually(
    () => json(["parked", "list"]),
    (parked) => expect(parked).toHaveLength(1),
  );
}, 60_000);

describe("events, while the service runs", () => {
  test("tail prints the last ones, as lines or as JSON", async () => {
    const lines = await millrace(["events", "tail", "-n", "2"], folder);
    expect(lines.code).toBe(0);
    expect(lines.stdout.trimEnd().split("\n")).toHaveLength(2);
    const all = await millrace(["events", "tail", "--json", "--types", "TaskCompleted"], folder);
    expect(JSON.parse(all.stdout)).toMatchObject({ type: "TaskCompleted", stream: `task-${ids[1]}` });
  });

  test("tail --follow goes on with new ones until interrupted", async () => {
    const tail = start(["events", "tail", "-n", "1", "--follow"], folder);
    await tail.sees(/Task/);
    await createTask(shop.url, "followed");
    await tail.sees(/followed/);
    tail.child.kill("SIGINT");
    expect(await tail.exited).toBe(0);
  });

  test("show prints the history of a stream", async () => {
    const stream = `task-${ids[1]}`;
    expect(await json(["events", "show", stream])).toMatchObject([
      { type: "TaskCreated", version: 1 },
      { type: "TaskCompleted", version: 2 },
    ]);
    const second = await millrace(["events", "show", stream, "--from", "2"], folder);
    expect(second.stdout).toMatch(/^\d+ {2}\S+ {2}task-\S+@2 {2}TaskCompleted {2}\{\}\n$/);
  });

  test("show of a stream that is not there fails, and says so", async () => {
    const ended = await millrace(["events", "show", "task-nothing"], folder);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/There is no stream task-nothing\. \[aggregate-not-found\]/);
    expect((await millrace(["events", "show", "nonsense"], folder)).stderr).toMatch(/"category-id"/);
  });

  test("export, then import into an empty store, keeps ids and positions", async () => {
    const exported = path.join(folder, "events.jsonl");
    const out = await millrace(["events", "export", "--out", exported], folder);
    expect(out).toMatchObject({ code: 0, stdout: "" });
    expect(out.stderr).toMatch(/^Exported \d+ events\.\n$/);
    const again = await millrace(["events", "export", "--out", exported], folder);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toMatch(/it is there already/);

    const copy = { DATABASE_URL: "sqlite:./copy.db" };
    const imported = await millrace(["events", "import", exported], folder, copy);
    expect(imported.stderr).toMatch(/^Imported and verified \d+ events\.\n$/);
    expect(imported.code).toBe(0);
    const both = await millrace(["events", "export"], folder, copy);
    expect(both.stdout).toBe(readFileSync(exported, "utf8"));

    const twice = await millrace(["events", "import", exported], folder, copy);
    expect(twice.code).toBe(1);
    expect(twice.stderr).toMatch(/Only an empty store takes an import.*\[log-not-empty\]/);
  });

  test("import of a broken file changes nothing, and names the line", { timeout: 60_000 }, async () => {
    const env = { DATABASE_URL: "sqlite:./broken.db" };
    const lines = (await millrace(["events", "export"], folder)).stdout.trimEnd().split("\n");
    const file = path.join(folder, "broken.jsonl");
    for (const [broken, message] of [
      [[lines[0], "{nonsense"], /Line 2 of .*it is not JSON/],
      [[lines[0], "{}"], /Line 2 of .*"id" must be a string/],
      [[lines[1]], /not a whole log: it begins at position 2/],
      [[...lines.slice(0, 2), lines[1]], /must have position 3/],
      [
        lines.map((line, index) =>
          index < lines.length - 1 ? line : line.replace(/"version":\d+/, '"version":99'),
        ),
        /version \d+ of .*and 99/,
      ],
      [
        [lines[0], lines[1]?.replace(/"id":"[^"]+"/, `"id":"${JSON.parse(lines[0] ?? "").id}"`)],
        /events in two places/,
      ],
    ] as const) {
      writeFileSync(file, broken.join("\n"));
      const ended = await millrace(["events", "import", file], folder, env);
      expect(ended.stderr).toMatch(message);
      expect(ended.code).toBe(1);
    }
    expect((await millrace(["events", "import", "nothing.jsonl"], folder, env)).stderr).toMatch(/ENOENT/);
    const after = await millrace(["events", "tail", "--json"], folder, env);
    expect(after).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("processors, while the service runs", () => {
  test("list tells how far each is", async () => {
    expect(await json(["processors", "list"])).toMatchObject([
      { name: "tasks", kind: "view" },
      { name: "complete-small", kind: "policy", parkedSequences: 1 },
    ]);
    const { stdout } = await millrace(["processors", "list"], folder);
    expect(stdout).toMatch(/^NAME +KIND +STATUS +POSITION +LAG +RETRYING +PARKED\ntasks +view +running/);
  });

  test("pause holds a processor in the running process, resume lets it go on", async () => {
    const row = async (id: string) => (await fetch(`${shop.url}/v1/views/tasks/${id}`)).status;
    expect((await millrace(["processors", "pause", "tasks"], folder)).stdout).toBe("Paused tasks.\n");
    expect(await json(["processors", "list"])).toMatchObject([{ name: "tasks", status: "paused" }, {}]);
    const rebuild = await millrace(["processors", "rebuild", "tasks"], folder);
    expect(rebuild).toMatchObject({ code: 1, stdout: expect.stringMatching(/is paused/) });
    const id = await createTask(shop.url, "while paused");
    expect((await millrace(["processors", "resume", "tasks"], folder)).stdout).toBe("Resumed tasks.\n");
    await eventually(
      () => row(id),
      (status) => expect(status).toBe(200),
    );
  });

  test("G9: rebuild builds a view anew and waits for the switch", async () => {
    const ended = await millrace(["processors", "rebuild", "tasks"], folder);
    expect(ended.stderr).toBe("");
    expect(ended.stdout).toMatch(/^Rebuilt tasks: \d+ events\.\n$/);
    expect(ended.code).toBe(0);
    expect((await fetch(`${shop.url}/v1/views/tasks/${ids[0]}`)).status).toBe(200);
  });

  test("one that is not there is named, with those that are", async () => {
    const ended = await millrace(["processors", "pause", "nothing"], folder);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(
      /"nothing"; expected one of tasks, complete-small\. \[processor-not-found\]/,
    );
  });
});

describe("audit and doctor, while the service runs", () => {
  test("G10: audit finds no difference in full", async () => {
    const reports = await json(["audit", "--full"]);
    expect(reports).toMatchObject([{ subject: "view tasks", differences: [], done: true }]);
    const { stdout, code } = await millrace(["audit", "--full", "--view", "tasks"], folder);
    expect(stdout).toMatch(/^OK {4}view tasks: \d+ rows compared, folded from \d+ events, 0 differ\n$/);
    expect(code).toBe(0);
  });

  test("G10: audit finds a row that somebody changed, prints both, and ends with exit code 1", async () => {
    const other = makeShop();
    const running = await startShop(other);
    const id = await createTask(running.url, "true");
    await expect
      .poll(async () => (await fetch(`${running.url}/v1/views/tasks/${id}`)).status, { timeout: 20_000 })
      .toBe(200);
    await terminate(running);
    const database = new DatabaseSync(path.join(other, "data/app.db"));
    const changed = database.prepare(`UPDATE view_tasks_1_1 SET row = replace(row, 'true', 'false')`).run();
    database.close();
    expect(changed.changes).toBe(1);
    const { stdout, code } = await millrace(["audit", "--full"], other);
    expect(stdout).toMatch(/^FAIL {2}view tasks: 1 rows compared.* 1 differ$/m);
    expect(stdout).toMatch(/expected \{.*"true"[\s\S]*found {4}\{.*"false"/);
    expect(code).toBe(1);
  });

  test("doctor looks at each thing and says what to do", async () => {
    const { stdout, code } = await millrace(["doctor"], folder);
    expect(stdout).toMatch(/^OK +node +\d+\.\d+/m);
    for (const subject of [
      "configuration",
      "authentication",
      "database",
      "durability",
      "journal",
      "integrity",
    ]) {
      expect(stdout).toMatch(new RegExp(`^OK +${subject} `, "m"));
    }
    expect(stdout).toMatch(
      /^WARN +parked +1 sequence of complete-small[^\n]*\n +-> Look at them: millrace parked list$/m,
    );
    expect(code).toBe(0);
    expect(await json(["doctor"])).toContainEqual(
      expect.objectContaining({ subject: "node", verdict: "OK" }),
    );
  });

  test("doctor fails where something is wrong", async () => {
    const ended = await millrace(["doctor"], temporaryFolder());
    expect(ended.stdout).toMatch(/^FAIL +configuration +There is no millrace\.config\.ts/m);
    expect(ended.code).toBe(1);
    const foreign = { DATABASE_URL: "sqlite:./package.json" };
    const { stdout, code } = await millrace(["doctor"], folder, foreign);
    expect(stdout).toMatch(/^FAIL +database +.*package\.json/m);
    expect(code).toBe(1);
  });

  test("doctor of a service that never ran makes no database", async () => {
    const fresh = makeShop("");
    const { stdout, code } = await millrace(["doctor"], fresh);
    expect(stdout).toMatch(/^WARN +authentication +undecided/m);
    expect(stdout).toMatch(/^WARN +database +.* is not there yet/m);
    expect(code).toBe(0);
    expect(existsSync(path.join(fresh, "data"))).toBe(false);
  });
});

describe("parked sequences", () => {
  const sequence = () => `task-${ids[2]}`;

  test("list and show tell what waits and why", async () => {
    expect(await json(["parked", "list", "complete-small"])).toMatchObject([
      { processor: "complete-small", sequence: sequence(), events: 1 },
    ]);
    const list = await millrace(["parked", "list"], folder);
    expect(list.stdout).toMatch(/^PROCESSOR .*\ncomplete-small +task-\S+ +1 .*poisoned/);
    const show = await millrace(["parked", "show", "complete-small", sequence()], folder);
    expect(show.stdout).toMatch(/^\d+ {2}TaskCreated {2}\{.*"poison".*\n {4}failed \d+ times/);
    expect(await json(["parked", "show", "complete-small", sequence()])).toMatchObject([
      { event: { type: "TaskCreated" }, failure: { message: expect.stringContaining("poisoned") } },
    ]);
  });

  test("what is not parked is said not to be", async () => {
    for (const verb of ["show", "retry"]) {
      const ended = await millrace(["parked", verb, "complete-small", "task-nothing"], folder);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toMatch(/\[parked-not-found\]/);
    }
  });

  test("a view's events cannot be discarded", async () => {
    const args = ["parked", "discard", "tasks", sequence(), "--reason", "no", "--position", "1"];
    expect((await millrace(args, folder)).stderr).toMatch(/\[discard-refused\]/);
  });

  test("G6: once mended, a retry handles the sequence after all; another is discarded with its reason", async () => {
    const poison = await createTask(shop.url, "poison");
    await eventually(
      () => json(["parked", "list"]),
      (parked) => expect(parked).toHaveLength(2),
    );
    const discard = ["parked", "discard", "complete-small", `task-${poison}`, "--reason", "a test"];
    const discarded = await millrace(discard, folder);
    expect(discarded.stdout).toMatch(
      /^Discarded the event at position \d+ of task-\S+ for complete-small\.\n$/,
    );
    expect(await json(["parked", "list"])).toHaveLength(1);

    expect(await terminate(shop)).toBe(0);
    shop = await startShop(folder, { MENDED: "1" });
    const retry = await millrace(["parked", "retry", "complete-small", sequence()], folder);
    expect(retry.code).toBe(0);
    await eventually(
      () => json(["parked", "list"]),
      (parked) => expect(parked).toEqual([]),
    );
    expect((await millrace(["parked", "list"], folder)).stderr).toBe("Nothing is parked.\n");
  });
});
