import { expect, test } from "vitest";
import { manifests } from "./kubernetes-files.ts";
import { kubernetesProblems } from "./kubernetes-rules.ts";
import { schemaProblems } from "./kubernetes-schemas.ts";

test("the manifests fit each other, the command line, the routes and the metrics", async () => {
  expect(await kubernetesProblems(manifests)).toEqual([]);
  expect(schemaProblems(manifests)).toEqual([]);
});

test.each([
  ["a document that is no YAML", "query.yaml", "kind: Service", "kind: [Service", /Flow sequence/],
  ["a misspelt field", "query.yaml", "replicas: 2", "replica: 2", /Unrecognized key: "replica"/],
  [
    "a Deployment that does not select its pods",
    "query.yaml",
    "component: query }\n  # No",
    "component: x }\n  # No",
    /select its own pods/,
  ],
  [
    "a Service for other pods",
    "query.yaml",
    "selector: { app.kubernetes.io/name: accounts, app.kubernetes.io/component: query }",
    "selector: { app.kubernetes.io/name: accounts }",
    /Service accounts-query selects/,
  ],
  ["a role twice", "query.yaml", '"--roles", "query,relay"', '"--roles", "command"', /expected each of/],
  [
    "a role that there is not",
    "query.yaml",
    '"--roles", "query,relay"',
    '"--roles", "queries"',
    /Expected one or more of/,
  ],
  ["an option that there is not", "query.yaml", '"--roles"', '"--role"', /unknown option '--role'/],
  [
    "a configuration that there is not",
    "query.yaml",
    "production.config.ts",
    "prod.config.ts",
    /no prod\.config\.ts/,
  ],
  [
    "a configuration that lets everybody in",
    "query.yaml",
    "production.config.ts",
    "millrace.config.ts",
    /lets everybody in/,
  ],
  [
    "a variable that nobody reads",
    "configuration.yaml",
    "LOG_LEVEL: info",
    "LOGLEVEL: info",
    /nothing reads LOGLEVEL/,
  ],
  [
    "a value that is not taken",
    "configuration.yaml",
    "LOG_LEVEL: info",
    "LOG_LEVEL: loud",
    /LOG_LEVEL must be/,
  ],
  ["a variable that is missing", "configuration.yaml", "JWKS_URL:", "JWKSURL:", /needs JWKS_URL/],
  [
    "a flag that Node does not know",
    "query.yaml",
    "--max-old-space-size",
    "--max-old-space",
    /Node knows no/,
  ],
  ["a heap above the limit", "query.yaml", "size=384", "size=512", /heap above its limit/],
  ["another port", "query.yaml", "containerPort: 3000", "containerPort: 8080", /names port 8080/],
  ["a Service to a port without a name", "query.yaml", "targetPort: http", "targetPort: web", /no port web/],
  [
    "a liveness that waits for views",
    "query.yaml",
    "livenessProbe:\n            httpGet: { path: /health/live",
    "livenessProbe:\n            httpGet: { path: /health/ready",
    /liveness asks/,
  ],
  ["a probe of no route", "query.yaml", "/health/ready", "/readyz", /readyz, which does not answer 200/],
  [
    "too little time to stop",
    "query.yaml",
    "terminationGracePeriodSeconds: 30",
    "terminationGracePeriodSeconds: 17",
    /may take 17 to stop/,
  ],
  ["the newest image, whichever", "query.yaml", "accounts:0.1.0", "accounts:latest", /another tomorrow/],
  ["an image of its own", "query.yaml", "accounts:0.1.0", "accounts:0.2.0", /expected one image/],
  ["root", "query.yaml", "runAsUser: 1000", "runAsUser: 0", /runAsUser/],
  [
    "a root file system to write to",
    "query.yaml",
    "readOnlyRootFilesystem: true",
    "readOnlyRootFilesystem: false",
    /readOnlyRootFilesystem/,
  ],
  [
    "a database outside a Secret",
    "query.yaml",
    "valueFrom:\n                secretKeyRef:\n                  name: accounts-database\n                  key: query-url",
    "value: postgres://u:p@h/d",
    /in no Secret/,
  ],
  ["a Job that serves", "migration.yaml", '["migrate"]', '["start"]', /runs start, not migrate/],
  [
    "a metric that nobody exports",
    "processor.yaml",
    "name: millrace_processor_lag",
    "name: millrace_lag",
    /no gauge of ours/,
  ],
  [
    "an adapter that tells of another metric",
    "processor.yaml",
    "seriesQuery: millrace_processor_lag",
    "seriesQuery: millrace_lag",
    /no rule of the adapter/,
  ],
  [
    "a processor that there is not",
    "processor.yaml",
    "[accounts-per-user]",
    "[accounts-by-user]",
    /no processor accounts-by-user/,
  ],
  [
    "an autoscaler of something else",
    "processor.yaml",
    "kind: Deployment\n    name: accounts-processor",
    "kind: Deployment\n    name: accounts-query",
    /runs no processors/,
  ],
])("%s is found", async (_what, file, from, to, problem) => {
  const before = manifests[file] ?? "";
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  expect((await kubernetesProblems({ ...manifests, [file]: after })).join("\n")).toMatch(problem);
});
