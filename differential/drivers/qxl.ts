/** qxl's calls; not those that give the host commands. */
import type { StepMaker } from "../generate.ts";
import { asked, type DriverSteps, nodesOf } from "./driver_steps.ts";

const getParam: StepMaker = ({ random, state }) => {
  const nodes = nodesOf(state, "qxl");
  if (nodes.length === 0) return undefined;
  return asked(random.of(nodes), "DRM_IOCTL_QXL_GETPARAM", {
    param: { json: random.below(4) },
  });
};

/** qxl. */
export const steps: DriverSteps = {
  driver: "qxl",
  dumb: true,
  // Not QXL_ALLOC: the kernel does not clear what it gives out of video memory, so that what is read
  // is what was there before.
  offset: { name: "DRM_IOCTL_QXL_MAP" },
  // As its console comes back.
  ownObjects: true,
  others: [[1, getParam]],
};
