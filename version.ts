/** The version, as deno.json has it. */
import config from "./deno.json" with { type: "json" };

export const version: string = config.version;
