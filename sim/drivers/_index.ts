// One line a simulated driver, by the name that boards use. Sorted.

import type { SimulatedDriver } from "./driver.ts";
import { panthor } from "./panthor.ts";

/** Every simulated driver by name. */
export const drivers: Readonly<Record<string, SimulatedDriver>> = {
  "panthor": panthor,
};
