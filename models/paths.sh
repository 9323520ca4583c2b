# Sourced by the scripts: where this folder, the state and the interpreter are.
KIT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(git -C "$KIT" rev-parse --show-toplevel 2>/dev/null || dirname "$KIT")
STATE=${READING_STATE:-$(dirname "$TOP")/reading-state}
DATA=${READING_DATA:-$(dirname "$TOP")/reading-data}
PY=${PYTHON:-$STATE/venv/bin/python}
THREADS=${THREADS:-2}
