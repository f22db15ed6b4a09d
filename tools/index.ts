/**
 * Writes the index files (`_index.ts`) of the folders whose files are found by name: drivers,
 * commands, rules, probes and uapi tables; and the JSON Schema of boards, which names the drivers.
 * Adding one of those is adding its file and running `deno task index`; a static index keeps
 * bundling and `deno compile` possible and loads a module only where it is used.
 *
 *     deno run -A tools/index.ts           write them
 *     deno run -A tools/index.ts --check   exit 1 where one is out of date
 *
 * @module
 */

interface Entry {
  /** What it is found by. */
  readonly key: string;
  readonly file: string;
  /** The exported constant. */
  readonly name: string;
  readonly text: string;
}

interface Index {
  readonly folder: string;
  /** The file written there, where it is not `_index.ts`. */
  readonly file?: string;
  /** Finds the exported constant; group 1 is its name. */
  readonly exported: RegExp;
  /** Finds the key in the file; group 1 is the key. */
  readonly key: RegExp;
  readonly render: (entries: readonly Entry[]) => string;
}

const quote = JSON.stringify;

/** A file's name as a constant's: `panfrost_sync.ts` is panfrostSync. */
function stem({ file }: Entry): string {
  return file.replace(/\.ts$/, "").replaceAll(
    /_([a-z0-9])/g,
    (_, letter: string) => letter.toUpperCase(),
  );
}

function summaryOf(entry: Entry): string {
  const found = /^ {2}summary:\s*\n?\s*("(?:[^"\\]|\\.)*")/m.exec(entry.text);
  if (found?.[1] === undefined) throw new Error(`${entry.file}: no one-line summary string`);
  return found[1];
}

const indexes: readonly Index[] = [
  {
    folder: "drivers",
    exported: /^export const (\w+): Driver = \{/m,
    key: /^ {2}name: "([^"]+)",/m,
    render: (entries) =>
      `import type { Driver } from "./driver.ts";

/** Loads a driver's code by the name that VERSION tells. */
export const drivers: Readonly<Record<string, () => Promise<Driver>>> = {
${
        entries.map((e) =>
          `  ${quote(e.key)}: async () => (await import("./${e.file}")).${e.name},`
        ).join("\n")
      }
};
`,
  },
  {
    folder: "drivers/families",
    exported: /^export const (\w+): DeviceFamily = \{/m,
    key: /^ {2}name: "([^"]+)",/m,
    render: (entries) =>
      `import type { DeviceFamily } from "../family.ts";
${entries.map((e) => `import { ${e.name} } from "./${e.file}";`).join("\n")}

/** Every family, DRM first: the order in which nodes are listed and asked. */
export const families: readonly DeviceFamily[] = [${entries.map((e) => e.name).join(", ")}];
`,
  },
  {
    folder: "commands",
    exported:
      /^export const (command): Command(?:<.*>)? = |^export const (command) = defineCommand\(/m,
    key: /^ {2}name: "([^"]+)",/m,
    render: (entries) =>
      `import type { Command } from "./command.ts";

/** A command's one-line summary, and its definition when it is needed. */
export interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** The commands by name. */
export const commands: Readonly<Record<string, CommandEntry>> = {
${
        entries.map((e) =>
          `  ${quote(e.key)}: {\n    summary: ${
            summaryOf(e)
          },\n    load: async () => (await import("./${e.file}")).command,\n  },`
        ).join("\n")
      }
};
`,
  },
  {
    // Apart from the loaders: Deno reads every module that an import names when the program starts,
    // and `--help` shall not pay for all commands.
    folder: "commands",
    file: "_summaries.ts",
    exported:
      /^export const (command): Command(?:<.*>)? = |^export const (command) = defineCommand\(/m,
    key: /^ {2}name: "([^"]+)",/m,
    render: (entries) =>
      `/** The commands' one-line summaries, by name. */
export const summaries: Readonly<Record<string, string>> = {
${entries.map((e) => `  ${quote(e.key)}: ${summaryOf(e)},`).join("\n")}
};
`,
  },
  {
    folder: "policy",
    exported: /^export const (rule): Rule = \{/m,
    key: /^ {2}id: "([^"]+)",/m,
    render: (entries) =>
      `import type { Rule } from "./rule.ts";

/** Loads a rule by its id. */
export const rules: Readonly<Record<string, () => Promise<Rule>>> = {
${
        entries.map((e) => `  ${quote(e.key)}: async () => (await import("./${e.file}")).rule,`)
          .join("\n")
      }
};
`,
  },
  {
    folder: "policy/probes",
    exported: /^export const (probe): Probe = \{/m,
    key: /^ {2}id: "([^"]+)",/m,
    render: (entries) =>
      `import type { Probe } from "../probe.ts";

/** Loads a probe by its id. */
export const probes: Readonly<Record<string, () => Promise<Probe>>> = {
${
        entries.map((e) => `  ${quote(e.key)}: async () => (await import("./${e.file}")).probe,`)
          .join("\n")
      }
};
`,
  },
  {
    folder: "policy/facts",
    exported: /^export const (fact): Fact = \{/m,
    key: /^ {2}id: "([^"]+)",/m,
    render: (entries) =>
      `import type { Fact } from "../fact.ts";

/** Loads a fact by its id. */
export const facts: Readonly<Record<string, () => Promise<Fact>>> = {
${
        entries.map((e) => `  ${quote(e.key)}: async () => (await import("./${e.file}")).fact,`)
          .join("\n")
      }
};
`,
  },
  {
    folder: "sim/drivers",
    exported: /^export const (\w+): SimulatedDriver = \{/m,
    key: /^ {2}name: "([^"]+)",/m,
    render: (entries) =>
      `import type { SimulatedDriver } from "./driver.ts";
${entries.map((e) => `import { ${e.name} } from "./${e.file}";`).join("\n")}

/** The kernel side of every driver, by the name that boards give. */
export const drivers: Readonly<Record<string, SimulatedDriver>> = {
${entries.map((e) => `  ${quote(e.key)}: ${e.name},`).join("\n")}
};
`,
  },
  {
    folder: "differential/drivers",
    exported: /^export const (steps): DriverSteps = \{/m,
    key: /^ {2}driver: "([^"]+)",/m,
    render: (entries) =>
      `import type { DriverSteps } from "./driver_steps.ts";
${entries.map((e) => `import { ${e.name} as ${stem(e)} } from "./${e.file}";`).join("\n")}

/** The calls of each driver that has some, by the name that VERSION tells. */
export const drivers: Readonly<Record<string, DriverSteps>> = {
${entries.map((e) => `  ${quote(e.key)}: ${stem(e)},`).join("\n")}
};
`,
  },
  {
    folder: "live/calls",
    exported: /^export const (group): CallGroup = \{/m,
    key: /^ {2}subject: "([^"]+)",/m,
    render: (entries) =>
      `import type { CallGroup } from "./_call_case.ts";
${entries.map((e) => `import { group as ${stem(e)} } from "./${e.file}";`).join("\n")}

/** The call cases, a file each. */
export const groups: readonly CallGroup[] = [${entries.map(stem).join(", ")}];
`,
  },
  {
    folder: "live/calls/gpus",
    exported: /^export const (gpus): readonly Gpu\[\] = /m,
    key: /^ {4}driver: "([^"]+)",/m,
    render: (entries) =>
      `import type { Gpu } from "../_gpus.ts";
${entries.map((e) => `import { gpus as ${stem(e)} } from "./${e.file}";`).join("\n")}

/** The GPUs of the arm64 board by driver. */
export const byDriver: Readonly<Record<string, readonly Gpu[]>> = {
${entries.map((e) => `  ${quote(e.key)}: ${stem(e)},`).join("\n")}
};
`,
  },
  {
    folder: "live/cases",
    exported: /^export const (cases): readonly Case\[\] = /m,
    key: /^export const (cases)/m,
    render: (entries) =>
      `import type { Case } from "../_case.ts";
${entries.map((e) => `import { cases as ${stem(e)} } from "./${e.file}";`).join("\n")}

/** The cases, a table a file. */
export const tables: readonly (readonly Case[])[] = [${entries.map(stem).join(", ")}];
`,
  },
  {
    folder: "ffi/uapi",
    exported: /^export const (\w+) = \{/m,
    key: /^ {2}name: "([^"]+)",/m,
    render: (entries) =>
      `import type { UapiTable } from "../ioctl.ts";
${entries.map((e) => `import { ${e.name} } from "./${e.file}";`).join("\n")}

/** Every table, ordered by file name. */
export const tables: readonly UapiTable[] = [${entries.map((e) => e.name).join(", ")}];
`,
  },
];

async function entriesOf(index: Index, root: URL): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { name: file, isFile } of Deno.readDir(new URL(`${index.folder}/`, root))) {
    if (!isFile || !file.endsWith(".ts") || file.startsWith("_") || file.endsWith("_test.ts")) {
      continue;
    }
    const text = await Deno.readTextFile(new URL(`${index.folder}/${file}`, root));
    const exported = index.exported.exec(text);
    const key = index.key.exec(text)?.[1];
    const name = exported?.[1] ?? exported?.[2];
    if (name !== undefined && key !== undefined) entries.push({ key, file, name, text });
  }
  return entries.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function formatted(text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--line-width", "100", "--ext", "ts", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new TextDecoder().decode((await process.output()).stdout);
}

/** Writes or checks every index; returns the ones that were out of date. */
export async function updateIndexes(root: URL, check: boolean): Promise<string[]> {
  const outdated: string[] = [];
  for (const index of indexes) {
    const entries = await entriesOf(index, root);
    const text = await formatted(
      `// Generated by \`deno task index\` from the files of this folder. Do not edit.\n\n` +
        index.render(entries),
    );
    const file = `${index.folder}/${index.file ?? "_index.ts"}`;
    const path = new URL(file, root);
    const before = await Deno.readTextFile(path).catch(() => "");
    if (before === text) continue;
    outdated.push(file);
    if (!check) await Deno.writeTextFile(path, text);
  }
  // After the drivers' index, which it imports.
  const { BOARD_SCHEMA, boardSchema } = await import("./board_schema.ts");
  const schema = new URL(BOARD_SCHEMA, root);
  const text = `${JSON.stringify(boardSchema(), null, 2)}\n`;
  if (await Deno.readTextFile(schema).catch(() => "") !== text) {
    outdated.push(BOARD_SCHEMA);
    if (!check) await Deno.writeTextFile(schema, text);
  }
  return outdated;
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  const outdated = await updateIndexes(new URL("../", import.meta.url), check);
  const write = (line: string): number =>
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  for (const file of outdated) write(check ? `out of date: ${file}` : `wrote ${file}`);
  if (check && outdated.length > 0) {
    write("Run: deno task index");
    Deno.exit(1);
  }
}
