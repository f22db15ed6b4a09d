/** @module */
import { stringLiteral } from "../c_text.ts";
import type { Style } from "../style.ts";
import { ownReporting } from "./_own_reporting.ts";

const base = `struct step {
	void (*run)(void);
	const char *title;
};

static const struct step *first, *now, *end;

static void report(const char *result, const char *directive)
{
	printf("%s %d %s%s", result, (int)(now - first) + 1, now->title, directive);
}`.split("\n");

const skip =
  `static void __attribute__((noreturn, format(printf, 1, 2))) skip(const char *format, ...)
{
	va_list values;

	for (; now < end; now++) {
		report("ok", " # SKIP ");
		va_start(values, format);
		vprintf(format, values);
		va_end(values);
		putchar('\\n');
	}
	exit(SKIP_STATUS);
}`.split("\n");

const equal = `static void equal(const char *what, long long got, long long want)
{
	if (got == want)
		return;
	printf("# %s is %lld", what, got);
	if (got < 0 && got > -4096)
		printf(" (%s)", strerror((int)-got));
	printf(", recorded was %lld", want);
	if (want < 0 && want > -4096)
		printf(" (%s)", strerror((int)-want));
	putchar('\\n');
	report("not ok", "\\n");
	while (++now < end)
		report("ok", " # SKIP not reached\\n");
	exit(1);
}

#define assert_eq(got, want) equal(#got, got, want)`.split("\n");

/** KTAP on stdout: Documentation/dev-tools/ktap.rst. */
export const kselftest: Style = {
  equal: "assert_eq",
  prefix: "",
  head: `/*
 * The skip status: kselftest's runner takes 4 and reports everything else as a failure
 * (tools/testing/selftests/kselftest/runner.sh), automake and meson take 77.
 */
#ifndef SKIP_STATUS
#ifdef __has_include
#if __has_include("kselftest.h") || __has_include("../kselftest.h") || \\
	__has_include("../../kselftest.h")
#define SKIP_STATUS 4
#endif
#endif
#ifndef SKIP_STATUS
#define SKIP_STATUS 77
#endif
#endif`.split("\n"),
  exits:
    "Exit status: 0 all as recorded, 1 something is different, 77 not to be done here (4 in the " +
    "kernel's selftests).",
  ...ownReporting({ base, skip, equal }),
  main: (steps) => [
    "static const struct step steps[] = {",
    ...steps.map(({ symbol, title }) => `\t{ ${symbol}, ${stringLiteral(title)} },`),
    "};",
    "",
    ...`int main(void)
{
	first = steps;
	end = steps + sizeof(steps) / sizeof(*steps);
	printf("KTAP version 1\\n1..%d\\n", (int)(end - first));
	for (now = first; now < end; now++) {
		now->run();
		report("ok", "\\n");
	}
	return 0;
}`.split("\n"),
  ],
};
