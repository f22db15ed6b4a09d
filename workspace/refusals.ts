import { KernelRefusal } from "../errors.ts";
import type { RefusedEvent } from "./journal.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Does what the kernel may refuse, and notes where it does.
 * @throws what the action throws
 */
export function noted<T>(
  workspace: Workspace,
  asked: Omit<RefusedEvent, "kind" | "errno">,
  action: () => T,
): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof KernelRefusal) {
      workspace.journal.add({ kind: "refused", errno: error.errno, ...asked });
    }
    throw error;
  }
}
