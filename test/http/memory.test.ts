import { httpSuite } from "./http-suite.ts";
import { overMemory } from "./over-memory.ts";

httpSuite(overMemory());
