/**
 * Boards as text: what is wrong is told by line and column.
 *
 * @module
 */
import { type JsonText, JsonTextError, readJsonText, type TextPlace } from "../syntax/json_text.ts";
import { formatSize } from "../syntax/size.ts";
import { BoardError, type BoardProblem } from "./board_error.ts";
import type { Board } from "./board_types.ts";
import { readBoard } from "./read_board.ts";

/** The most that is read of a board's file, in bytes. */
export const BOARD_LIMIT = 1 << 20;

/** Where a field stands, or the nearest thing around it. */
function placeOf(json: JsonText, field: string): TextPlace | undefined {
  for (let path = field;;) {
    const at = json.placeOf(path);
    if (at !== undefined || path === "") return at;
    // Names can have dots of their own: what is cut too short is only told less exactly.
    path = path.slice(0, Math.max(0, path.lastIndexOf("."), path.lastIndexOf("[")));
  }
}

function located(json: JsonText, problem: BoardProblem): BoardProblem {
  const at = placeOf(json, problem.field);
  return at === undefined ? problem : { ...problem, at };
}

/** Orders places as a reader meets them. */
function compare(a: TextPlace | undefined, b: TextPlace | undefined): number {
  return a === undefined || b === undefined ? 0 : a.line - b.line || a.column - b.column;
}

/**
 * Reads a board's text.
 * @param source what to call it in messages
 * @param kernel one of its `kernels`, or null for its default
 * @throws {BoardError} with every field that is wrong, and where it stands
 */
export function parseBoard(source: string, text: string, kernel: string | null): Board {
  let json: JsonText;
  try {
    json = readJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const message = `is not JSON: ${error.message}`;
    throw new BoardError(source, [{ field: "", wanted: "JSON", message, at: error.at }], {
      cause: error,
    });
  }
  const twice = json.repeated.map((field): BoardProblem => ({
    field,
    wanted: "each name once",
    message: `"${field}" is given twice`,
  }));
  try {
    const board = readBoard(source, json.value, kernel);
    if (twice.length === 0) return board;
  } catch (error) {
    if (!(error instanceof BoardError) || error.problems.length === 0) throw error;
    twice.push(...error.problems);
  }
  const problems = twice.map((problem) => located(json, problem));
  throw new BoardError(source, problems.sort((a, b) => compare(a.at, b.at)));
}

/** A board's bytes as text. @throws {BoardError} where they are none */
export function boardText(source: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new BoardError(source, `${source}: is not UTF-8`, { cause: error });
  }
}

/**
 * Reads a board from a file.
 * @throws {BoardError} when it cannot be read, or a field is wrong
 */
export function readBoardFile(from: string | URL, source: string, kernel: string | null): Board {
  let bytes: Uint8Array;
  try {
    const { size, isDirectory } = Deno.statSync(from);
    if (isDirectory) throw new BoardError(source, `Board "${source}" is a directory`);
    if (size > BOARD_LIMIT) {
      throw new BoardError(source, `Board "${source}" is larger than ${formatSize(BOARD_LIMIT)}`);
    }
    bytes = Deno.readFileSync(from);
  } catch (error) {
    if (error instanceof BoardError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw new BoardError(source, `There is no board "${source}"`, { cause: error });
    }
    const why = error instanceof Error ? error.message : String(error);
    throw new BoardError(source, `Board "${source}" cannot be read: ${why}`, { cause: error });
  }
  return parseBoard(source, boardText(source, bytes), kernel);
}
