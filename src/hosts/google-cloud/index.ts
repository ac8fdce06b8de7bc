export { type CloudEventOptions, cloudEventTrigger, type DrainTarget } from "./cloud-event-trigger.ts";
export {
  type FrameworkRequest,
  type FrameworkResponse,
  type FunctionTarget,
  httpTrigger,
} from "./http-trigger.ts";
