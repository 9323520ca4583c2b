/** How the languages that are known declare things at the first level, by the extensions of their files. */

/** What a line declares, in its own words; null for one that declares nothing. Lines come cut to 300 characters. */
type Declaration = (line: string) => string | null;

function begins(pattern: RegExp): Declaration {
  return (line) => pattern.exec(line)?.[0] ?? null;
}

const SCRIPT = begins(
  /^(?:export |default |declare |abstract |async )*(?:function\*?|class|interface|type|enum|namespace|const|let|var) +[\w$]+/,
);
const PYTHON = begins(/^(?:async )?(?:def|class) +\w+/);
const GO = begins(/^(?:func(?: *\([^()]*\))?|type|var|const) +\w+/);
const RUST = begins(
  /^(?:pub(?:\([^()]*\))? )?(?:async |unsafe |const |extern "C" )*(?:fn|struct|enum|trait|impl|mod|type|static|const|union|macro_rules!)[ <][^{(;=]*/,
);
const CLASSES = begins(
  /^(?:(?:public|private|protected|internal|static|final|abstract|sealed|open|data|partial|async|override|inline|suspend|case|readonly|export|@\w+) +)*(?:class|interface|enum|record|object|trait|struct|protocol|extension|namespace|module|fun|func|def|function|type|val|var) +[\w.]+/,
);
const SHELL = begins(/^(?:function +)?[\w-]+ *\(\)|^function +[\w-]+/);
const SQL = begins(/^(?:create|alter|insert into|drop|with)\b[^(;]*/i);
const KEYS = begins(/^["\w.-]+(?=:(?:\s|$))/);
const TABLES = begins(/^\[\[?[^\]]+\]\]?/);
const LISP = begins(/^\(def\S* +\S+/);

/** A line at the margin that names something before a bracket and does not end there. */
const C: Declaration = (line) => {
  const named = /^(?:typedef +)?(?:struct|union|enum|class|namespace) +\w+(?=[^;]*$)/.exec(line)?.[0];
  if (named !== undefined) return named;
  const bracket = line.indexOf('(');
  if (bracket < 1 || !/^[A-Za-z_]/.test(line) || /;\s*$/.test(line)) return null;
  const before = line.slice(0, bracket).trimEnd();
  return /[\s*&~][\w:~]+$/.test(before) && !/=|^(?:return|else|if|for|while|switch|case)\b/.test(before)
    ? before
    : null;
};

const LANGUAGES: readonly (readonly [extensions: string, Declaration])[] = [
  ['.js .mjs .cjs .jsx .ts .mts .cts .tsx .svelte .vue', SCRIPT],
  ['.py .pyi', PYTHON],
  ['.go', GO],
  ['.rs', RUST],
  ['.java .kt .kts .scala .swift .cs .php .rb .dart .groovy', CLASSES],
  ['.c .h .cc .cpp .cxx .hpp .hh .m .mm', C],
  ['.sh .bash .zsh', SHELL],
  ['.sql', SQL],
  ['.yaml .yml', KEYS],
  ['.toml .ini .cfg .conf', TABLES],
  ['.clj .lisp .el .scm', LISP],
  // Cut at blank lines alone.
  [
    '.lua .pl .r .jl .hs .ml .ex .exs .erl .ps1 .bat .css .scss .less .tex .proto .graphql .tf .diff .patch',
    () => null,
  ],
];

/** All extensions, lower case, with their dots. */
export const CODE_EXTENSIONS: readonly string[] = LANGUAGES.flatMap(([extensions]) => extensions.split(' '));

/** Null for a language that is not known. */
export function declarationIn(extension: string): Declaration | null {
  return LANGUAGES.find(([extensions]) => extensions.split(' ').includes(extension))?.[1] ?? null;
}
