import { type Container, tagProblems, type Understood, understand } from "./container.ts";
import { environmentOf, type ObjectOf, ofKind, readObjects } from "./kubernetes-files.ts";
import type { KubernetesObject, PodTemplate } from "./kubernetes-objects.ts";
import {
  deployedRoles,
  exportedMetrics,
  processorNames,
  shutdownSeconds,
  statusOf,
} from "./service-facts.ts";

type Labels = Readonly<Record<string, string>>;

/** What is wrong with manifests, given as texts by file name; empty if nothing is. */
export async function kubernetesProblems(
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { objects, problems } = readObjects(files);
  // What cannot be read makes the other rules say nonsense.
  if (problems.length > 0) return problems;
  const deployments = ofKind(objects, "Deployment");
  const settings = ofKind(objects, "ConfigMap");
  const found: string[] = [...duplicates(objects)];
  const rolesFound: string[] = [];
  for (const deployment of deployments) {
    const where = `Deployment ${deployment.metadata.name}`;
    const { template, selector } = deployment.spec;
    const understood = await understand(containerOf(where, template, settings));
    found.push(...understood.problems, ...podProblems(where, template));
    found.push(...(await servingProblems(where, template, understood)));
    rolesFound.push(...(understood.roles ?? []));
    // Named after its first role: the relay has no need of a Deployment of its own.
    const role = understood.roles?.[0];
    if (deployment.metadata.name !== `accounts-${role}`) found.push(`${where} runs the role ${role}`);
    const spread = template.spec.topologySpreadConstraints ?? [];
    for (const { matchLabels } of [selector, ...spread.map(({ labelSelector }) => labelSelector)]) {
      if (!covers(matchLabels, template.metadata.labels)) found.push(`${where} does not select its own pods`);
    }
  }
  if (rolesFound.toSorted().join() !== deployedRoles.toSorted().join()) {
    found.push(`Deployments run ${rolesFound.join()}; expected each of ${deployedRoles.join()} once`);
  }
  for (const job of ofKind(objects, "Job")) {
    const where = `Job ${job.metadata.name}`;
    const { template } = job.spec;
    const understood = await understand(containerOf(where, template, settings));
    found.push(...understood.problems, ...podProblems(where, template));
    if (understood.command !== "migrate") found.push(`${where} runs ${understood.command}, not migrate`);
    if (template.spec.restartPolicy === undefined) found.push(`${where} needs a restartPolicy`);
  }
  if (ofKind(objects, "Job").length !== 1) found.push("expected one Job, which migrates");
  found.push(
    ...selectingProblems(deployments, ofKind(objects, "Service"), ofKind(objects, "PodDisruptionBudget")),
  );
  found.push(...autoscalerProblems(ofKind(objects, "HorizontalPodAutoscaler"), deployments, files));
  const images = new Set(objects.flatMap((object) => templateOf(object)?.spec.containers[0].image ?? []));
  if (images.size !== 1) found.push(`expected one image, found ${[...images].join(", ")}`);
  return found;
}

function templateOf(object: KubernetesObject): PodTemplate | undefined {
  return object.kind === "Deployment" || object.kind === "Job" ? object.spec.template : undefined;
}

function duplicates(objects: readonly KubernetesObject[]): readonly string[] {
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`);
}

function covers(wanted: Labels, labels: Labels): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([name, value]) => labels[name] === value);
}

/** With a database in the place of each Secret. */
function containerOf(
  where: string,
  { spec }: PodTemplate,
  maps: readonly ObjectOf<"ConfigMap">[],
): Container {
  const [container] = spec.containers;
  const env = environmentOf(container, maps, () => "postgres://user:password@db.example/accounts");
  return { where, args: container.args, env };
}

/** What holds for every pod of ours, whatever it runs. */
function podProblems(where: string, { spec }: PodTemplate): readonly string[] {
  const [container] = spec.containers;
  const found = [...tagProblems(where, container.image)];
  const database = container.env.find(({ name }) => name === "DATABASE_URL");
  if (database === undefined || !("valueFrom" in database))
    found.push(`${where} has its database in no Secret`);
  const heap = /--max-old-space-size=(\d+)/.exec(
    container.env.map((it) => ("value" in it ? it.value : "")).join(" "),
  )?.[1];
  const { requests, limits } = container.resources;
  if (heap !== undefined && Number(heap) >= mebibytes(limits.memory))
    found.push(`${where} has a heap above its limit`);
  if (mebibytes(requests.memory) > mebibytes(limits.memory))
    found.push(`${where} requests more than its limit`);
  return found;
}

function mebibytes(quantity: string): number {
  return Number.parseInt(quantity, 10) * (quantity.endsWith("Gi") ? 1024 : 1);
}

/** What holds for pods that serve: ports, probes, time to stop. */
async function servingProblems(
  where: string,
  { spec }: PodTemplate,
  { command, config, roles = [], settings }: Understood,
): Promise<readonly string[]> {
  const [container] = spec.containers;
  const found: string[] = [];
  if (command !== "start") found.push(`${where} runs ${command}, not start`);
  if (config !== "production.config.ts") found.push(`${where} lets everybody in, by ${config}`);
  const port = container.ports.find(({ name }) => name === "http")?.containerPort;
  if (port !== settings?.port)
    found.push(`${where} names port ${port}, and the service listens on ${settings?.port}`);
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const expected = [
    ["startup", startupProbe, "/health/live"],
    ["liveness", livenessProbe, "/health/live"],
    ["readiness", readinessProbe, "/health/ready"],
  ] as const;
  for (const [name, probe, path] of expected) {
    if (probe?.httpGet.path !== path)
      found.push(`${where}: ${name} asks ${probe?.httpGet.path}, not ${path}`);
    if (probe?.httpGet.port !== "http") found.push(`${where}: ${name} asks a port without a name`);
    if (probe !== undefined && (await statusOf(probe.httpGet.path, roles)) !== 200) {
      found.push(`${where}: ${name} asks ${probe.httpGet.path}, which does not answer 200`);
    }
  }
  const needed = Number(container.lifecycle?.preStop.exec.command[1] ?? 0) + shutdownSeconds();
  const given = spec.terminationGracePeriodSeconds ?? 30;
  if (given <= needed)
    found.push(`${where} is killed after ${given} seconds, and may take ${needed} to stop`);
  return found;
}

/** Services and budgets find the pods of one Deployment each, and each has one. */
function selectingProblems(
  deployments: readonly ObjectOf<"Deployment">[],
  services: readonly ObjectOf<"Service">[],
  budgets: readonly ObjectOf<"PodDisruptionBudget">[],
): readonly string[] {
  const found: string[] = [];
  const selecting = [
    ...services.map((it) => ({ it, selector: it.spec.selector })),
    ...budgets.map((it) => ({ it, selector: it.spec.selector.matchLabels })),
  ];
  for (const { it, selector } of selecting) {
    const selected = deployments.filter(({ spec }) => covers(selector, spec.template.metadata.labels));
    const names = selected.map(({ metadata }) => metadata.name);
    if (names.join() !== it.metadata.name)
      found.push(`${it.kind} ${it.metadata.name} selects ${names.join() || "nothing"}`);
    for (const { targetPort } of it.kind === "Service" ? it.spec.ports : []) {
      const ports = selected.flatMap(({ spec }) => spec.template.spec.containers[0].ports);
      if (!ports.some(({ name }) => name === targetPort))
        found.push(`Service ${it.metadata.name}: no port ${targetPort}`);
    }
  }
  for (const { metadata } of deployments) {
    const both = selecting.filter(({ it }) => it.metadata.name === metadata.name);
    if (both.length !== 2)
      found.push(`Deployment ${metadata.name} needs a Service and a PodDisruptionBudget`);
  }
  return found;
}

function autoscalerProblems(
  autoscalers: readonly ObjectOf<"HorizontalPodAutoscaler">[],
  deployments: readonly ObjectOf<"Deployment">[],
  files: Readonly<Record<string, string>>,
): readonly string[] {
  const found: string[] = [];
  const [autoscaler] = autoscalers;
  if (autoscaler === undefined || autoscalers.length !== 1) return ["expected one HorizontalPodAutoscaler"];
  const { scaleTargetRef, minReplicas, maxReplicas, metrics } = autoscaler.spec;
  const target = deployments.findIndex(({ metadata }) => metadata.name === scaleTargetRef.name);
  if (scaleTargetRef.name !== "accounts-processor")
    found.push(`the autoscaler scales ${scaleTargetRef.name}, which runs no processors`);
  if (deployments[target]?.spec.replicas !== undefined)
    found.push("the autoscaler and its Deployment both say how many");
  if (minReplicas > maxReplicas) found.push("the autoscaler's least is above its most");
  for (const { external } of metrics) {
    const { name, selector } = external.metric;
    if (exportedMetrics().get(name) !== "gauge")
      found.push(`the autoscaler looks at ${name}, which is no gauge of ours`);
    // The adapter's rule stands in a comment, for it is configured elsewhere.
    const rules = Object.values(files).flatMap((text) => text.match(/seriesQuery: \w+/g) ?? []);
    if (!rules.includes(`seriesQuery: ${name}`)) found.push(`no rule of the adapter tells of ${name}`);
    for (const { key, values } of selector.matchExpressions) {
      if (key !== "processor") found.push(`${name} has no label ${key}`);
      const unknown = values.filter((value) => !processorNames().includes(value));
      if (unknown.length > 0) found.push(`there is no processor ${unknown.join()}`);
    }
  }
  return found;
}
