export { type ObjectStoreOptions, openObject } from "../../stores/sqlite/open-object.ts";
export {
  type DurableService,
  type DurableStorage,
  durableService,
  inObject,
  type ObjectContext,
  type ObjectTarget,
} from "./durable-service.ts";
export { type ObjectNamespace, objectOf } from "./object-of.ts";
export {
  type MessageBatch,
  type Worker,
  type WorkerContext,
  type WorkerOptions,
  type WorkerTarget,
  worker,
} from "./worker.ts";
