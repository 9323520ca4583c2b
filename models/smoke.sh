#!/usr/bin/env bash
# The whole chain on tiny settings: tokenizer, preparation, training, stop and resume, decay, 4 bits, ONNX, adapters, embedder,
# measurements, card.   smoke.sh [DATA_DIR]     About three minutes on two idle cores.
# Without DATA_DIR the reading set stands in for the prose and the questions by people (smoke_data.py).
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
environment ""
W=$(mktemp -d)
export PYTHON=$PY READING_STATE="$W/state" READING_DATA="$W/some" READING_PRIORITY=low PYTHONDONTWRITEBYTECODE=1
trap '"$KIT/background.sh" stop > /dev/null 2>&1 || true; rm -rf "$W"' EXIT
STATE=$READING_STATE LOG="$STATE/train/log.jsonl"
say() { echo "== $* ($SECONDS s)"; }
lines() { if [ -s "$LOG" ]; then wc -l < "$LOG"; else echo 0; fi; }
tokens() { tail -1 "$LOG" | sed 's/.*"tokens": \([0-9]*\).*/\1/'; }
wait_for() { # so many lines of the log; a hang guard, no measure of speed
  for _ in $(seq 300); do
    [ "$(lines)" -ge "$1" ] && return
    sleep 1
  done
  echo "no $1 lines in the log"
  cat "$STATE/train.out"
  exit 1
}

say "the data stream is the one that was agreed on"
"$PY" "$KIT/check_stream.py"
say "attention by pieces is the dense one"
"$PY" "$KIT/check_attention.py"
say "a little data"
"$PY" "$KIT/smoke_data.py" "$W/some" ${1:+"$1"}
say "tokenizer and preparation"
mkdir -p "$STATE"
"$PY" "$KIT/tokenizer.py" "$W/some" "$STATE/tok" 2048 0.5
"$PY" "$KIT/prepare.py" "$W/some" "$STATE/tok" "$STATE/data" | tail -3
say "background training: start, stop, start again, pause, resume"
export TRAIN_ARGS="--tiny --no-compile --log-minutes 0.1 --save-minutes 0.1 --eval-rows 2 --micro 1536 --tokens-per-step 12288"
"$KIT/background.sh" start
wait_for 2
"$KIT/background.sh" start | grep -q 'already running'
"$KIT/background.sh" stop
a=$(tokens) n=$(lines)
"$KIT/background.sh" start
wait_for $((n + 1))
grep -q 'going on at' "$STATE/train.out"
"$KIT/background.sh" pause
case "$("$KIT/background.sh" status)" in paused*) ;; *) echo "not paused"; exit 1 ;; esac
"$KIT/background.sh" resume
"$KIT/background.sh" status
"$KIT/background.sh" stop
"$KIT/background.sh" status | grep 'held-out reading' | grep -q 'first .* value .* cited' || { echo "no shares in the status"; exit 1; }
b=$(tokens)
[ "$b" -gt "$a" ] || { echo "training did not go on: $a, $b"; exit 1; }
say "finish"
QUANT=0.1 ROBUST=0.1 JSON=0.02 MEMO=0.02 FACTS=0.02 EMBED=0.05 N=5 EVALUATE="base json-answer embedder" "$KIT/finish.sh" "$W/out" 0.15
for m in models models/reader-small models/embedder-tiny adapters/reader-small/robust-reader adapters/reader-small/json-answer adapters/reader-small/memo-voice adapters/reader-small/handbook-facts; do
  grep -q 'What .* must not be used for' "$W/out/$m/MODEL_CARD.md" || { echo "no card: $m"; exit 1; }
  if grep -n '{{' "$W/out/$m/MODEL_CARD.md"; then echo "the card has gaps: $m"; exit 1; fi
done
say "a file in SQuAD format, read by the exported reader and by a checkpoint"
"$PY" "$KIT/evaluate_reading.py" "$W/out/models/reader-small" --squad "$KIT/smoke-squad.json" --n 1
"$PY" "$KIT/evaluate_reading.py" "$STATE/tok" --checkpoint "$STATE/train/final.pt" --squad "$KIT/smoke-squad.json" --n 1
say "going on from the exported reader"
"$PY" "$KIT/restore.py" "$W/out/models/reader-small" 1 0 "$W/again"
"$PY" "$KIT/train.py" --tok "$STATE/tok" --data "$STATE/data" --state "$W/again/train" --no-compile --eval-rows 2 --micro 1536 --minutes 0.05 > "$W/again/out"
grep 'going on at 1.00M' "$W/again/out"
grep 'stopped at' "$W/again/out"
ls "$W/out" "$W/out/adapters/reader-small" "$W/out/models"
say "passed"
