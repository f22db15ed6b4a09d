/**
 * Functions that a C file may need, in the order in which they are written. Only those that its
 * calls use are.
 *
 * @module
 */
import { drm } from "../ffi/uapi/drm.ts";
import type { Program } from "./program.ts";
import { sha256Lines } from "./sha256.ts";

interface Helper {
  readonly needs?: readonly HelperName[];
  /** Definitions that it needs. */
  readonly uses?: (program: Program) => void;
  readonly text: (program: Program) => readonly string[];
}

/** The helpers' names: those of the C functions. */
export type HelperName =
  | "sys"
  | "map_error"
  | "call"
  | "deadline"
  | "open_node"
  | "open_or_skip"
  | "differs_at"
  | "differs_from"
  | "until_fault"
  | "read_until_fault"
  | "write_until_fault"
  | "fill_until_fault"
  | "has_sha256";

function lines(text: string): readonly string[] {
  return text.split("\n");
}

const sys: Helper = {
  text: () =>
    lines(`/* What a call returned, or -errno. */
static long long sys(long long result)
{
	return result == -1 ? -errno : result;
}`),
};

const map_error: Helper = {
  text: () =>
    lines(`/* 0, or -errno of an mmap that was refused. */
static long long map_error(const void *map)
{
	return map == MAP_FAILED ? -errno : 0;
}`),
};

const call: Helper = {
  needs: ["sys"],
  text: () =>
    lines(
      `/* ioctl(), made again (not for ever) where a signal or the driver asks for it; or -errno. */
static long long call(int fd, unsigned int request, void *argument)
{
	long long result = 0;
	int tries;

	for (tries = 0; tries < 100; tries++) {
		result = sys(ioctl(fd, request, argument));
		if (result != -EINTR && result != -EAGAIN)
			break;
	}
	return result;
}`,
    ),
};

const deadline: Helper = {
  text: () =>
    lines(`/* A time of CLOCK_MONOTONIC in nanoseconds, so many milliseconds from now. */
static int64_t deadline(int milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec + milliseconds * INT64_C(1000000);
}`),
};

function versionNames(program: Program): { type: string; request: string } {
  const { VERSION } = drm.ioctls;
  return {
    type: program.struct(VERSION.struct),
    request: program.request(VERSION, VERSION.code),
  };
}

const open_node: Helper = {
  needs: ["call"],
  uses: versionNames,
  text: (program) => {
    const { type, request } = versionNames(program);
    const skip = program.skip(
      "no %s node of driver %s, or not enough of them%s",
      ['is_render ? "render" : "primary"', "driver", "refused"],
    ).replace(", is_render", ",\n\t     is_render");
    return lines(
      `/* Opens the node number \`index\` (from 0) among those of a driver, by minor number. */
static int open_node(const char *driver, int is_render, int index, int flags)
{
	const char *refused = "";
	int minor;

	for (minor = 0; minor < 64; minor++) {
		char path[32], name[64] = "";
		struct ${type} version = { .name_len = sizeof(name) - 1, .name = name };
		int fd;

		snprintf(path, sizeof(path), is_render ? "/dev/dri/renderD%d" : "/dev/dri/card%d",
			 is_render ? 128 + minor : minor);
		fd = open(path, flags);
		if (fd < 0) {
			if (errno == EACCES || errno == EPERM)
				refused = " (some nodes may not be opened: run as root)";
			continue;
		}
		if (call(fd, ${request}, &version) == 0 && strcmp(name, driver) == 0 &&
		    index-- == 0)
			return fd;
		close(fd);
	}
	${skip}
}`,
    );
  },
};

const open_or_skip: Helper = {
  text: (program) =>
    lines(`/* Opens a file that not every machine has. */
static int open_or_skip(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		${program.skip("%s: %s", ["path", "strerror(errno)"])}
	return fd;
}`),
};

const differs_at: Helper = {
  text: () =>
    lines(`/* Index of the first byte that is another one, or -1. */
static long long differs_at(const unsigned char *got, const void *want, size_t length)
{
	const unsigned char *bytes = want;
	size_t i;

	for (i = 0; i < length; i++) {
		if (got[i] != bytes[i])
			return i;
	}
	return -1;
}`),
};

const differs_from: Helper = {
  text: () =>
    lines(`/* Index of the first byte that is not \`value\`, or -1. */
static long long differs_from(const unsigned char *got, int value, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (got[i] != value)
			return i;
	}
	return -1;
}`),
};

const until_fault: Helper = {
  text: () =>
    lines(`static sigjmp_buf faulted;

static void on_fault(int number)
{
	(void)number;
	siglongjmp(faulted, 1);
}

/* Whether SIGBUS and SIGSEGV come back to \`faulted\` instead of ending the program. */
static void catch_faults(int on)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on ? on_fault : SIG_DFL;
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}`),
};

function guarded(signature: string, what: string, step: string): readonly string[] {
  return lines(`/* ${what}; returns how many it did before the next one faulted. */
static long long ${signature}
{
	static volatile size_t done;

	done = 0;
	catch_faults(1);
	if (sigsetjmp(faulted, 1) == 0) {
		for (; done < length; done++)
			${step}
	}
	catch_faults(0);
	return done;
}`);
}

const read_until_fault: Helper = {
  needs: ["until_fault"],
  text: () =>
    guarded(
      "read_until_fault(const volatile unsigned char *from, size_t length)",
      "Reads bytes",
      "(void)from[done];",
    ),
};
const write_until_fault: Helper = {
  needs: ["until_fault"],
  text: () =>
    guarded(
      "write_until_fault(volatile unsigned char *to, const void *bytes, size_t length)",
      "Writes bytes",
      "to[done] = ((const unsigned char *)bytes)[done];",
    ),
};
const fill_until_fault: Helper = {
  needs: ["until_fault"],
  text: () =>
    guarded(
      "fill_until_fault(volatile unsigned char *to, int value, size_t length)",
      "Sets bytes",
      "to[done] = value;",
    ),
};

const has_sha256: Helper = { text: sha256Lines };

/** By name. */
export const helpers: Readonly<Record<HelperName, Helper>> = {
  sys,
  map_error,
  call,
  deadline,
  open_node,
  open_or_skip,
  differs_at,
  differs_from,
  until_fault,
  read_until_fault,
  write_until_fault,
  fill_until_fault,
  has_sha256,
};
