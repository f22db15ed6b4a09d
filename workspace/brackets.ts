/**
 * Begin and end of CPU access to a dma-buf, with what the simulator counted of each.
 *
 * @module
 */
import { type Access, syncDmaBuf } from "../drivers/dma_buf.ts";
import { noted } from "./refusals.ts";
import { bookedSince, booksOf } from "./device_side.ts";
import type { Counted } from "./journal.ts";
import type { Workspace } from "./workspace.ts";

/** Does something to a memory, and tells what the books say of it, where there are books. */
export function counted(
  workspace: Workspace,
  memory: string,
  action: () => void,
): { readonly books?: Counted } {
  const before = booksOf(workspace, memory);
  action();
  const books = bookedSince(before, booksOf(workspace, memory));
  if (books === undefined) return {};
  const { linesTouched, linesCleaned, linesInVain, dirtyBytesDiscarded, pagesMoved } = books;
  return { books: { linesTouched, linesCleaned, linesInVain, dirtyBytesDiscarded, pagesMoved } };
}

/** Begin or end of CPU access to the dma-buf behind a name, noted in the journal. */
export function bracketDmaBuf(
  workspace: Workspace,
  dmaBuf: { readonly fd: number; readonly name: string },
  memory: string,
  edge: "begin" | "end",
  access: Access,
): void {
  const { kernel, journal } = workspace;
  const books = counted(
    workspace,
    memory,
    () =>
      noted(
        workspace,
        { what: "bracket", of: dmaBuf.name, memory },
        () => syncDmaBuf(kernel, dmaBuf.fd, dmaBuf.name, edge, access),
      ),
  );
  journal.add({ kind: "bracket", edge, dmaBuf: dmaBuf.name, memory, access, ...books });
}
