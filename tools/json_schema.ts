/**
 * Validates JSON by JSON Schema, for tests: ajv, and the schema of SARIF 2.1.0 as the package of
 * Microsoft's SARIF tools carries it. Its packages have a configuration and a lock of their own, so
 * that nobody who only runs boctl downloads them.
 *
 *     deno run --config tools/json_schema.json tools/json_schema.ts SCHEMA|sarif < values
 *
 * Standard input has one value a line; what is wrong with each is a line of JSON, a list.
 *
 * @module
 */
import { printOut } from "../output/terminal.ts";

/** What is used of ajv. */
interface Validate {
  (value: unknown): boolean;
  readonly errors?:
    | readonly {
      readonly instancePath: string;
      readonly message?: string;
      readonly params: unknown;
    }[]
    | null;
}
interface Compiler {
  compile(schema: unknown): Validate;
}
type CompilerClass = new (options: {
  readonly strict: boolean;
  readonly allErrors: boolean;
  readonly unicodeRegExp: boolean;
}) => Compiler;

/** Not a literal: under the configuration of boctl itself there are no such names. */
async function load(name: string, type?: "json"): Promise<Readonly<Record<string, unknown>>> {
  return await (type === undefined ? import(name) : import(name, { with: { type } }));
}

function withDefault(module: Readonly<Record<string, unknown>>): unknown {
  const { default: inner } = module;
  // A package of CommonJS can have its default export inside of that.
  return typeof inner === "object" && inner !== null && "default" in inner ? inner.default : inner;
}

/** The part of ajv that knows a schema's draft. */
function packageFor(schema: unknown): string {
  const draft = typeof schema === "object" && schema !== null && "$schema" in schema
    ? String(schema.$schema)
    : "";
  if (draft.includes("draft-04")) return "ajv-draft-04";
  return draft.includes("2020-12") ? "ajv/2020" : "ajv";
}

async function validatorOf(name: string): Promise<Validate> {
  const sarif = name === "sarif";
  const schema = sarif
    ? (await load("sarif-schema", "json")).default
    : JSON.parse(await Deno.readTextFile(name)) as unknown;
  const Ajv = withDefault(await load(packageFor(schema))) as CompilerClass;
  const addFormats = withDefault(await load("ajv-formats")) as (compiler: Compiler) => void;
  // SARIF's schema is of draft 4, with keywords that strict mode does not know, and a pattern that
  // is none under the u flag.
  const compiler = new Ajv({ strict: !sarif, allErrors: true, unicodeRegExp: !sarif });
  addFormats(compiler);
  return compiler.compile(schema);
}

if (import.meta.main) {
  const validate = await validatorOf(Deno.args[0] ?? "");
  const text = await new Response(Deno.stdin.readable).text();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const wrong = validate(JSON.parse(line)) ? [] : validate.errors ?? [];
    printOut(
      JSON.stringify(
        wrong.map(({ instancePath, message, params }) =>
          `${instancePath || "/"} ${message} ${JSON.stringify(params)}`
        ),
      ),
    );
  }
}
