/**
 * One call of a trace as C: what it needs declared, the call, and the check of its answer.
 *
 * @module
 */
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import { findByCode, findIoctl } from "../ffi/find_ioctl.ts";
import { errno } from "../ffi/errno.ts";
import type { TraceEntry, TraceResult } from "../trace/format.ts";
import { isName, parsePlace } from "../trace/names.ts";
import { errnoOf, isErrnoText } from "../trace/words.ts";
import { familyOf } from "../workspace/inventory.ts";
import { accessLines } from "./access.ts";
import { AnswerWriter } from "./answer.ts";
import { ArgumentWriter, atLeast } from "./argument.ts";
import { byteLines, integer, stringLiteral } from "./c_text.ts";
import { notInC } from "./errors.ts";
import { type Lines, only } from "./lines.ts";
import type { CallEntry } from "./waits.ts";
import { type MappingVariable, openFile, type Program } from "./program.ts";

type Entry<C extends TraceEntry["call"]> = Extract<TraceEntry, { readonly call: C }>;

const none: Lines = { declarations: [], statements: [] };

/** `-EINVAL`, or the value. */
function wanted(result: TraceResult): string {
  if (!isErrnoText(result)) return integer(BigInt(result));
  const number = errnoOf(result);
  const isKnown = Object.values(errno).some((known) => known === number);
  return isKnown ? `-${result}` : `-${number}`;
}

/** A number of bytes in decimal. */
function decimal(text: string): string {
  return integer(BigInt(text));
}

function or(flags: string): string {
  return flags.replaceAll("|", " | ");
}

function tablesOf(path: string): readonly string[] {
  if (path.startsWith("/dev/dma_heap/")) return ["dma-heap"];
  if (path === "/dev/udmabuf") return ["udmabuf"];
  return familyOf(path)?.tables("") ?? [];
}

function stemOf(path: string): string {
  return path.startsWith("/dev/dma_heap/") ? "heap" : path.split("/").at(-1) ?? "file";
}

/** Writes calls, in the order of the trace. */
export class CallWriter {
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  /** @throws {NotSupported} for what C cannot do again */
  write(entry: CallEntry): Lines {
    switch (entry.call) {
      case "open":
        return this.#open(entry);
      case "close":
        return this.#check(`sys(close(${this.#fd(entry.fd)}))`, entry.result, "sys");
      case "ioctl":
        return this.#ioctl(entry);
      case "mmap":
        return this.#mmap(entry);
      case "map.read":
      case "map.write":
      case "map.fill":
        return accessLines(this.#program, this.#map(entry.map), entry);
      case "map.unmap": {
        const { variable, length } = this.#map(entry.map);
        return this.#check(`sys(munmap(${variable}, ${length}))`, entry.result, "sys");
      }
      case "dup":
        return this.#copy(entry.fd, `fcntl(${this.#fd(entry.fd)}, F_DUPFD_CLOEXEC, 0)`, entry);
      case "fcntl":
        return this.#fcntl(entry);
      case "fstat":
        return this.#fstat(entry);
      case "fstatfs":
        return this.#fstatfs(entry);
      case "lseek": {
        const { fd, offset, whence, result } = entry;
        return this.#check(
          `sys(lseek(${this.#fd(fd)}, ${decimal(offset)}, ${whence}))`,
          result,
          "sys",
        );
      }
      case "poll":
        return this.#poll(entry);
      case "ftruncate": {
        const { fd, length, result } = entry;
        return this.#check(`sys(ftruncate(${this.#fd(fd)}, ${decimal(length)}))`, result, "sys");
      }
      case "memfd_create":
        return this.#memfd(entry);
      default:
        throw notInC(`there is no C for ${entry.call}`);
    }
  }

  #fd(name: string | number): string {
    return this.#program.fd(name).variable;
  }

  #map(name: string): MappingVariable {
    const known = this.#program.mappings.get(name);
    if (known === undefined) throw notInC(`the trace uses ${name}, which it has not mapped`);
    return known;
  }

  #equal(got: string, want: string): string {
    return this.#program.equal(got, want);
  }

  #check(call: string, result: TraceResult, helper: "sys"): Lines {
    this.#program.helper(helper);
    return only(this.#equal(call, wanted(result)));
  }

  /** A new descriptor that has to be one. */
  #fresh(variable: string, call: string): Lines {
    return only(`${variable} = ${call};`, this.#equal(`sys(${variable}) >= 0`, "1"));
  }

  #open(entry: Entry<"open">): Lines {
    const { path, node, result } = entry;
    if (typeof result !== "string") throw notInC("a result of open() is neither name nor errno");
    // A misc device is one of its kind, found by its path.
    if (node === undefined || node.kind === "misc") {
      const file = openFile(...tablesOf(path));
      const variable = this.#program.descriptor(result, stemOf(path), file);
      const open = this.#program.helper("open_or_skip");
      return only(`${variable} = ${open}(${stringLiteral(path)}, ${or(entry.flags)});`);
    }
    const file = openFile(node.driver, "drm");
    const variable = this.#program.descriptor(result, node.driver, file);
    const open = this.#program.helper("open_node");
    const kind = node.kind === "render" ? 1 : 0;
    return only(
      `${variable} = ${open}(${stringLiteral(node.driver)}, ${kind}, ${node.index}, ${
        or(entry.flags)
      });`,
    );
  }

  #definition(entry: Entry<"ioctl">, tables: readonly string[]): IoctlDefinition | undefined {
    const code = Number(entry.code);
    if (entry.name === undefined) return undefined;
    return findByCode(code, tables)?.definition ?? findIoctl(entry.name).definition;
  }

  #ioctl(entry: Entry<"ioctl">): Lines {
    const program = this.#program;
    const { variable: fd, file } = program.fd(entry.fd);
    const code = Number(entry.code);
    const definition = this.#definition(entry, file.tables);
    const request = program.request(definition, code);
    const call = program.helper("call");
    if (definition === undefined) {
      const { declarations, expression } = this.#unknown(entry);
      const made = `${call}(${fd}, ${request}, ${expression})`;
      return { declarations, statements: [this.#equal(made, wanted(entry.result))] };
    }
    const writer = new ArgumentWriter(program, definition, entry.in, file);
    const { declarations, expression, members } = writer.write((code >>> 16) & 0x3fff);
    const made = `${call}(${fd}, ${request}, ${expression})`;
    if (isErrnoText(entry.result)) {
      return { declarations, statements: [this.#equal(made, wanted(entry.result))] };
    }
    if (isName(entry.result, "f")) {
      const variable = program.descriptor(entry.result, "dmabuf", openFile("dma-buf"));
      return {
        declarations,
        statements: [`${variable} = ${made};`, this.#equal(`${variable} >= 0`, "1")],
      };
    }
    const answer = new AnswerWriter(program, definition, writer, file, members);
    const checks = answer.write(entry.in, entry.out ?? entry.in, Number(entry.result));
    return { declarations, statements: [this.#equal(made, wanted(entry.result)), ...checks] };
  }

  /** An argument that no table explains. */
  #unknown(entry: Entry<"ioctl">): { declarations: readonly string[]; expression: string } {
    const text = String(entry.in);
    if (!text.startsWith("hex:")) {
      return { declarations: [], expression: `(void *)(uintptr_t)${integer(BigInt(text))}` };
    }
    const bytes = atLeast(Uint8Array.fromHex(text.slice(4)), (Number(entry.code) >>> 16) & 0x3fff);
    return {
      declarations: ["unsigned char arg[] = {", ...byteLines(bytes, "\t"), "};"],
      expression: "arg",
    };
  }

  #mmap(entry: Entry<"mmap">): Lines {
    const program = this.#program;
    const place = parsePlace(entry.offset);
    const offset = place === undefined
      ? program.values.get(entry.offset) ?? entry.offset
      : program.address(place);
    const call = `mmap(NULL, ${entry.length}, ${or(entry.prot)}, ${or(entry.flags)}, ${
      this.#fd(entry.fd)
    }, ${/^-?\d+$/.test(offset) ? decimal(offset) : offset})`;
    const error = program.helper("map_error");
    if (isErrnoText(entry.result)) {
      return {
        declarations: [`void *map = ${call};`],
        statements: [this.#equal(`${error}(map)`, wanted(entry.result))],
      };
    }
    const { variable } = program.mapping(String(entry.result), entry.length);
    return only(`${variable} = ${call};`, this.#equal(`${error}(${variable})`, "0"));
  }

  #copy(fd: string | number, call: string, { result }: { readonly result: TraceResult }): Lines {
    this.#program.helper("sys");
    if (!isName(result, "f")) return only(this.#equal(`sys(${call})`, wanted(result)));
    const { file } = this.#program.fd(fd);
    return this.#fresh(this.#program.descriptor(result, "copy", file), call);
  }

  #fcntl(entry: Entry<"fcntl">): Lines {
    const { command, argument, result } = entry;
    const call = `fcntl(${this.#fd(entry.fd)}, ${command}, ${argument})`;
    if (isName(result, "f")) return this.#copy(entry.fd, call, entry);
    if (command === "F_GETFL" && !isErrnoText(result)) {
      // O_LARGEFILE and others are the C library's and the architecture's.
      this.#program.helper("sys");
      return only(this.#equal(`sys(${call}) & O_ACCMODE`, String(Number(result) & 3)));
    }
    return this.#check(`sys(${call})`, result, "sys");
  }

  #fstat(entry: Entry<"fstat" | "stat">): Lines {
    const program = this.#program;
    const { stat, fd } = entry;
    // What a device node's inode says is the machine's.
    if (fd === undefined || stat?.rdev !== "") return none;
    program.helper("sys");
    const inode = String(stat.inode);
    const known = program.values.get(inode);
    const variable = known ?? program.variable("uint64_t ", `inode_${inode.slice(1)}`);
    program.values.set(inode, variable);
    return {
      declarations: ["struct stat st;"],
      statements: [
        this.#equal(`sys(fstat(${this.#fd(fd)}, &st))`, "0"),
        this.#equal("st.st_size", integer(BigInt(String(stat.size)))),
        ...(known === undefined
          ? [`${variable} = st.st_ino;`]
          : [this.#equal(`st.st_ino == ${known}`, "1")]),
      ],
    };
  }

  #fstatfs(entry: Entry<"fstatfs">): Lines {
    this.#program.helper("sys");
    const call = `sys(fstatfs(${this.#fd(entry.fd)}, &fs))`;
    const declarations = ["struct statfs fs;"];
    if (isErrnoText(entry.result)) {
      return { declarations, statements: [this.#equal(call, wanted(entry.result))] };
    }
    return {
      declarations,
      statements: [
        this.#equal(call, "0"),
        this.#equal(
          "(uint32_t)fs.f_type",
          `0x${BigInt.asUintN(32, BigInt(entry.result)).toString(16)}`,
        ),
      ],
    };
  }

  #poll(entry: Entry<"poll">): Lines {
    this.#program.helper("sys");
    const { entries, timeoutMs, result } = entry;
    const list = entries.map(({ fd, events }) =>
      `\t{ .fd = ${this.#fd(fd)}, .events = ${or(events)} },`
    );
    const call = `sys(poll(entries, ${entries.length}, ${timeoutMs}))`;
    const answers = entries.map(({ revents }, i) =>
      this.#equal(`entries[${i}].revents`, or(revents))
    );
    return {
      declarations: ["struct pollfd entries[] = {", ...list, "};"],
      statements: [this.#equal(call, wanted(result)), ...(isErrnoText(result) ? [] : answers)],
    };
  }

  #memfd(entry: Entry<"memfd_create">): Lines {
    const { name, flags, result } = entry;
    const call = `syscall(SYS_memfd_create, ${stringLiteral(name)}, ${or(flags)})`;
    this.#program.helper("sys");
    if (!isName(result, "f")) return only(this.#equal(`sys(${call})`, wanted(result)));
    return this.#fresh(this.#program.descriptor(result, "memfd", openFile()), `(int)${call}`);
  }
}
