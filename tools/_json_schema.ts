/**
 * JSON Schema validation for tests, in a process with packages of its own: `json_schema.ts`.
 *
 * @module
 */
import { assert } from "@std/assert";
import { root } from "./_boctl.ts";

const path = (name: string): string => decodeURIComponent(new URL(name, root).pathname);

/**
 * What is wrong with each of some values, a list each, empty where it is valid.
 * @param schema a file of the checkout, or `sarif` for SARIF 2.1.0
 */
export async function validate(
  schema: string,
  values: readonly unknown[],
): Promise<readonly (readonly string[])[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-prompt", "--config", path("tools/json_schema.json")],
      path("tools/json_schema.ts"),
      schema === "sarif" ? schema : path(schema),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = values.map((value) => `${JSON.stringify(value)}\n`).join("");
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  const answers = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
  assert(answers.length === values.length, answers.join("\n"));
  return answers.map((line) => JSON.parse(line) as string[]);
}
