/**
 * Boards: what a simulated machine is made of. A board is a JSON file, of this project
 * (`fixtures/boards/`) or the user's own.
 *
 * @module
 */
import { nearestWord } from "../syntax/nearest.ts";
import { BoardError } from "./board_error.ts";
import { readBoardFile } from "./board_file.ts";
import type { Board } from "./board_types.ts";
import { drivers } from "./drivers/_index.ts";

export { BoardError } from "./board_error.ts";
export type { Board, BoardAccess, BoardDevice } from "./board_types.ts";
export { readBoard } from "./read_board.ts";

const BOARDS = new URL("../fixtures/boards/", import.meta.url);

function shipped(): string[] {
  return [...Deno.readDirSync(BOARDS)]
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => name.slice(0, -".json".length))
    .sort();
}

/** Whether something of a board is not as any Linux has it. */
function isInvented({ devices }: Board): boolean {
  return devices.some(({ driver, counterfactual }) =>
    counterfactual !== null || drivers[driver]?.invented === true
  );
}

/** The boards that come with the project, by name; those that mirror no Linux come last. */
export function listBoards(): Board[] {
  const boards = shipped().map((name) =>
    readBoardFile(new URL(`${name}.json`, BOARDS), name, null)
  );
  return [...boards.filter((board) => !isInvented(board)), ...boards.filter(isInvented)];
}

/** A name and, after an @, one of the board's kernels. */
export function splitKernel(
  spec: string,
): { readonly name: string; readonly kernel: string | null } {
  const match = /^(.*?)(?:@([\w.-]+))?$/s.exec(spec);
  return { name: match?.[1] ?? spec, kernel: match?.[2] ?? null };
}

/**
 * A board by name (`panthor`, `qemu@7.2`), or from a file whose name ends in `.json`
 * (`./mine.json`, `./mine.json@6.12`); after the @ stands one of the board's kernels.
 *
 * @throws {BoardError} when there is no such board or kernel, or a field is wrong
 */
export function loadBoard(spec: string): Board {
  const { name, kernel } = splitKernel(spec);
  if (name.endsWith(".json")) return readBoardFile(name, name, kernel);
  const names = shipped();
  if (!names.includes(name)) {
    const near = nearestWord(name, names);
    throw new BoardError(
      name,
      `There is no board "${name}", wanted one of ${names.join(", ")}` +
        (near === undefined ? "" : `; did you mean "${near}"?`),
    );
  }
  return readBoardFile(new URL(`${name}.json`, BOARDS), name, kernel);
}
