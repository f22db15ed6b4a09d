/**
 * Builds the programs of `emit_c_live_test.ts` before the guest boots: it has no compiler.
 *
 * @module
 */
import { compile, strict } from "../emit/_compilers.ts";
import { igtStub } from "../emit/_igt_stub.ts";
import type { HostStep } from "../vm/host_steps.ts";
import { compilerFor } from "../vm/tools.ts";
import { boctl } from "./_boctl.ts";
import { FOLDER, programsFor } from "./_emit_c.ts";
import { machines } from "./_machine.ts";

/** Emits and compiles the programs of a machine, linked statically. */
export async function prepare({ machine, share }: HostStep): Promise<void> {
  const name = machines.find((one) => one === machine.name);
  if (name === undefined) return;
  const folder = `${share}/${FOLDER}`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/igt.h`, igtStub);
  const compiler = compilerFor(machine.arch);
  for (const { name: program, script, board, style, change } of programsFor(name)) {
    const path = `${folder}/${program}`;
    const { code, err } = await boctl(
      `--device ${board} emit-c ${script} --style ${style} --out ${path}.c`,
    );
    if (code !== 0) throw new Error(`emit-c ${script} on ${board}: exit ${code}: ${err}`);
    if (change !== undefined) {
      const text = await Deno.readTextFile(`${path}.c`);
      if (!text.includes(change.from)) throw new Error(`${path}.c has no "${change.from}"`);
      await Deno.writeTextFile(`${path}.c`, text.replaceAll(change.from, change.to));
    }
    await compile(compiler, [...strict, "-O2", "-static", "-s", "-o", path, `${path}.c`]);
  }
}
