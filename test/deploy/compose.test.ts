import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../entry-points.ts";
import { composeProblems } from "./compose-rules.ts";
import { serviceFolder } from "./service-facts.ts";

const compose = readFileSync(`${root}${serviceFolder}/compose.yaml`, "utf8");

test("the compose file fits the command line, the settings and itself", async () => {
  expect(await composeProblems(compose)).toEqual([]);
});

test.each([
  ["what is no YAML", "services:", "services: [", /Flow sequence|Nested mappings/],
  ["a misspelt field", "read_only: true", "readonly: true", /readonly/],
  ["a root file system to write to", "read_only: true", "read_only: false", /read_only/],
  ["a command that there is not", '["migrate"]', '["migration"]', /millrace migration/],
  ["a role twice", '"--roles", "query,relay"', '"--roles", "command"', /every role once/],
  ["a variable that nobody reads", 'PORT: "3001"', 'HTTP_PORT: "3001"', /nothing reads HTTP_PORT/],
  [
    "a port that nobody listens on",
    "127.0.0.1:3001:3001",
    "127.0.0.1:3001:3000",
    /expected 127\.0\.0\.1:…:3001/,
  ],
  ["a port for everybody", "127.0.0.1:3001:3001", "3001:3001", /published as 3001:3001/],
  ["a port twice", "127.0.0.1:3001:3001", "127.0.0.1:3000:3001", /one port twice/],
  ["the newest server, whichever", "postgres:17-bookworm", "postgres:latest", /another tomorrow/],
  [
    "a database that is not made",
    "POSTGRES_DB: accounts",
    "POSTGRES_DB: shop",
    /expected postgres:\/\/accounts:accounts@postgres:5432\/shop/,
  ],
  ["a server that is not there", "@postgres:5432", "@database:5432", /looks for its database/],
  [
    "a migration that nobody waits for",
    "condition: service_completed_successfully",
    "condition: service_started",
    /says nothing/,
  ],
  [
    "a migration before the server",
    "condition: service_healthy",
    "condition: service_completed_successfully",
    /says nothing/,
  ],
  ["a Dockerfile that is not there", "accounts/Dockerfile", "accounts/Containerfile", /no .*Containerfile/],
  ["another context", "context: ../../..", "context: ../..", /not built from the root/],
  ["too little time to stop", "stop_grace_period: 20s", "stop_grace_period: 12s", /killed before/],
  ["a volume that is not there", "- postgres:/var", "- data:/var", /no volume data/],
])("%s is found", async (_what, from, to, problem) => {
  const changed = compose.replace(from, to);
  expect(changed).not.toBe(compose);
  expect((await composeProblems(changed)).join("\n")).toMatch(problem);
});
