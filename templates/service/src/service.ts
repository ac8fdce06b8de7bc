import { service } from "millrace";
import { task } from "./task.ts";
import { tasks } from "./tasks.ts";

export default service({
  name: "{{name}}",
  aggregates: [task],
  views: [tasks],
});
