/** qxl's calls; not those that give the host commands. */
import type { Made, StepMaker } from "../generate.ts";
import { smallSize } from "../_values.ts";
import { asked, created, type DriverSteps, nodesOf } from "./driver_steps.ts";

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
  create: [3, (making, of): Made => {
    const size = smallSize(making.random);
    return created(making, of, "DRM_IOCTL_QXL_ALLOC", size, { size: { json: size } });
  }],
  offset: { name: "DRM_IOCTL_QXL_MAP" },
  others: [[1, getParam]],
};
