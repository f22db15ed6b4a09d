/**
 * What an invocation says, as text or as JSON.
 *
 * @module
 */
import { errorText } from "../output/errors.ts";
import { errorAnswer, resultAnswer, toJson } from "../output/json.ts";
import type { Answers, World } from "./_invocation.ts";

/** Renders answers as they come. */
export function rendered({ out, err }: Pick<World, "out" | "err">, json: boolean): Answers {
  return {
    result: ({ command, data, text, exitCode, on }) =>
      out(json ? toJson(resultAnswer(command, data, exitCode, on)) : text),
    error: ({ command, message, hint, also, data, at, on }) => {
      if (json) out(toJson(errorAnswer(command, data, on, at)));
      else err(errorText({ message, hint, also }, at));
    },
    text: (text) => {
      if (!json) out(text);
    },
    notice: (line) => err(`boctl: ${line}`),
    trace: err,
  };
}
