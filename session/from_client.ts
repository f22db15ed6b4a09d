import { BrokenChannel } from "./channel.ts";
import type { FromClient } from "./protocol.ts";

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** What each type of message has to have. */
const shapes: Readonly<Record<FromClient["type"], (fields: Fields) => boolean>> = {
  hello: () => true,
  run: ({ args, env, folder }) =>
    isText(folder) && Array.isArray(args) && args.every(isText) && isFields(env) &&
    Object.values(env).every(isText),
  cancel: () => true,
  answer: ({ id, error }) => typeof id === "number" && (error === undefined || isFields(error)),
  status: () => true,
  stop: () => true,
};

/**
 * What a client said.
 * @throws {BrokenChannel} where it is nothing that a client says
 */
export function fromClient(json: unknown): FromClient {
  if (isFields(json) && isText(json["type"])) {
    const { type } = json;
    if (Object.hasOwn(shapes, type) && shapes[type as FromClient["type"]](json)) {
      return json as unknown as FromClient;
    }
  }
  throw new BrokenChannel("what came is nothing that a client says");
}
