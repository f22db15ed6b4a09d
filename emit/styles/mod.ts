/** @module */
import type { Style } from "../style.ts";
import { igt } from "./igt.ts";
import { kselftest } from "./kselftest.ts";
import { plain } from "./plain.ts";

/** Every style by its name. */
export const styles: Readonly<Record<"plain" | "kselftest" | "igt", Style>> = {
  plain,
  kselftest,
  igt,
};

/** The name of a style. */
export type StyleName = keyof typeof styles;

/** Their names, the default first. */
export const styleNames: readonly StyleName[] = ["plain", "kselftest", "igt"];
