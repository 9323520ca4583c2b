# Sourced by the scripts: where this folder, the state and the interpreter are.
KIT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(git -C "$KIT" rev-parse --show-toplevel 2>/dev/null || dirname "$KIT")
STATE=${READING_STATE:-$(dirname "$TOP")/reading-state}
DATA=${READING_DATA:-$(dirname "$TOP")/reading-data}
PY=${PYTHON:-$STATE/venv/bin/python}
THREADS=${THREADS:-2}

# The environment, unless there is one. $1: what the commands are run under, if anything.
environment() {
  [ -x "$PY" ] && return
  # shellcheck disable=SC2086  # several words
  $1 python3 -m venv "$STATE/venv" && $1 "$STATE/venv/bin/pip" install -q --retries 0 -r "$KIT/requirements.txt"
}
