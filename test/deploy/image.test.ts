import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../entry-points.ts";
import { healthCheck, imageProblems, isIgnored } from "./image-rules.ts";
import { serviceFolder } from "./service-facts.ts";

const dockerfile = readFileSync(`${root}${serviceFolder}/Dockerfile`, "utf8");
const dockerignore = readFileSync(`${root}.dockerignore`, "utf8");

test("the Dockerfile fits the project, the command line and the routes", async () => {
  expect(await imageProblems(dockerfile, dockerignore)).toEqual([]);
});

test.each([
  ["the newest Node, whichever", "FROM node:24-bookworm-slim AS", "FROM node:latest AS", /another tomorrow/],
  ["an image without a tag", "FROM node:24-bookworm-slim\n", "FROM node\n", /has no tag/],
  [
    "a Node that is too old",
    "FROM node:24-bookworm-slim\n",
    "FROM node:18-bookworm-slim\n",
    /node:18-bookworm-slim is not known/,
  ],
  [
    "a Node that may be too old",
    "FROM node:24-bookworm-slim\n",
    "FROM node:20-bookworm-slim\n",
    /node:20-bookworm-slim is not known/,
  ],
  ["a source that is not there", "COPY src src", "COPY sources src", /there is no sources/],
  ["a source that is left out", "COPY src src", "COPY docs docs", /leaves docs out/],
  ["a stage that is not there", "--from=build", "--from=builder", /no stage builder/],
  ["packages for development", "npm ci --omit=dev", "npm ci", /more than production dependencies/],
  [
    "packages of the stage that builds",
    "--from=dependencies /app /app",
    "--from=build /app /app",
    /more than production|expected \/app/,
  ],
  [
    "packages before the workspaces",
    "COPY examples examples\n",
    "",
    /before examples\/online-store\/accounts is there/,
  ],
  ["root", "USER 1000:1000", "USER 0:0", /runs as 0:0/],
  ["a user by name", "USER 1000:1000", "USER node", /runs as node/],
  ["no user", "USER 1000:1000\n", "", /runs as root/],
  ["another program", "/app/bin/millrace.js", "/app/dist/main.js", /starts node \/app\/dist\/main\.js/],
  ["another folder", "WORKDIR /app/examples/online-store/accounts", "WORKDIR /app", /starts in \/app/],
  ["a command that there is not", 'CMD ["start"]', 'CMD ["serve"]', /millrace serve/],
  ["another port", "EXPOSE 3000", "EXPOSE 8080", /exposes 8080/],
  ["a health check of no route", "'/health/live'", "'/healthz'", /healthz, which does not answer 200/],
  ["a health check that waits for views", "'/health/live'", "'/health/ready'", /builds a view restarted/],
])("%s is found", async (_what, from, to, problem) => {
  const changed = dockerfile.replace(from, to);
  expect(changed).not.toBe(dockerfile);
  expect((await imageProblems(changed, dockerignore)).join("\n")).toMatch(problem);
});

test("what is secret, installed or made here stays out of the image", () => {
  const left = (file: string) => isIgnored(file, dockerignore);
  const out = [
    ".git/config",
    ".env",
    `${serviceFolder}/.env`,
    "node_modules/pg/package.json",
    `${serviceFolder}/node_modules/x/index.js`,
    `${serviceFolder}/data/accounts.db`,
    `${serviceFolder}/test/http.test.ts`,
    "src/runtime/metrics.test.ts",
    "dist/index.js",
  ];
  expect(out.filter((file) => !left(file))).toEqual([]);
  const within = ["src/runtime/metrics.ts", "bin/millrace.js", `${serviceFolder}/src/views.ts`, ".npmrc"];
  expect(within.filter(left)).toEqual([]);
});

test("the health check tells whether a process lives", async () => {
  let status = 200;
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/health/live" ? status : 404;
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const [, ...args] = healthCheck(dockerfile);
  const exitCode = () =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, args, { env: { PORT: String(port) } });
      child.on("exit", resolve);
    });
  expect(await exitCode()).toBe(0);
  status = 503;
  expect(await exitCode()).toBe(1);
  server.closeAllConnections();
  server.close();
  expect(await exitCode()).toBe(1);
});
