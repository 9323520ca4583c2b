#!/usr/bin/env bash
# Run by background.sh in a session of its own: the environment, the tokenizer and the data, each unless it is there; then training.
# $QUIET lowers the process. $GROUP lowers the whole session where the kernel groups processes by session: nice alone counts only
# within a session there.
[ "$GROUP" = 0 ] || echo "$GROUP" > /proc/self/autogroup 2> /dev/null
exec 9> "$STATE/lock"
# a training that has just stopped holds it for a moment more
flock -w 20 9 || { echo "another instance holds the lock"; exit 1; }
echo $$ > "$STATE/train.pid"
. "$KIT/paths.sh"
environment "$QUIET" || exit 1
[ -s "$STATE/tok/tokenizer.json" ] || $QUIET "$PY" "$KIT/tokenizer.py" "$DATA" "$STATE/tok" || exit 1
[ -e "$STATE/data/done" ] || $QUIET "$PY" "$KIT/prepare.py" "$DATA" "$STATE/tok" "$STATE/data" || exit 1
# shellcheck disable=SC2086  # several options
exec $QUIET "$PY" "$KIT/train.py" --tok "$STATE/tok" --data "$STATE/data" --state "$STATE/train" --threads "$THREADS" $TRAIN_ARGS
