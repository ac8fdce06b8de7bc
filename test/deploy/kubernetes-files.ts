import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { root } from "../entry-points.ts";
import { type KubernetesObject, kubernetesObject, type PodTemplate } from "./kubernetes-objects.ts";
import { serviceFolder } from "./service-facts.ts";

type Kind = KubernetesObject["kind"];
export type ObjectOf<K extends Kind> = Extract<KubernetesObject, { readonly kind: K }>;

const folder = `${root}${serviceFolder}/k8s/`;

/** The service's manifests, as texts by file name. */
export const manifests: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(folder).map((file) => [file, readFileSync(folder + file, "utf8")] as const),
);

/** The objects in manifests, and what is wrong with those that cannot be read. */
export function readObjects(files: Readonly<Record<string, string>>): {
  readonly objects: readonly KubernetesObject[];
  readonly problems: readonly string[];
} {
  const objects: KubernetesObject[] = [];
  const problems: string[] = [];
  for (const [file, text] of Object.entries(files)) {
    for (const document of parseAllDocuments(text)) {
      problems.push(...document.errors.map(({ message }) => `${file}: ${message}`));
      const read = kubernetesObject.safeParse(document.toJS());
      if (read.success) objects.push(read.data);
      else problems.push(...read.error.issues.map((it) => `${file}: ${it.path.join(".")}: ${it.message}`));
    }
  }
  return { objects, problems };
}

export function ofKind<K extends Kind>(
  objects: readonly KubernetesObject[],
  kind: K,
): readonly ObjectOf<K>[] {
  return objects.filter((object): object is ObjectOf<K> => object.kind === kind);
}

/** The variables that a container gets: of config maps what they hold, of Secrets what `secret` says. */
export function environmentOf(
  { env, envFrom }: PodTemplate["spec"]["containers"][0],
  maps: readonly ObjectOf<"ConfigMap">[],
  secret: (key: string) => string,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { configMapRef } of envFrom) {
    Object.assign(variables, maps.find(({ metadata }) => metadata.name === configMapRef.name)?.data);
  }
  for (const variable of env) {
    variables[variable.name] =
      "value" in variable ? variable.value : secret(variable.valueFrom.secretKeyRef.key);
  }
  return variables;
}
