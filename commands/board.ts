/** @module */
import { UsageError } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import type { BoardError, BoardProblem } from "../sim/board_error.ts";
import type { Board } from "../sim/board_types.ts";
import { boardFacts, boardLine } from "./_board_facts.ts";
import { type Context, defineCommand, type Result } from "./command.ts";

const SIM = "sim:";

/** All that is wrong with a board, as one error. */
class BoardRefused extends UsageError {
  readonly #problems: readonly BoardProblem[];

  constructor(error: BoardError, lines: readonly string[]) {
    const [first = error.message, ...more] = lines;
    super(first, { word: error.source });
    if (more.length > 0) this.also = more;
    const ofFields = error.problems.some(({ field }) => field !== "");
    this.hint = ofFields ? "schemas/board.schema.json has every field." : undefined;
    this.#problems = error.problems;
  }

  override toData(): Record<string, unknown> {
    const { also: _also, ...data } = super.toData();
    return { ...data, problems: this.#problems };
  }
}

async function load(context: Context, spec: string): Promise<Board> {
  const { loadBoard, splitKernel } = await import("../sim/board.ts");
  const { BOARD_LIMIT, boardText, parseBoard } = await import("../sim/board_file.ts");
  const { name, kernel } = splitKernel(spec);
  if (name === "-") {
    const source = "(standard input)";
    return parseBoard(source, boardText(source, await context.readStdin(BOARD_LIMIT)), kernel);
  }
  if (!name.includes("/") && !name.endsWith(".json")) return loadBoard(spec);
  return parseBoard(name, boardText(name, await context.readFile(name, BOARD_LIMIT)), kernel);
}

async function check(context: Context, words: readonly string[]): Promise<Result> {
  const { BoardError, problemLine } = await import("../sim/board_error.ts");
  const spec = words[1] ?? "";
  try {
    const board = await load(context, spec.startsWith(SIM) ? spec.slice(SIM.length) : spec);
    return { data: { board: boardFacts(board) }, text: escapeText(boardLine(board)) };
  } catch (error) {
    if (!(error instanceof BoardError)) throw error;
    const { source, problems } = error;
    throw new BoardRefused(error, problems.map((problem) => problemLine(source, problem)));
  }
}

export const command = defineCommand({
  name: "board",
  summary: "check the file of a simulated board: all that is wrong with it, or what it is",
  group: "devices",
  arguments: [
    { name: "check", help: "what is done with it" },
    {
      name: "FILE",
      help:
        "a board's file (- for standard input), or a board of devices --boards; @KERNEL chooses",
    },
  ],
  options: {},
  details: `Exit 0 and one line on what the board is; 2 and every field that is wrong, with
its place, its value and what is wanted. The kernel after the @ is one of those
that the file names; without it the board's own choice is taken.`,
  examples: [
    { line: "board check ./mine.json", shows: "whether --device sim:./mine.json can be" },
    { line: "board check panthor@6.12", shows: "a board that comes with boctl, at a kernel" },
  ],
  needsKernel: () => false,
  ownProcess: () => true,
  validate({ words: [action = ""] }): void {
    if (action === "check") return;
    throw new UsageError(`board: there is no action "${action}", only check`, {
      word: action,
      hint: "Usage: boctl board check FILE",
    });
  },
  async run(context, { words }): Promise<Result> {
    return await check(context, words);
  },
});
