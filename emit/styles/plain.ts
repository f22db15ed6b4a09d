/** @module */
import { stringLiteral } from "../c_text.ts";
import type { Style } from "../style.ts";
import { ownReporting } from "./_own_reporting.ts";

const base = `static const char *doing = "start";`.split("\n");

const skip =
  `static void __attribute__((noreturn, format(printf, 1, 2))) skip(const char *format, ...)
{
	va_list values;

	fprintf(stderr, "SKIP %s: ", doing);
	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\\n', stderr);
	exit(77);
}`.split("\n");

const equal = `static void equal(const char *what, long long got, long long want)
{
	if (got == want)
		return;
	fprintf(stderr, "FAIL %s: %s is %lld", doing, what, got);
	if (got < 0 && got > -4096)
		fprintf(stderr, " (%s)", strerror((int)-got));
	fprintf(stderr, ", recorded was %lld", want);
	if (want < 0 && want > -4096)
		fprintf(stderr, " (%s)", strerror((int)-want));
	fputc('\\n', stderr);
	exit(1);
}

#define assert_eq(got, want) equal(#got, got, want)`.split("\n");

/** Messages on stderr, and exit codes. */
export const plain: Style = {
  equal: "assert_eq",
  prefix: "",
  head: [],
  exits: "Exit status: 0 all as recorded, 1 something is different, 77 not to be done here.",
  ...ownReporting({ base, skip, equal }),
  main: (steps) => [
    "static const struct {\n\tvoid (*run)(void);\n\tconst char *title;\n} steps[] = {",
    ...steps.map(({ symbol, title }) => `\t{ ${symbol}, ${stringLiteral(title)} },`),
    "};",
    "",
    ...`int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		doing = steps[i].title;
		steps[i].run();
	}
	fprintf(stderr, "PASS: all %zu commands went as recorded\\n", i);
	return 0;
}`.split("\n"),
  ],
};
