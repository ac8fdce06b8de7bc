import { createRequire } from "node:module";
import { parseAllDocuments } from "yaml";

const require = createRequire(import.meta.url);

interface Model {
  new (
    object: unknown,
  ): {
    /** Throws, naming each field that is not as the schema says. */
    validate(): void;
  };
}

/** What the published schemas of Kubernetes and Knative say against documents of YAML, given by file name; empty if nothing. */
export function schemaProblems(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(files).flatMap(([file, text]) =>
    parseAllDocuments(text).flatMap((document) => {
      const object = document.toJS() as { readonly apiVersion: string; readonly kind: string };
      const { apiVersion, kind } = object;
      const models = apiVersion.includes("knative.dev") ? "@kubernetes-models/knative" : "kubernetes-models";
      const { [kind]: Kind } = require(`${models}/${apiVersion}/${kind}`) as Record<string, Model>;
      if (Kind === undefined) return `${file}: no schema of ${apiVersion} ${kind}`;
      try {
        new Kind(object).validate();
        return [];
      } catch (error) {
        return `${file}: ${kind}: ${(error as Error).message}`;
      }
    }),
  );
}
