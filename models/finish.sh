#!/usr/bin/env bash
# From the last checkpoint to the files that ship.   finish.sh OUT_DIR [DECAY_MINUTES]
#   READING_STATE, PYTHON, THREADS as in background.sh. Stop the background training first (background.sh stop).
#   QUANT, ROBUST, JSON, MEMO, FACTS, EMBED: minutes of the later steps (EMBED=0: no new embedder), of a processor's time;
#   ROBUST_FROM: the folder of a robust-reader for the same 4-bit reader, to go on from;
#   N: questions per set in the measurements;
#   EVALUATE: what to measure.
#   Steps whose result is there already, and newer than what it was made from, are skipped; a measurement is repeated when its
#   file in $READING_STATE/finish is deleted.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
mkdir -p "$1"
OUT=$(cd "$1" && pwd)
RUNS="$STATE/finish" TOK="$STATE/tok" PREPARED="$STATE/data" FINAL="$STATE/train/final.pt"
READER="$OUT/models/reader-small" EMBEDDER="$OUT/models/embedder-tiny" ADAPTERS="$OUT/adapters/reader-small"
mkdir -p "$RUNS" "$OUT/models" "$ADAPTERS"
cd "$KIT"
export OMP_NUM_THREADS=$THREADS TOKENIZERS_PARALLELISM=false PYTHONUNBUFFERED=1

# shellcheck disable=SC2086  # several options
[ -f "$FINAL" ] || $PY train.py --tok "$TOK" --data "$PREPARED" --state "$STATE/train" --threads "$THREADS" --decay "${2:-60}" ${TRAIN_ARGS:-}
[ -f "$FINAL" ] || { echo "the cooling down was interrupted; run this again to go on"; exit 1; }
[ "$RUNS/quant.pt" -nt "$FINAL" ] || $PY quantize.py "$TOK" "$PREPARED" "$FINAL" "$RUNS/quant.pt" "${QUANT:-20}" "$THREADS" | tee "$RUNS/quant.log"
[ "$READER/config.json" -nt "$RUNS/quant.pt" ] || $PY export_onnx.py "$RUNS/quant.pt" "$TOK" "$READER" | tee "$RUNS/export.log"
adapter() { # name, minutes, rank, perhaps a folder to go on from
  [ "$ADAPTERS/$1/adapter_config.json" -nt "$RUNS/quant.pt" ] && return
  $PY train_adapter.py "$1" "$TOK" "$PREPARED" "$RUNS/quant.pt" "$ADAPTERS" "$2" "$THREADS" "${@:3}" | tee "$RUNS/$1.log"
}
adapter robust-reader "${ROBUST:-60}" 16 ${ROBUST_FROM:+"$ROBUST_FROM"} # at 32 its file would be 3.5 MB, and 2 MB is the most
adapter json-answer "${JSON:-8}" 8
adapter memo-voice "${MEMO:-6}" 8
adapter handbook-facts "${FACTS:-2}" 8
[ "${EMBED:-45}" = 0 ] || [ "$EMBEDDER/config.json" -nt "$FINAL" ] || $PY train_embedder.py "$TOK" "$PREPARED" "$FINAL" "$EMBEDDER" "${EMBED:-45}" "$THREADS" | tee "$RUNS/embedder.log"
[ -f "$EMBEDDER/config.json" ] && made=embedder || made=
for m in ${EVALUATE-base robust-reader json-answer memo-voice handbook-facts $made}; do
  [ -f "$RUNS/res_$m.json" ] || THREADS=$THREADS $PY evaluate.py "$OUT" "$RUNS/res_$m.json" "$m" "${N:-150}" > "$RUNS/ev_$m.log"
done
reading() { # name of the result, more options
  [ -f "$RUNS/$1.json" ] || $PY evaluate_reading.py "$READER" "${@:2}" --data "$PREPARED" --set "${READING_SET:-$KIT/reading-set}" --n "${N:-150}" --threads "$THREADS" --out "$RUNS/$1.json" --show | tee "$RUNS/$1.log"
}
reading reading
# measured unless EVALUATE names others only
case " ${EVALUATE-robust-reader} " in *" robust-reader "*) reading reading_robust-reader --adapter "$ADAPTERS/robust-reader" ;; esac
$PY make_card.py "$RUNS" "$OUT" "$STATE/train/log.jsonl"
echo "finished: $OUT"
