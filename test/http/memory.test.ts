import { httpSuite } from "./http-suite.ts";
import { overMemory } from "./over-stores.ts";

httpSuite(overMemory());
