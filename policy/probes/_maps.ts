/**
 * Which files this process has mapped, as /proc/self/maps tells.
 *
 * @module
 */
import { errnoName } from "../../ffi/errno.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { cannotBeTold } from "../probe_bench.ts";

/** The `path` column of every mapping that has one. @throws {Unanswered} where it cannot be read */
export function mappedFiles(kernel: Kernel): readonly string[] {
  const path = "/proc/self/maps";
  const text = kernel.readText(path);
  if (typeof text === "number") throw cannotBeTold(`${path}: ${errnoName(-text)}`);
  return text.split("\n").flatMap((line) => /^\S+ \S+ \S+ \S+ \S+ +(\/.*)$/.exec(line)?.[1] ?? []);
}

/** The file of `after` that `before` has fewer of; undefined where there is none. */
export function addedFile(
  before: readonly string[],
  after: readonly string[],
): string | undefined {
  const count = (files: readonly string[], wanted: string): number =>
    files.filter((file) => file === wanted).length;
  // A dma-buf or a node comes before whatever else the process maps meanwhile.
  const added = after.filter((file) => count(after, file) > count(before, file));
  return added.find((file) => /^\/(dmabuf:|dev\/dri\/)/.test(file)) ?? added[0];
}
